// Commands for a Dockerfile: go to definition (F12), rename (F2), format (Shift+Alt+F).
import { EditorSelection } from "@codemirror/state";
import { keymap } from "@codemirror/view";

// `ask`: see dockerfile.mjs. `words`: the words of the editor by id.
export function commands(ask, words) {
  const goToDefinition = (view) => {
    const definition = ask("definition", view.state, { at: view.state.selection.main.head });
    if (definition) view.dispatch({ selection: EditorSelection.range(definition.from, definition.to), scrollIntoView: true });
    return definition !== null;
  };
  const rename = (view) => {
    const at = view.state.selection.main.head;
    const occurrences = ask("occurrences", view.state, { at }) ?? [];
    const current = occurrences.find(({ from, to }) => from <= at && at <= to);
    const name = current && window.prompt(words["rename-to"], view.state.sliceDoc(current.from, current.to));
    if (!name) return occurrences.length > 0;
    const answer = ask("rename", view.state, { at, name });
    if (answer.error) window.alert(answer.error);
    else view.dispatch({ changes: answer.edits, userEvent: "rename" });
    return true;
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
  return keymap.of([
    { key: "F12", run: goToDefinition }, { key: "F2", run: rename }, { key: "Shift-Alt-f", run: format },
  ]);
}
