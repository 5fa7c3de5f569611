// Folding of the stages, instructions and here-documents of a Dockerfile.
import { keymap } from "@codemirror/view";
import { codeFolding, foldGutter, foldKeymap, foldService } from "@codemirror/language";

// `ask`: see dockerfile.mjs.
export function folding(ask) {
  // CodeMirror asks line by line; all folds of a document are requested once.
  let cached = { doc: null, folds: [] };
  const folds = foldService.of((state, start, end) => {
    if (cached.doc !== state.doc) cached = { doc: state.doc, folds: ask("folds", state) ?? [] };
    return cached.folds.find((fold) => fold.from >= start && fold.from <= end) ?? null;
  });
  return [codeFolding(), foldGutter(), folds, keymap.of(foldKeymap)];
}
