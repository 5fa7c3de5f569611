// The page in an iframe: it shows what its address says, and does what the page around it asks.
//
// The workspace is in the fragment (`#w=`, docs/formats/share-link.md), the settings are in the query. The first page
// that says hello is the one that is listened to: its window must be the parent, and its origin must stay the same.
import "../element/stage-play.mjs";
import { isPath } from "../element/source.mjs";
import { MAX_LINK, fromBase64url } from "../element/link.mjs";
import { PROTOCOL, message } from "./protocol.mjs";

const SETTINGS = ["view", "theme", "language", "target", "readonly", "compare", "loading", "engine", "builder", "date", "lesson", "dockerfile", "height"];
const EVENTS = ["ready", "change", "result", "goal", "error"];

/** The settings of the address that the element may have. */
function settings(parameters) {
  return SETTINGS.filter((name) => parameters.has(name)).map((name) => [name, parameters.get(name).slice(0, 500)]);
}

function parsed(json) {
  try {
    return JSON.parse(json ?? "null");
  } catch {
    return null;
  }
}

/** The files and settings of a fragment. */
function fragment() {
  const [, name, data] = /^#(w|lesson)=(.*)$/s.exec(location.hash) ?? [];
  if (name === "lesson") return { files: [], attributes: [["lesson", decodeURIComponent(data).slice(0, 200)]] };
  if (name !== "w") return { files: [], attributes: [] };
  const workspace = data.length <= MAX_LINK ? parsed(fromBase64url(data)) : null;
  if (workspace?.version !== 1 || !Array.isArray(workspace.files)) throw new Error("the link cannot be read: some of it may be missing");
  const files = workspace.files.filter((file) => isPath(String(file?.path)) && typeof file.text === "string");
  const attributes = [["engine", workspace.engine], ["builder", workspace.builder], ["date", workspace.as_of], ["dockerfile", workspace.dockerfile]];
  return { files, attributes: attributes.filter(([, value]) => typeof value === "string" && value !== "") };
}

function show() {
  const { files, attributes } = fragment();
  const element = document.createElement("stage-play");
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of [...attributes, ...settings(parameters)]) element.setAttribute(name, value);
  const theme = element.getAttribute("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  document.documentElement.lang = element.language;
  for (const file of files) {
    const pre = document.createElement("pre");
    pre.dataset.file = file.path;
    if ((Number(file.mode) & 0o111) !== 0) pre.dataset.executable = "";
    pre.textContent = file.text;
    element.append(pre);
  }
  document.body.replaceChildren(element);
  if (parameters.get("loading") !== "click") element.open().catch(() => {});
  return element;
}

/** Tells the height: with our own message, and as hosts of LTI tools know it. Neither says anything of the reader. */
function followHeight() {
  let last = 0;
  const tell = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === last || height === 0) return;
    last = height;
    parent.postMessage({ stageplay: PROTOCOL, type: "resize", height }, "*");
    parent.postMessage(JSON.stringify({ subject: "lti.frameResize", height }), "*");
    parent.postMessage({ subject: "lti.frameResize", height }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
}

/** What the page around may ask of the element. */
async function carryOut(element, { type, value }) {
  switch (type) {
    case "set":
      for (const [name, text] of Object.entries(value ?? {})) {
        if (!SETTINGS.includes(name)) throw new Error(`there is no setting ${JSON.stringify(name)}`);
        if (text === null || text === false) element.removeAttribute(name);
        else element.setAttribute(name, text === true ? "" : String(text).slice(0, 500));
        if (name === "theme") document.documentElement.dataset.theme = String(text);
      }
      return null;
    case "files":
      if (value) element.files = value;
      return element.files;
    case "run": return element.run();
    case "reset": return element.reset();
    default: throw new Error(`there is no request ${JSON.stringify(type)}`);
  }
}

function listen(element) {
  let host = null;
  const send = (body) => host && parent.postMessage({ stageplay: PROTOCOL, ...body }, host);
  addEventListener("message", ({ data, source, origin }) => {
    const asked = source === parent && source !== window ? message(data) : null;
    if (!asked || (host !== null && origin !== host)) return;
    if (asked.type === "hello") {
      // An opaque origin cannot be named as a target.
      if (origin === "null") return;
      host = origin;
      return send({ type: "ready", id: asked.id });
    }
    if (host === null || asked.id === undefined) return;
    carryOut(element, asked).then(
      (result) => send({ type: "answer", id: asked.id, result }),
      (error) => send({ type: "answer", id: asked.id, error: String(error.message ?? error) }),
    );
  });
  for (const name of EVENTS) element.addEventListener(name, ({ detail }) => send({ type: "event", name, detail }));
}

try {
  const element = show();
  if (parent !== window) {
    listen(element);
    followHeight();
  }
} catch (error) {
  const problem = document.createElement("p");
  problem.className = "problem";
  problem.setAttribute("role", "alert");
  problem.textContent = `Stageplay: ${error.message}`;
  document.body.replaceChildren(problem);
}
