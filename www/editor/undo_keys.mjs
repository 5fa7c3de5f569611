// Undo and redo, which the page has for all files together, and changes of the text that the page makes.
import { EditorView, keymap } from "@codemirror/view";

// The keys of undo and redo, and the browser's own commands for them.
export function undoKeys(onUndo) {
  const undo = () => { onUndo(true); return true; };
  const redo = () => { onUndo(false); return true; };
  return [
    keymap.of([
      { key: "Mod-z", run: undo, preventDefault: true }, { key: "Mod-y", run: redo, preventDefault: true },
      { key: "Mod-Shift-z", run: redo, preventDefault: true },
    ]),
    EditorView.domEventHandlers({
      beforeinput(event) {
        const command = { historyUndo: undo, historyRedo: redo }[event.inputType];
        if (!command) return false;
        event.preventDefault();
        return command();
      },
    }),
  ];
}

// Replaces the text of an editor. Only the part that differs is replaced, so that the scroll position stays; the cursor
// goes to where the text changed.
export function replaceText(view, text) {
  const old = view.state.doc.toString();
  if (old === text) return;
  let start = 0;
  while (start < old.length && start < text.length && old[start] === text[start]) start++;
  let end = 0;
  while (end < old.length - start && end < text.length - start && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
  const changes = { from: start, to: old.length - end, insert: text.slice(start, text.length - end) };
  view.dispatch({ changes, selection: { anchor: text.length - end }, scrollIntoView: true });
}
