// Opens a pack from a file or from a public address. Its text is read by the simulator; nothing of it runs.
import { button, h, size } from "./dom.mjs";

/** The most bytes of a pack's text. */
const MAX_BYTES = 8 << 20;
/** How long a server may take, in milliseconds. */
const TIMEOUT = 20_000;

/** The address of a pack in the page's own: `?pack=https://…`. */
export function pack_of_address() {
  return new URLSearchParams(location.search).get("pack");
}

/** The address of the text behind a page of a repository. */
export function raw_address(text) {
  const address = new URL(text);
  if (address.protocol !== "https:" && !(address.protocol === "http:" && address.origin === location.origin)) throw new Error("https");
  address.username = address.password = "";
  const [, owner, repository, kind, ...rest] = address.pathname.split("/");
  if (address.hostname === "github.com" && kind === "blob") return new URL(`https://raw.githubusercontent.com/${owner}/${repository}/${rest.join("/")}`);
  return address;
}

/** Reads a text, without credentials, up to the limit. */
async function fetch_text(address, t) {
  const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(TIMEOUT) });
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  const reader = answer.body.getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MAX_BYTES) {
      await reader.cancel();
      throw new Error(t("open.too-large", { size: size(MAX_BYTES) }));
    }
    parts.push(value);
  }
  return new Blob(parts).text();
}

/** The dialog. With `asked`, an address of a link, that one is offered, and loaded when the person says so. */
export function open_pack(host, asked) {
  const { t } = host;
  const result = h("div.x-result", { "aria-live": "polite" });
  const file = h("input", { type: "file", id: "pack-file", accept: ".json,.md,application/json,text/markdown" });
  const address = h("input", { type: "url", id: "pack-address", placeholder: "https://", value: asked ?? "", autocomplete: "url" });
  const take = async (name, text) => {
    const read = await host.answer("read", () => host.ask({ read: [name, text] }));
    if (read.Err !== undefined) return result.replaceChildren(h("p.x-problem", {}, read.Err));
    const usable = read.Ok.filter((one) => one.pack?.goals.length);
    if (usable.length === 1 && read.Ok.length === 1) {
      element.close();
      return host.open_own(usable[0].name, usable[0].bundle);
    }
    if (usable.length) {
      return result.replaceChildren(h("ul.x-list", {}, usable.map((one) => h("li", {},
        button(one.pack.title, () => { element.close(); host.open_own(one.name, one.bundle); }, {}, "button.x-link")))));
    }
    const problems = read.Ok.flatMap((one) => one.problems);
    result.replaceChildren(problems.length
      ? h("ul.x-problems", {}, problems.slice(0, 50).map((one) => h("li", {}, h("code", {}, place(one)), " ", one.message)))
      : h("p.x-problem", {}, t("open.lesson", { title: read.Ok[0]?.pack?.title ?? name })));
  };
  const guarded = (deed) => async (event) => {
    event?.preventDefault();
    result.replaceChildren();
    try {
      await deed();
    } catch (error) {
      result.replaceChildren(h("p.x-problem", {}, t("open.failed", { error: error.message })));
    }
  };
  file.addEventListener("change", guarded(async () => {
    const [one] = file.files;
    if (!one) return;
    if (one.size > MAX_BYTES) throw new Error(t("open.too-large", { size: size(MAX_BYTES) }));
    await take(one.name, await one.text());
  }));
  const form = h("form", {
    novalidate: true,
    onsubmit: guarded(async () => {
      let from;
      try {
        from = raw_address(address.value.trim());
      } catch {
        return result.replaceChildren(h("p.x-problem", {}, t("open.not-web")));
      }
      await take(decodeURIComponent(from.pathname.split("/").pop()) || "pack.json", await fetch_text(from, t));
    }),
  }, h("label.x-field", {}, t("open.address"), address, h("small", {}, t("open.address-why"))),
    h("p.x-buttons", {}, h("button.x-primary", { type: "submit", id: "load-pack" }, t(asked ? "open.load" : "open.go"))));
  const element = host.dialog(t("open.title"),
    asked ? h("p", {}, t("open.asked", { address: asked })) : h("label.x-field", {}, t("open.file"), file, h("small", {}, t("open.file-why"))),
    form, result);
  (asked ? document.getElementById("load-pack") : file).focus();
}

/** `pack.toml:12:3`. */
export const place = ({ file, line, column }) => [file, line, column].filter(Boolean).join(":");
