// The editor: CodeMirror 6 behind the methods that the page's Rust code calls (`app/src/interop/editor.rs`).
// Each file has its own CodeMirror state: cursor, scroll position, folds. Undo is the page's: it goes across files, fixes
// and commands (`app/src/state/workspaces/undo_history.rs`).
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, highlightActiveLine, drawSelection, highlightSpecialChars } from "@codemirror/view";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { renameLater } from "./commands.mjs";
import { dockerfile } from "./dockerfile.mjs";
import { findings } from "./findings.mjs";
import { theme } from "./theme.mjs";
import { keepSelection } from "./keep_selection.mjs";
import { replaceSelection } from "./replace_selection.mjs";
import { adoptStyleSheets } from "./style_sheets.mjs";
import { replaceText, undoKeys } from "./undo_keys.mjs";
import { language, languageLoaded } from "./highlighting.mjs";
import { lineMarks, markLines } from "./line_marks.mjs";

adoptStyleSheets();

// Moves the focus behind the editor.
function leave() {
  const end = document.getElementById("editor-end");
  end?.focus();
  return Boolean(end);
}

class Editor {
  // `words`: the words of the editor by id, as JSON. `onChange(name, text)`: a file was edited. `onFix(kind, index)`: the fix of
  // a diagnostic is to be applied, see `diagnose`. `onUndo(undo)`: undo, or redo.
  // `ask`: the language service, see `app/src/interop/editor.rs`.
  constructor(parent, words, onChange, onFix, onUndo, ask) {
    this.onChange = onChange;
    this.onFix = onFix;
    this.onUndo = onUndo;
    this.words = JSON.parse(words);
    this.ask = (request, state, parameters) => {
      const answer = ask(JSON.stringify({ ask: request, text: state.doc.toString(), ...parameters }));
      return typeof answer === "string" ? JSON.parse(answer) : answer.then(JSON.parse);
    };
    this.states = new Map();
    this.name = "";
    // True while the page changes the text; `onChange` is not called then.
    this.isChangedByPage = false;
    // What the page shows until the editor is there, and what was typed into it.
    this.early = globalThis.stageplayFirstVisit?.takeText();
    parent.replaceChildren();
    this.view = new EditorView({ parent, state: this.newState("", "") });
  }

  // The state of a file that is opened for the first time. `tokens` are its colours until the language service is there.
  newState(name, text, tokens) {
    return EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), highlightSpecialChars(), drawSelection(), bracketMatching(), highlightActiveLine(), findings(this.words),
        // Tab indents. Escape leaves the editor, unless it closes what is open.
        keymap.of([...defaultKeymap, indentWithTab, { key: "Escape", run: leave }]), Prec.high(undoKeys(this.onUndo)),
        theme, EditorView.lineWrapping, replaceSelection, keepSelection, lineMarks,
        /dockerfile/i.test(name) ? dockerfile(this.ask, this.words, tokens) : language(name),
        EditorView.contentAttributes.of({ "aria-label": `${this.words.editor} ${name}` }),
        EditorView.updateListener.of((update) => {
          const line = update.state.doc.lineAt(update.state.selection.main.head).number;
          if (this.onCursor && line !== this.line && !this.isChangedByPage) this.onCursor(this.name, line);
          this.line = line;
          if (update.docChanged && !this.isChangedByPage) this.onChange(this.name, update.state.doc.toString());
        }),
      ],
    });
  }

  // Shows a file in its last state. A text that was changed elsewhere (by undo, a fix, the terminal, a lesson) replaces
  // the text of that state.
  open(name, text) {
    if (name !== this.name) {
      if (this.name) this.states.set(this.name, this.view.state);
      this.name = name;
      this.diagnosed = null;
      const early = this.early?.original === text ? this.early : null;
      this.early = null;
      this.view.setState(this.states.get(name) ?? this.newState(name, early?.text ?? text, early?.tokens));
      if (early) return this.goOn(name, early, text);
    }
    this.isChangedByPage = true;
    replaceText(this.view, text);
    this.isChangedByPage = false;
  }

  // Goes on with what was typed before the editor was there: the page learns it, and the selection and the focus stay.
  goOn(name, { text, selection, isFocused, rename }, known) {
    if (selection) this.view.dispatch({ selection });
    if (isFocused) this.view.focus();
    if (rename) this.view.dispatch({ effects: renameLater.of(rename) });
    if (text !== known) this.onChange(name, text);
  }

  // The language service answers now.
  languageLoaded() {
    this.view.dispatch({ effects: languageLoaded.of(null) });
  }

  // Discards the states of all files, because another workspace is opened.
  reset() {
    this.states.clear();
    this.name = "";
  }

  // Sets the diagnostics, JSON `[{line, from, to, severity, source, message, fix, kind, index}]`: lines from 1, offsets in
  // UTF-16 code units. All but `line`, `severity` and `message` may be missing.
  diagnose(json) {
    const doc = this.view.state.doc;
    // The page tells them at each rendering. A change of the view would begin a hover anew that waits for its answer.
    if (json === this.diagnosed?.json && doc === this.diagnosed.doc) return;
    this.diagnosed = { json, doc };
    const list = JSON.parse(json).map(({ line, from, to, severity, source, message, fix, kind, index }) => {
      const row = doc.line(Math.min(Math.max(line, 1), doc.lines));
      const actions = fix ? [{ name: fix, apply: () => this.onFix(kind, index) }] : [];
      return { from: Math.min(from ?? row.from, doc.length), to: Math.min(to ?? row.to, doc.length), severity, source, message, actions };
    }).sort((a, b) => a.from - b.from);
    this.view.dispatch(setDiagnostics(this.view.state, list));
  }

  // Selects a line, counted from 1, and focuses the editor.
  goTo(line) {
    const row = this.view.state.doc.line(Math.min(Math.max(line, 1), this.view.state.doc.lines));
    this.view.dispatch({ selection: { anchor: row.from, head: row.to }, scrollIntoView: true });
    this.view.focus();
  }

  // Scrolls so that a line is seen, counted from 1; cursor and focus stay.
  scrollTo(line) {
    const row = this.view.state.doc.line(Math.min(Math.max(line, 1), this.view.state.doc.lines));
    this.view.dispatch({ effects: EditorView.scrollIntoView(row.from, { y: "nearest", yMargin: 40 }) });
  }

  // Marks lines, counted from 1, and scrolls to the first; 0 for none.
  mark(first, last) {
    markLines(this.view, first, last);
  }

  // `onCursor(name, line)`: the cursor is in another line, counted from 1.
  watchCursor(onCursor) {
    this.onCursor = onCursor;
  }

  focus() {
    this.view.focus();
  }

  // Moves the focus into the text, unless that would open a keyboard on the screen.
  focusUnlessTouched() {
    if (!matchMedia("(pointer: coarse)").matches) this.view.focus();
  }
}

globalThis.StageplayEditor = Editor;
