// The terminal of the panel: a line to type, and what the simulated host printed.
import { h } from "./dom.mjs";

/** Characters that are kept of what was printed. */
const MAX_SHOWN = 100_000;

export class Terminal {
  #log = h("pre", { class: "log", role: "log", tabindex: "0" });
  #prompt = h("span", { class: "prompt", "aria-hidden": "true" }, "$ ");
  #line = h("input", { type: "text", spellcheck: "false", autocapitalize: "off", autocomplete: "off", maxlength: "4000" });
  #past = [];
  #at = 0;
  #say;
  element;

  /** `run` carries a line out and resolves with the answer of the simulator. */
  constructor(say, run) {
    this.#say = say;
    this.#line.addEventListener("keydown", (event) => this.#history(event));
    this.element = h("form", { class: "terminal", onsubmit: (event) => {
      event.preventDefault();
      this.#submit(run).catch(() => {});
    } }, h("p", { class: "soft" }, say("terminalHint")), this.#log, h("label", { class: "prompt-line" }, this.#prompt, h("span", { class: "unseen" }, say("command")), this.#line));
  }

  async #submit(run) {
    const line = this.#line.value;
    if (this.#line.readOnly || !line.trim()) return;
    this.#past.push(line);
    this.#at = this.#past.length;
    this.#line.value = "";
    if (line.trim() === "clear") return this.#log.replaceChildren();
    this.#print(`${this.#prompt.textContent}${line}\n`);
    this.#line.readOnly = true;
    try {
      const answer = await run(line);
      this.#prompt.textContent = answer.prompt || "$ ";
      this.#print(answer.output && !answer.output.endsWith("\n") ? `${answer.output}\n` : answer.output);
    } catch (error) {
      this.#print(`${error.message}\n`);
    } finally {
      this.#line.readOnly = false;
    }
  }

  #print(text) {
    this.#log.append(text);
    if (this.#log.textContent.length > MAX_SHOWN) this.#log.textContent = this.#log.textContent.slice(-MAX_SHOWN / 2);
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #history(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || this.#past.length === 0) return;
    event.preventDefault();
    this.#at = Math.min(Math.max(this.#at + step, 0), this.#past.length);
    this.#line.value = this.#past[this.#at] ?? "";
  }
}
