// Commands for a Dockerfile: go to definition (F12), rename (F2), format (Shift+Alt+F). One that is given before the language
// service is loaded is done when it is.
import { EditorSelection, StateEffect } from "@codemirror/state";
import { ViewPlugin, keymap } from "@codemirror/view";
import { languageLoaded } from "./highlighting.mjs";
import { wordAt } from "./word_at.mjs";

// `{at, run}`: `run(view, at)` is called when the language service is loaded; `at` moves with the text.
const later = StateEffect.define({ map: ({ at, run }, changes) => ({ at: changes.mapPos(at), run }) });
// The same for a name that was given before the editor was there, `{at, name}`.
export const renameLater = StateEffect.define();

// `ask`: see dockerfile.mjs. `words`: the words of the editor by id.
export function commands(ask, words) {
  const applyName = (view, at, name) => {
    if (!ask("occurrences", view.state, { at })?.length) return;
    const answer = ask("rename", view.state, { at, name });
    if (answer.error) window.alert(answer.error);
    else view.dispatch({ changes: answer.edits, userEvent: "rename" });
  };
  const waiting = ViewPlugin.fromClass(class {
    constructor() { this.commands = []; }
    update({ changes, transactions, view }) {
      for (const command of this.commands) command.at = changes.mapPos(command.at);
      for (const effect of transactions.flatMap(({ effects }) => effects)) {
        if (effect.is(later)) this.commands.push({ ...effect.value });
        if (effect.is(renameLater)) this.commands.push({ at: effect.value.at, run: (view, at) => applyName(view, at, effect.value.name) });
        // A view is not changed while it is updated.
        if (effect.is(languageLoaded)) queueMicrotask(() => this.runAll(view));
      }
    }
    runAll(view) {
      for (let next = this.commands.shift(); next; next = this.commands.shift()) next.run(view, next.at);
    }
  });
  const whenLoaded = (run) => (view) => {
    const at = view.state.selection.main.head;
    if (ask("tokens", view.state)) return run(view, at);
    view.dispatch({ effects: later.of({ at, run }) });
    return true;
  };
  const goToDefinition = (view, at) => {
    // The cursor is somewhere else by now.
    if (at !== view.state.selection.main.head) return true;
    const definition = ask("definition", view.state, { at });
    if (definition) view.dispatch({ selection: EditorSelection.range(definition.from, definition.to), scrollIntoView: true });
    return definition !== null;
  };
  const rename = (view) => {
    const at = view.state.selection.main.head;
    const isLoaded = ask("tokens", view.state);
    const occurrences = isLoaded ? ask("occurrences", view.state, { at }) ?? [] : [wordAt(view.state.doc.toString(), at)];
    const current = occurrences.find(({ from, to }) => from < to && from <= at && at <= to);
    const name = current && window.prompt(words["rename-to"], view.state.sliceDoc(current.from, current.to));
    if (name && isLoaded) applyName(view, at, name);
    else if (name) view.dispatch({ effects: renameLater.of({ at, name }) });
    return occurrences.length > 0;
  };
  const format = (view) => {
    const answer = ask("format", view.state);
    const old = view.state.doc.toString();
    if (answer?.text !== undefined && answer.text !== old) {
      const anchor = Math.min(view.state.selection.main.head, answer.text.length);
      view.dispatch({ changes: { from: 0, to: old.length, insert: answer.text }, selection: { anchor }, userEvent: "format" });
    }
    return true;
  };
  return [waiting, keymap.of([
    { key: "F12", run: whenLoaded(goToDefinition) }, { key: "F2", run: rename }, { key: "Shift-Alt-f", run: whenLoaded(format) },
  ])];
}
