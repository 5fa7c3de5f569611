// The editor: CodeMirror 6 behind the methods that the page's Rust code calls (`app/src/interop/editor.rs`).
// Each file has its own CodeMirror state, so that its undo history survives a change of the file.
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, highlightActiveLine, drawSelection, highlightSpecialChars } from "@codemirror/view";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { StreamLanguage, bracketMatching } from "@codemirror/language";
import { go } from "@codemirror/legacy-modes/mode/go";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { lintGutter, setDiagnostics, lintKeymap } from "@codemirror/lint";
import { dockerfile } from "./dockerfile.mjs";
import { theme } from "./theme.mjs";
import { replaceSelection } from "./replace_selection.mjs";
import { adoptStyleSheets } from "./style_sheets.mjs";
import { replaceAsOneUndoStep } from "./undo.mjs";

adoptStyleSheets();

// The language support of a file that is not a Dockerfile.
function language(name) {
  if (name.endsWith(".go")) return StreamLanguage.define(go);
  if (name.endsWith(".sh")) return StreamLanguage.define(shell);
  return [];
}

class Editor {
  // `words`: the words of the editor by id, as JSON. `onChange(name, text)`: a file was edited. `onFix(index)`: the fix
  
  constructor(parent, words, onChange, onFix, ask) {
    this.onChange = onChange;
    this.onFix = onFix;
    this.words = JSON.parse(words);
    this.ask = (request, state, parameters) => {
      const answer = ask(JSON.stringify({ ask: request, text: state.doc.toString(), ...parameters }));
      return typeof answer === "string" ? JSON.parse(answer) : answer.then(JSON.parse);
    };
    this.states = new Map();
    this.name = "";
    // True while the page changes the text; `onChange` is not called then.
    this.isChangedByPage = false;
    // What the page shows until the editor is there.
    parent.replaceChildren();
    this.view = new EditorView({ parent, state: this.newState("", "") });
  }

  // The state of a file that is opened for the first time.
  newState(name, text) {
    return EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), highlightSpecialChars(), history(), drawSelection(), bracketMatching(), highlightActiveLine(), lintGutter(),
        // Tab indents. Escape and then Tab leaves the editor.
        keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
        theme, EditorView.lineWrapping, replaceSelection,
        /dockerfile/i.test(name) ? dockerfile(this.ask, this.words) : language(name),
        EditorView.contentAttributes.of({ "aria-label": `${this.words.editor} ${name}` }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !this.isChangedByPage) this.onChange(this.name, update.state.doc.toString());
        }),
      ],
    });
  }

  // Shows a file in its last state. A text that was changed elsewhere (by the terminal or a lesson) replaces the
  // text of that state, and undo takes the change back.
  open(name, text) {
    if (name !== this.name) {
      if (this.name) this.states.set(this.name, this.view.state);
      this.name = name;
      this.view.setState(this.states.get(name) ?? this.newState(name, text));
    }
    const old = this.view.state.doc.toString();
    if (old !== text) {
      this.isChangedByPage = true;
      this.view.dispatch({ changes: { from: 0, to: old.length, insert: text } });
      this.isChangedByPage = false;
    }
  }

  // Discards the states of all files, because another workspace is opened.
  reset() {
    this.states.clear();
    this.name = "";
  }

  // Sets the diagnostics, JSON `[{line, from, to, severity, source, message, fix, index}]`: lines from 1, offsets in
  // UTF-16 code units. All but `line`, `severity` and `message` may be missing.
  diagnose(json) {
    const doc = this.view.state.doc;
    const list = JSON.parse(json).map(({ line, from, to, severity, source, message, fix, index }) => {
      const row = doc.line(Math.min(Math.max(line, 1), doc.lines));
      const actions = fix ? [{ name: fix, apply: () => this.onFix(index) }] : [];
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

  // Replaces the text as one undo step and focuses the editor.
  replace(text) {
    replaceAsOneUndoStep(this.view, text);
    this.view.focus();
  }
}

globalThis.StageplayEditor = Editor;
