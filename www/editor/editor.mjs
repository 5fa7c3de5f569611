// The editor: CodeMirror 6 behind the few functions that the page's Rust code calls.
// Each file keeps its own state, so that undo goes on where it was.
import { EditorState, Compartment } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, highlightActiveLine, drawSelection, highlightSpecialChars } from "@codemirror/view";
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { StreamLanguage, syntaxHighlighting, HighlightStyle, bracketMatching } from "@codemirror/language";
import { go } from "@codemirror/legacy-modes/mode/go";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { lintGutter, setDiagnostics, lintKeymap } from "@codemirror/lint";
import { tags } from "@lezer/highlight";
import { dockerfile } from "./dockerfile.mjs";

// Colours are the page's own variables: dark and light follow by themselves.
const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.atom], color: "var(--code-number)" },
  { tag: [tags.variableName, tags.propertyName], color: "var(--code-name)" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", backgroundColor: "transparent", color: "var(--text)" },
  ".cm-content": { fontFamily: "var(--mono)", fontSize: "0.875rem", caretColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--faint)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  "&.cm-focused": { outline: "none" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--text)", border: "1px solid var(--line)" },
});

function language(name) {
  if (name.endsWith(".go")) return StreamLanguage.define(go);
  if (name.endsWith(".sh")) return StreamLanguage.define(shell);
  return [];
}

class Editor {
  // `words`: JSON; `onChange(name, text)`, `onFix(index)`; `ask(question)`, both JSON.
  constructor(parent, words, onChange, onFix, ask) {
    this.onChange = onChange;
    this.onFix = onFix;
    this.words = JSON.parse(words);
    this.ask = (question, state, more) => JSON.parse(ask(JSON.stringify({ ask: question, text: state.doc.toString(), ...more })));
    this.states = new Map();
    this.name = "";
    this.quiet = false;
    this.label = new Compartment();
    this.labelText = this.words.editor;
    this.view = new EditorView({ parent, state: this.fresh("", "") });
  }

  fresh(name, text) {
    return EditorState.create({
      doc: text,
      extensions: [
        // A server's content security policy lets styles in by its nonce.
        EditorView.cspNonce.of(document.querySelector("meta[name=csp-nonce]")?.content ?? ""),
        lineNumbers(), highlightSpecialChars(), history(), drawSelection(), bracketMatching(), highlightActiveLine(), lintGutter(),
        // Tab indents only after a key press in the text; Escape then Tab leaves the editor.
        keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
        syntaxHighlighting(colours), theme, EditorView.lineWrapping,
        /dockerfile/i.test(name) ? dockerfile(this.ask, this.words) : language(name),
        this.label.of(EditorView.contentAttributes.of({ "aria-label": this.labelText + " " + name })),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !this.quiet) this.onChange(this.name, update.state.doc.toString());
        }),
      ],
    });
  }

  // Shows a file. Its earlier state comes back if its text is still the same; a text that was
  // changed elsewhere (the terminal, a lesson) replaces it as one step that undo takes back.
  open(name, text) {
    if (name !== this.name) {
      if (this.name) this.states.set(this.name, this.view.state);
      this.name = name;
      this.view.setState(this.states.get(name) ?? this.fresh(name, text));
    }
    const now = this.view.state.doc.toString();
    if (now !== text) {
      this.quiet = true;
      this.view.dispatch({ changes: { from: 0, to: now.length, insert: text } });
      this.quiet = false;
    }
  }

  // Forgets all files: another workspace is opened.
  reset() {
    this.states.clear();
    this.name = "";
  }

  // `[{line, from, to, severity, source, message, fix, index}]`, lines from 1; the last five may be missing.
  diagnose(json) {
    const doc = this.view.state.doc;
    const list = JSON.parse(json).map(({ line, from, to, severity, source, message, fix, index }) => {
      const row = doc.line(Math.min(Math.max(line, 1), doc.lines));
      const actions = fix ? [{ name: fix, apply: () => this.onFix(index) }] : [];
      return { from: Math.min(from ?? row.from, doc.length), to: Math.min(to ?? row.to, doc.length), severity, source, message, actions };
    }).sort((a, b) => a.from - b.from);
    this.view.dispatch(setDiagnostics(this.view.state, list));
  }

  goTo(line) {
    const row = this.view.state.doc.line(Math.min(Math.max(line, 1), this.view.state.doc.lines));
    this.view.dispatch({ selection: { anchor: row.from, head: row.to }, scrollIntoView: true });
    this.view.focus();
  }

  // Replaces the text as one step of the history, so that undo restores what was.
  replace(text) {
    const now = this.view.state.doc.toString();
    let start = 0;
    while (start < now.length && start < text.length && now[start] === text[start]) start++;
    let end = 0;
    while (end < now.length - start && end < text.length - start && now[now.length - 1 - end] === text[text.length - 1 - end]) end++;
    this.view.dispatch({
      changes: { from: start, to: now.length - end, insert: text.slice(start, text.length - end) },
      annotations: isolateHistory.of("full"), scrollIntoView: true,
    });
    this.view.focus();
  }
}

globalThis.StageplayEditor = Editor;
