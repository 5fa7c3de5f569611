// Marks lines: those of the stage that is selected in the graph.
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

const setMarks = StateEffect.define();
const mark = Decoration.line({ class: "cm-stage" });

export const lineMarks = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(setMarks)) return effect.value;
    return marks.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Marks the lines from `first` to `last`, counted from 1, in place of those before, and scrolls to the first. 0 marks none.
export function markLines(view, first, last) {
  const doc = view.state.doc;
  const lines = [];
  for (let line = Math.max(first, 1); first && line <= Math.min(last, doc.lines); line++) lines.push(mark.range(doc.line(line).from));
  const effects = [setMarks.of(Decoration.set(lines))];
  if (lines.length) effects.push(EditorView.scrollIntoView(lines[0].from, { y: "nearest", yMargin: 40 }));
  view.dispatch({ effects });
}
