// The editor of the panel: a text area over a coloured copy of its text. Tab leaves it, as in any form.
import { h } from "./dom.mjs";

const INSTRUCTION = /^(\s*)(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\b/i;
/** Longer lines are not coloured. */
const MAX_LINE = 2000;

/** A line of a Dockerfile in coloured parts: `[class, text]`. */
export function colour(line) {
  if (/^\s*#/.test(line)) return [["comment", line]];
  const parts = [];
  let rest = line;
  const found = INSTRUCTION.exec(line);
  if (found) {
    if (found[1]) parts.push(["", found[1]]);
    parts.push(["keyword", found[2]]);
    rest = line.slice(found[0].length);
  }
  for (const [text] of rest.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|\$\{?\w+\}?|\bAS\b|--[\w-]+(?==|\s)|[^"'$\-A]+|./g)) {
    const kind = /^["']/.test(text) && text.length > 1 ? "string" : text.startsWith("$") && text.length > 1 ? "variable"
      : text === "AS" ? "keyword" : text.startsWith("--") ? "flag" : "";
    parts.push([kind, text]);
  }
  return parts;
}

export class Editor {
  #copy = h("pre", { "aria-hidden": "true" });
  #area = h("textarea", { spellcheck: "false", autocapitalize: "off", autocomplete: "off", autocorrect: "off", wrap: "off", rows: "1" });
  #marks = new Map();
  element = h("div", { class: "editor" }, h("div", { class: "paper" }, this.#copy, this.#area));

  /** `changed` is called with the new text. */
  constructor(changed) {
    this.#area.addEventListener("input", () => {
      this.#paint();
      changed(this.#area.value);
    });
  }

  /** Shows a file. `marks` are lines with a class: `error` or `note`. */
  show({ path, text, label, isReadonly, marks }) {
    this.#area.setAttribute("aria-label", label);
    this.#area.readOnly = isReadonly;
    const isOther = this.path !== path;
    this.path = path;
    if (isOther || this.#area.value !== text) this.#area.value = text;
    this.#marks = marks;
    this.#paint();
  }

  /** Types a text over all of it, so that the browser's undo takes it back. */
  replace(text) {
    this.#area.focus();
    this.#area.select();
    if (!document.execCommand("insertText", false, text)) {
      this.#area.value = text;
      this.#area.dispatchEvent(new Event("input"));
    }
  }

  focus() {
    this.#area.focus({ preventScroll: true });
    this.#area.setSelectionRange(0, 0);
  }

  #paint() {
    const isDockerfile = /(^|[./])dockerfile/i.test(this.path);
    const lines = this.#area.value.split("\n").map((line, at) => {
      const parts = isDockerfile && line.length < MAX_LINE ? colour(line) : [["", line]];
      const mark = this.#marks.get(at + 1);
      return h("span", { class: `line ${mark ?? ""}` }, parts.map(([kind, text]) => (kind ? h("span", { class: kind }, text) : text)), "\n");
    });
    this.#copy.replaceChildren(...lines);
  }
}
