// Changes of the whole text that the undo command takes back in one step.
import { isolateHistory } from "@codemirror/commands";

// Replaces the text of an editor as one undo step of its own. Only the part that differs is replaced, so that
// cursor and scroll position stay where they are.
export function replaceAsOneUndoStep(view, text) {
  const old = view.state.doc.toString();
  let start = 0;
  while (start < old.length && start < text.length && old[start] === text[start]) start++;
  let end = 0;
  while (end < old.length - start && end < text.length - start && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
  view.dispatch({
    changes: { from: start, to: old.length - end, insert: text.slice(start, text.length - end) },
    annotations: isolateHistory.of("full"), scrollIntoView: true,
  });
}
