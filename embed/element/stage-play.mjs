// The custom element <stage-play>: a container build in somebody's text, simulated in the reader's browser.
//
// This file is all that a page loads at first: it shows the author's own <pre> and a button. The panel with the editor
// (`panel.mjs`) and the simulator are loaded when the element comes near the screen or is touched. Nothing is stored, and
// the address of the page is left alone.
import { readFiles, isPath } from "./source.mjs";
import { SimulatorError, sharedClient } from "./worker_client.mjs";
import { endWhenIdle, setNear, observe, unobserve } from "./lazy_loading.mjs";
import { languageOf, say } from "./words.mjs";
import { sizeText } from "./sizes.mjs";
import { shareLink } from "./link.mjs";
import { themeOf, watchTheme } from "./theme.mjs";
import css from "./style.css";

/** The version of Stageplay. */
export const VERSION = STAGEPLAY_VERSION;

const VIEWS = ["editor", "stages", "layers", "start", "terminal", "compare"];
const ENGINE = "docker-28";
/** How long typing pauses before a simulation, in milliseconds. */
const PAUSE_MS = 200;
const MAX_COMMANDS = 1000;
/** The longest lesson, in characters: a pack has at most 4 MiB of files. */
const MAX_LESSON = 8 << 20;
/** The height of the panel without its editor and its view, in pixels. */
const HEAD = 126;

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

// What other modules of this element may call, and nobody else.
const [CHANGE, STATE, SIMULATE, COMMAND] = ["change", "state", "simulate", "command"].map(Symbol);

export class StagePlay extends HTMLElement {
  static observedAttributes = ["view", "lesson", "engine", "builder", "date", "target", "theme", "language", "height",
    "readonly", "files", "dockerfile", "compare", "site", "loading", "open"];

  #internals = this.attachInternals();
  #shadow = this.attachShadow({ mode: "open" });
  #root = document.createElement("div");
  #chip = document.createElement("span");
  #button = document.createElement("button");
  #app = document.createElement("div");
  /** The author's files as they were read; null until they are needed. */
  #original = null;
  #files = null;
  #commands = [];
  #result = null;
  #problem = null;
  #panel = null;
  #opening = null;
  #number = 0;
  #isNear = false;
  #isTouched = false;
  #wantsRun = false;
  #running = null;
  #timer = 0;
  #lesson = null;
  #reached = new Set();
  #unwatch = null;

  constructor() {
    super();
    this.#shadow.adoptedStyleSheets = [sheet];
    const bar = document.createElement("div");
    bar.className = "bar";
    this.#chip.className = "chip";
    this.#chip.part = "verdict";
    this.#chip.setAttribute("role", "status");
    this.#button.className = "try";
    this.#button.type = "button";
    this.#button.part = "try";
    this.#button.addEventListener("click", () => this.open().then(() => this.#panel?.focus()).catch(() => {}));
    this.#app.className = "app";
    this.#app.part = "app";
    this.#root.className = "root";
    bar.append(this.#chip, this.#button);
    this.#root.append(bar, document.createElement("slot"), this.#app);
    this.#shadow.append(this.#root);
  }

  connectedCallback() {
    this.#internals.role = "group";
    this.#unwatch = watchTheme(() => this.#theme());
    this.#theme();
    this.#show();
    observe(this, (isSeen, isFar) => this.#seen(isSeen, isFar));
    const begin = () => {
      if (!this.isConnected) return;
      if (this.#loading === "eager") this.run().catch(() => {});
      if (this.hasAttribute("open")) this.open().catch(() => {});
    };
    // The parser may not have come to the author's content yet.
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
    else queueMicrotask(begin);
  }

  disconnectedCallback() {
    unobserve(this);
    this.#unwatch?.();
    clearTimeout(this.#timer);
    this.#seen(false, true);
  }

  attributeChangedCallback(name, before, after) {
    if (!this.isConnected || before === after) return;
    if (name === "theme") this.#theme();
    else if (name === "height") this.#reserve();
    else if (name === "open") after !== null && this.open().catch(() => {});
    else if (name === "loading") this.#load();
    else {
      if (name === "lesson") {
        [this.#lesson, this.#files, this.#original] = [null, null, null];
        this.#reached.clear();
      }
      if ((name === "files" || name === "dockerfile") && !this.#isChanged) [this.#files, this.#original] = [null, null];
      this.#show();
      if (!["view", "readonly", "site"].includes(name) && (this.#result || this.#panel)) this.#schedule(0);
    }
    this.#panel?.update();
  }

  /** The views that the author chose, without unknown ones. */
  get views() {
    const wanted = (this.getAttribute("view") ?? "editor start stages layers").split(/[\s,]+/);
    return [...new Set(wanted)].filter((one) => VIEWS.includes(one));
  }

  /** `en` or `zh-CN`: the attribute, else the language of the text around. */
  get language() {
    return languageOf(this.getAttribute("language") ?? this.closest("[lang]")?.lang ?? navigator.language);
  }

  set language(tag) {
    this.setAttribute("language", tag);
  }

  /** The files by path. What is set replaces all of them. */
  get files() {
    return Object.fromEntries(this.#now().map(({ path, text }) => [path, text]));
  }

  set files(files) {
    const entries = Object.entries(files ?? {});
    const bad = entries.find(([path, text]) => !isPath(path) || typeof text !== "string");
    if (bad) throw new TypeError(`${JSON.stringify(bad[0])} is not a path with a text`);
    const modes = new Map(this.#now().map(({ path, mode }) => [path, mode]));
    this[CHANGE](entries.map(([path, text]) => ({ path, text, mode: modes.get(path) ?? 0o644 })));
    this.#panel?.update();
  }

  /** The last report (docs/formats/report.schema.json), or null. */
  get report() {
    return this.#result?.report ?? null;
  }

  /** `error`, `starts`, `fails`, `unknown` or `built`; null without a report. */
  get verdict() {
    const report = this.report;
    return report && (report.error ? "error" : report.run?.verdict ?? "built");
  }

  /** Simulates; resolves with the report. */
  async run() {
    this.#wantsRun = true;
    this.#running ??= this.#runAll().finally(() => {
      this.#running = null;
      this.#show();
      this.#panel?.update();
    });
    return this.#running;
  }

  /** Takes the author's own files again. */
  reset() {
    this.#files = null;
    this.#commands = [];
    this.#states();
    this.#panel?.update();
    this.#tell("change", { files: this.files, isOriginal: true });
    return this.run();
  }

  /** Opens the panel, as the button does. */
  async open() {
    this.#isTouched = true;
    if (this.#opening) return this.#opening;
    this.#opening = this.#openPanel().catch((error) => {
      this.#opening = null;
      this.#fail(error);
      throw error;
    });
    this.#reserve();
    return this.#opening;
  }

  // What the panel asks of the element.

  /** Takes other files. */
  [CHANGE](files, file) {
    this.#files = files;
    this.#states();
    this.#tell("change", { files: this.files, ...(file ? { file } : {}), isOriginal: !this.#isChanged });
    this.#schedule(PAUSE_MS);
  }

  /** The state for the panel. */
  [STATE]() {
    return {
      files: this.#now(), original: this.#source(), isChanged: this.#isChanged, result: this.#result, problem: this.#problem,
      isRunning: this.#running !== null, language: this.language, views: this.views, isReadonly: this.hasAttribute("readonly"),
      dockerfile: this.#dockerfile, compare: this.getAttribute("compare"), link: shareLink(this.#site, this.#workspace()),
      isLesson: this.#lesson !== null,
    };
  }

  /** Simulates other files of this element, without a build cache. */
  async [SIMULATE](files, dockerfile) {
    return this.#client().call("simulate", { ...this.#request(), client: null, exercise: null, workspace: this.#workspace(files, dockerfile) });
  }

  /** Runs a command in the terminal. */
  async [COMMAND](line) {
    const workspace = this.#workspace();
    const answer = await this.#client().call("terminal", { client: this.#clientNumber, workspace, line, language: this.language });
    if (line.trim()) this.#commands = [...this.#commands, line].slice(-MAX_COMMANDS);
    if (answer.files) {
      const texts = answer.files.filter((file) => typeof file.text === "string");
      this[CHANGE](texts.map(({ path, text, mode }) => ({ path, text, mode })));
      this.#panel?.update();
    } else if (this.#lesson) this.#schedule(0);
    return answer;
  }

  get #isChanged() {
    const text = (files) => JSON.stringify([...files].sort((one, two) => (one.path < two.path ? -1 : 1)));
    return this.#files !== null && text(this.#files) !== text(this.#source());
  }

  get #dockerfile() {
    return this.getAttribute("dockerfile") || "Dockerfile";
  }

  /** Eager in the first screen, as an image would be: there a reader waits for it. */
  get #loading() {
    const wanted = this.getAttribute("loading");
    return wanted === "click" || wanted === "eager" ? wanted : "lazy";
  }

  get #site() {
    const site = this.getAttribute("site") ?? STAGEPLAY_SITE;
    try {
      const address = site === "" ? null : new URL(site, this.hasAttribute("site") ? document.baseURI : import.meta.url);
      return address && /^https?:$/.test(address.protocol) ? address.href : null;
    } catch {
      return null;
    }
  }

  get #clientNumber() {
    return (this.#number ||= this.#client().number());
  }

  #client() {
    return sharedClient(new URL(STAGEPLAY_WORKER, import.meta.url).href);
  }

  /** The author's files. Until something is made of them they are read anew: a highlighter may come late. */
  #source() {
    if (this.#original && (this.#panel || this.#files)) return this.#original;
    const files = readFiles(this);
    this.#original = files.length > 0 || !this.#lesson ? files : this.#lesson.start;
    return this.#original;
  }

  #now() {
    return this.#files ?? this.#source();
  }

  #workspace(files = this.#now(), dockerfile = this.#dockerfile) {
    const date = this.getAttribute("date");
    const sorted = [...files].sort((one, two) => (one.path < two.path ? -1 : 1));
    return {
      version: 1, engine: this.getAttribute("engine") || ENGINE, builder: this.getAttribute("builder") ?? "",
      ...(date ? { as_of: date } : {}), dockerfile, files: sorted.map(({ path, text, mode }) => ({ path, mode, text })),
    };
  }

  #request() {
    return {
      client: this.#clientNumber, workspace: this.#workspace(), target: this.getAttribute("target"), language: this.language,
      exercise: this.#lesson?.bundle ?? null, commands: this.#commands,
    };
  }

  async #runAll() {
    try {
      while (this.#wantsRun) {
        this.#wantsRun = false;
        clearTimeout(this.#timer);
        await this.#fetchLesson();
        const isFirst = this.#result === null;
        const result = await this.#client().call("simulate", this.#request());
        if (this.#wantsRun) continue;
        [this.#result, this.#problem] = [result, null];
        if (isFirst) this.#tell("ready", { version: VERSION });
        this.#tell("result", { report: result.report, verdict: this.verdict, why: result.why, isOriginal: !this.#isChanged });
        for (const failure of result.failures) this.#tell("error", { code: "data", message: failure });
        this.#goals(result.exercise);
      }
      return this.report;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** A goal is told when it is reached, and when it is not any more. */
  #goals(exercise) {
    for (const goal of exercise?.goals ?? []) {
      const isReached = goal.standing === "reached";
      if (isReached === this.#reached.has(goal.name)) continue;
      if (isReached) this.#reached.add(goal.name);
      else this.#reached.delete(goal.name);
      this.#tell("goal", { ...goal, isReached, isSolved: exercise.solved });
    }
  }

  async #fetchLesson() {
    const name = this.getAttribute("lesson");
    if (!name || this.#lesson) return;
    const own = /\.json$/.test(name) ? new URL(name, document.baseURI) : new URL(`${STAGEPLAY_PACKS}${name}.json`, import.meta.url);
    const response = await fetch(own);
    if (!response.ok) throw new SimulatorError("data", `${own}: ${response.status} ${response.statusText}`);
    const bundle = await textOf(response, MAX_LESSON);
    const files = parsed(bundle)?.files;
    if (!Array.isArray(files)) throw new SimulatorError("data", `${own}: not a pack`);
    const start = files.filter((file) => typeof file?.text === "string" && String(file.path).startsWith("start/") && isPath(file.path))
      .map((file) => ({ path: file.path.slice(6), text: file.text, mode: file.executable ? 0o755 : 0o644 }));
    [this.#lesson, this.#original] = [{ bundle, start }, null];
  }

  #fail(error) {
    this.#problem = error instanceof Error ? error : new Error(String(error));
    this.#tell("error", { code: this.#problem.code ?? "error", message: this.#problem.message });
    this.#show();
    this.#panel?.update();
  }

  /** `error` does not bubble, so that no listener for errors of scripts hears it. */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: name !== "error" }));
  }

  #schedule(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.run().catch(() => {}), pause);
  }

  /** With a recorded answer nothing is loaded before somebody touches the element. */
  #load() {
    const hasAnswer = this.querySelector("[data-stage-play-answer]") !== null;
    const wantsRun = this.#loading === "eager" || (this.#loading === "lazy" && !hasAnswer);
    if (this.#isNear && this.#result === null && this.#problem === null && (wantsRun || this.#isTouched)) this.run().catch(() => {});
  }

  #seen(isSeen, isFar) {
    if (!isFar && isSeen) {
      this.#isNear = true;
      setNear(this, true);
      this.#load();
    } else if (isFar && !isSeen) {
      this.#isNear = false;
      setNear(this, false);
      this.#free();
    }
  }

  /** Far off the screen the simulator keeps nothing for an element. Text, result and a terminal that was used stay. */
  #free() {
    if (this.#number && this.#commands.length === 0) this.#client().forget(this.#number);
    endWhenIdle(this.#client());
  }

  async #openPanel() {
    const { Panel } = await import("./panel.mjs");
    this.#panel = new Panel(this, this.#app, { CHANGE, STATE, SIMULATE, COMMAND });
    this.#panel.update();
    if (this.#result === null) this.run().catch(() => {});
  }

  /** The whole height is fixed when the panel opens, so that nothing below moves while it loads, or at an edit. */
  #reserve() {
    if (!this.#opening) return;
    const height = Number(this.getAttribute("height"));
    const lines = this.views.includes("editor") ? this.#now()[0]?.text.split("\n").length ?? 4 : 0;
    const editor = lines ? Math.min(Math.max(lines, 4) * 21 + 20, 420) : 0;
    this.#app.style.blockSize = `${HEAD + editor + (height >= 120 && height <= 4000 ? height : 340)}px`;
    this.#states();
  }

  #states() {
    this.#root.classList.toggle("open", this.#opening !== null);
    this.#root.classList.toggle("edited", this.#opening !== null && this.views.includes("editor"));
  }

  #theme() {
    this.#root.classList.toggle("dark", themeOf(this) === "dark");
  }

  #show() {
    const { language } = this;
    this.#internals.ariaLabel = say(language, "label");
    this.#button.textContent = say(language, "try");
    const verdict = this.verdict;
    const [sign, word, size] = this.#problem ? ["!", say(language, "problem"), ""]
      : verdict ? [{ starts: "✓", built: "✓", unknown: "?" }[verdict] ?? "✗", say(language, verdict), sizeText(this.report.image?.size ?? null)] : [];
    this.#chip.dataset.verdict = verdict ?? "";
    this.#chip.replaceChildren(...(sign ? [bold(sign), words(word), ...(size && this.report?.image ? [size] : [])] : []));
    this.#chip.title = this.#problem?.message ?? word ?? "";
    this.#states();
  }
}

/** The text of an answer; one that is longer is not loaded to its end. */
async function textOf(response, max) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > max) {
      await reader.cancel();
      throw new SimulatorError("data", `${response.url}: more than ${max} characters`);
    }
  }
}

function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function bold(text) {
  const element = document.createElement("b");
  element.textContent = text;
  element.ariaHidden = "true";
  return element;
}

function words(text) {
  const element = document.createElement("span");
  element.className = "words";
  element.textContent = text;
  return element;
}

/** Plain properties for attributes of text. */
for (const name of ["view", "lesson", "engine", "builder", "date", "target", "theme", "height", "dockerfile", "compare", "site", "loading"]) {
  Object.defineProperty(StagePlay.prototype, name, {
    get() { return this.getAttribute(name); },
    set(value) { if (value === null || value === undefined) this.removeAttribute(name); else this.setAttribute(name, value); },
    configurable: true, enumerable: true,
  });
}
Object.defineProperty(StagePlay.prototype, "readonly", {
  get() { return this.hasAttribute("readonly"); },
  set(value) { this.toggleAttribute("readonly", Boolean(value)); },
  configurable: true, enumerable: true,
});

/** For hosts that remove unknown elements: `<div class="stage-play" data-view="…">` becomes one. */
function upgradeDivisions() {
  for (const division of document.querySelectorAll("div.stage-play")) {
    const element = document.createElement("stage-play");
    for (const [name, value] of Object.entries(division.dataset)) {
      if (StagePlay.observedAttributes.includes(name.toLowerCase())) element.setAttribute(name.toLowerCase(), value);
    }
    division.classList.remove("stage-play");
    element.append(...division.childNodes);
    division.append(element);
  }
}

if (!customElements.get("stage-play")) {
  customElements.define("stage-play", StagePlay);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", upgradeDivisions, { once: true });
  else upgradeDivisions();
}
