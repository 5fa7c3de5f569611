// The panel of an opened element: files and editor, verdict, and the views that the author chose.
import { h, tabs } from "./dom.mjs";
import { Editor } from "./editor.mjs";
import { Terminal } from "./terminal.mjs";
import { layersView } from "./layers_view.mjs";
import { stagesView } from "./stages_view.mjs";
import { startView } from "./start_view.mjs";
import { compareTable } from "./compare.mjs";
import { sizeText } from "./sizes.mjs";
import { wordsOf } from "./panel_words.mjs";
import { say as word } from "./words.mjs";
import css from "./panel.css";

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

const SIGNS = { starts: "✓", built: "✓", fails: "✗", error: "✗", unknown: "?" };

/** The text of a Dockerfile after edits, whose offsets are in bytes of UTF-8. */
export function applyEdits(text, edits) {
  const bytes = new TextEncoder().encode(text);
  const decode = (from, to) => new TextDecoder().decode(bytes.subarray(from, to));
  let [at, out] = [0, ""];
  for (const { start, end, insert } of [...edits].sort((one, two) => one.start - two.start)) {
    out += decode(at, start) + insert;
    at = Math.max(at, end);
  }
  return out + decode(at, bytes.length);
}

export class Panel {
  #host;
  #root;
  #keys;
  #say;
  #language = null;
  #views = "";
  #file = null;
  #view = null;
  #editor = null;
  #terminal = null;
  #resetFiles = null;
  #parts = null;
  #shown = null;
  #compared = { key: null, answers: null };

  constructor(host, root, keys) {
    [this.#host, this.#root, this.#keys] = [host, root, keys];
    const { shadowRoot } = host;
    if (!shadowRoot.adoptedStyleSheets.includes(sheet)) shadowRoot.adoptedStyleSheets = [...shadowRoot.adoptedStyleSheets, sheet];
  }

  /** Moves the keyboard's focus into the panel. */
  focus() {
    if (this.#editor) this.#editor.focus();
    else this.#root.querySelector("[role=tab], button, a")?.focus();
  }

  #state() {
    return this.#host[this.#keys.STATE]();
  }

  /** Shows the state of the element. */
  update() {
    const state = this.#state();
    const views = state.views.join(" ");
    if (state.language !== this.#language || views !== this.#views) this.#build(state, views);
    this.#updateFiles(state);
    this.#updateVerdict(state);
    this.#updateView(state);
  }

  #build(state, views) {
    [this.#language, this.#views] = [state.language, views];
    this.#say = wordsOf(state.language);
    const say = this.#say;
    const results = state.views.filter((view) => view !== "editor");
    if (!results.includes(this.#view)) this.#view = results[0] ?? null;
    this.#editor = state.views.includes("editor") ? new Editor((text) => this.#typed(text)) : null;
    this.#terminal = null;
    this.#shown = null;
    const link = h("a", { class: "link", part: "open", target: "_blank", rel: "noopener" }, say("openIn"), h("span", { "aria-hidden": "true" }, " ↗"), h("span", { class: "unseen" }, ` (${say("newTab")})`));
    const reset = h("button", { type: "button", class: "quiet", part: "reset", onclick: () => this.#reset() });
    const parts = {
      files: h("div", { class: "files" }), link, reset,
      verdict: h("div", { class: "verdict", part: "result", role: "status" }), tabs: h("div", { class: "tab-row" }),
      view: h("div", { class: "view", role: results.length > 1 ? "tabpanel" : "group", tabindex: "0" }), goals: h("div", { class: "goals" }),
    };
    this.#parts = parts;
    this.#root.replaceChildren(h("div", { class: "panel", part: "panel", lang: state.language },
      h("div", { class: "head" }, parts.files, h("div", { class: "actions" }, reset, link)),
      this.#editor?.element ?? null, parts.verdict, parts.goals,
      results.length ? [parts.tabs, parts.view] : null));
  }

  #typed(text) {
    this.#resetFiles = null;
    const files = this.#state().files.map((file) => (file.path === this.#file ? { ...file, text } : file));
    this.#host[this.#keys.CHANGE](files, this.#file);
    this.#updateFiles(this.#state());
  }

  /** A reset can be taken back until the next edit. */
  #reset() {
    if (this.#resetFiles) {
      const files = this.#resetFiles;
      this.#resetFiles = null;
      this.#host[this.#keys.CHANGE](files);
    } else {
      this.#resetFiles = this.#state().files;
      this.#host.reset().catch(() => {});
    }
    this.update();
  }

  #updateFiles(state) {
    const say = this.#say;
    if (!state.files.some((file) => file.path === this.#file)) this.#file = (state.files.find((file) => file.path === state.dockerfile) ?? state.files[0])?.path ?? null;
    const { files, link, reset } = this.#parts;
    const focused = files.contains(this.#host.shadowRoot.activeElement);
    if (this.#editor && state.files.length > 1) {
      files.replaceChildren(tabs(say("files"), state.files.map(({ path }) => [path, path]), this.#file, (path) => {
        this.#file = path;
        this.#updateFiles(this.#state());
      }));
    } else {
      files.replaceChildren(h("span", { class: "name" }, this.#editor ? this.#file ?? "" : ""));
    }
    if (focused) files.querySelector("[aria-selected=true]")?.focus();
    const file = state.files.find(({ path }) => path === this.#file);
    if (this.#editor && file) {
      const label = say(state.isReadonly ? "readonly" : "file", file.path);
      const marks = new Map(file.path === state.dockerfile ? marksOf(state) : []);
      this.#editor.show({ path: file.path, text: file.text, label, isReadonly: state.isReadonly, marks });
    }
    link.hidden = !state.link;
    if (state.link) link.href = state.link;
    reset.hidden = !state.isChanged && !this.#resetFiles;
    reset.textContent = say(this.#resetFiles ? "undo" : "reset");
    reset.title = this.#resetFiles ? "" : say("resetHint");
  }

  #updateVerdict(state) {
    const { verdict, goals } = this.#parts;
    const say = this.#say;
    const { result, problem, isRunning } = state;
    verdict.classList.toggle("running", isRunning);
    if (problem) {
      verdict.dataset.verdict = "problem";
      verdict.replaceChildren(h("b", { class: "sign", "aria-hidden": "true" }, "!"), h("span", {}, h("b", {}, word(state.language, "problem")), h("span", { class: "soft" }, ` ${problem.message}`)),
        h("button", { type: "button", onclick: () => this.#host.run().catch(() => {}) }, say("retry")));
    } else if (!result) {
      verdict.dataset.verdict = "";
      verdict.replaceChildren(h("span", { class: "soft" }, say("loading")));
    } else {
      const name = this.#host.verdict;
      const size = result.report.image ? sizeText(result.report.image.size) : null;
      verdict.dataset.verdict = name;
      verdict.replaceChildren(h("b", { class: "sign", "aria-hidden": "true" }, SIGNS[name]), h("b", {}, word(state.language, name)), size ? h("span", { class: "size" }, size) : null ?? "");
    }
    const exercise = result?.exercise;
    goals.hidden = !exercise;
    if (exercise) {
      goals.replaceChildren(h("b", {}, exercise.solved ? `✓ ${say("solved")}` : say("goals")), h("ol", {}, exercise.goals.map((goal) =>
        h("li", { "data-standing": goal.standing }, h("span", { class: "sign", "aria-hidden": "true" }, { reached: "✓", missed: "○" }[goal.standing] ?? "?"),
          goal.message, h("span", { class: "unseen" }, ` – ${say({ reached: "reached", missed: "missed" }[goal.standing] ?? "notKnown")}`)))),
      exercise.hidden_goals ? h("p", { class: "soft" }, say("hiddenGoals", exercise.hidden_goals)) : "",
      exercise.hint && !exercise.solved ? h("p", { class: "soft" }, exercise.hint) : "");
    }
  }

  #updateView(state) {
    const say = this.#say;
    const results = state.views.filter((view) => view !== "editor");
    if (!this.#view) return;
    const { tabs: row, view } = this.#parts;
    const hadFocus = row.contains(this.#host.shadowRoot.activeElement);
    row.replaceChildren(...(results.length > 1 ? [tabs(say("results"), results.map((id) => [id, say(id)]), this.#view, (id) => {
      this.#view = id;
      this.#shown = null;
      this.#updateView(this.#state());
    })] : []));
    if (hadFocus) row.querySelector("[aria-selected=true]")?.focus();
    view.setAttribute("aria-label", say(this.#view));
    view.classList.toggle("fades", state.isRunning && state.result !== null);
    if (this.#view === "terminal") {
      this.#terminal ??= new Terminal(say, (line) => this.#host[this.#keys.COMMAND](line));
      if (!view.contains(this.#terminal.element)) view.replaceChildren(this.#terminal.element);
      return;
    }
    if (this.#view === "compare") return this.#updateCompare(state);
    if (!state.result || this.#shown === state.result) return;
    this.#shown = state.result;
    const canApply = this.#editor && !state.isReadonly;
    const made = {
      start: () => startView(state.result, say, canApply ? (fix) => this.#apply(fix) : null),
      stages: () => stagesView(state.result, say),
      layers: () => layersView(state.result, say),
    }[this.#view]();
    view.replaceChildren(...made.filter(Boolean));
  }

  #apply(fix) {
    const state = this.#state();
    this.#file = state.dockerfile;
    this.#updateFiles(state);
    const text = state.files.find((file) => file.path === state.dockerfile)?.text ?? "";
    this.#editor.replace(applyEdits(text, fix.edits));
  }

  /** Compares with the author's text, or with the Dockerfile that the attribute `compare` names. */
  #updateCompare(state) {
    const { view } = this.#parts;
    const say = this.#say;
    const other = state.compare && state.files.some((file) => file.path === state.compare) ? state.compare : null;
    if (!other && !state.isChanged) return view.replaceChildren(h("p", { class: "soft" }, say("same")));
    if (!state.result || state.isRunning) return;
    const files = other ? state.files : state.original;
    const key = JSON.stringify([files, other, state.language]);
    const show = (before) => view.replaceChildren(compareTable([other ?? say("before"), before], [other ? state.dockerfile : say("now"), state.result], say, state.language),
      h("p", { class: "legend" }, say("legend")));
    if (this.#compared.key === key) return show(this.#compared.answer);
    view.replaceChildren(h("p", { class: "soft" }, say("comparing")));
    this.#host[this.#keys.SIMULATE](files, other ?? state.dockerfile).then((answer) => {
      this.#compared = { key, answer };
      if (this.#view === "compare") this.#updateCompare(this.#state());
    }, (error) => view.replaceChildren(h("p", {}, error.message)));
  }
}

/** The lines of the Dockerfile that are marked: an error, and what a note is about. */
function marksOf({ result }) {
  if (!result) return [];
  const { report } = result;
  const notes = report.warnings.filter((one) => one.line).map((one) => [one.line, "note"]);
  return [...notes, ...(report.error?.line ? [[report.error.line, "error"]] : [])];
}
