// The browser's selection stays that of the editor. A text that is drawn anew inside another element, such as that of a
// finding, takes its text node along; Chromium then puts the selection to the start of what is around it, and CodeMirror
// (6.43.15) takes that for a move of the cursor.
import { EditorView } from "@codemirror/view";

export const keepSelection = EditorView.updateListener.of(({ view, transactions }) => {
  if (!view.hasFocus || view.composing || transactions.some((one) => one.isUserEvent("select"))) return;
  const shown = view.root.getSelection();
  if (!shown?.focusNode || !view.contentDOM.contains(shown.focusNode) || !view.contentDOM.contains(shown.anchorNode)) return;
  const { anchor, head, empty, assoc } = view.state.selection.main;
  const at = (node, offset) => view.posAtDOM(node, offset);
  if (at(shown.focusNode, shown.focusOffset) === head && at(shown.anchorNode, shown.anchorOffset) === anchor) return;
  const [from, to] = [anchor, head].map((position) => view.domAtPos(position, empty ? assoc : position === head ? anchor - head : head - anchor));
  shown.setBaseAndExtent(from.node, from.offset, to.node, to.offset);
});
