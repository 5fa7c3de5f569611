// Folding of the stages, instructions and here-documents of a Dockerfile.
import { keymap } from "@codemirror/view";
import { codeFolding, foldGutter, foldKeymap, foldService } from "@codemirror/language";

// `ask`: see dockerfile.mjs.
export function folding(ask) {
  // CodeMirror asks line by line; all folds of a document are requested once.
  // Until the language service is loaded they are null, and asked for again with whatever changes.
  let cached = { doc: null, folds: null };
  const folds = foldService.of((state, start, end) => {
    if (cached.doc !== state.doc || !cached.folds) cached = { doc: state.doc, folds: ask("folds", state) };
    return cached.folds?.find((fold) => fold.from >= start && fold.from <= end) ?? null;
  });
  return [codeFolding(), foldGutter({ foldingChanged: () => !cached.folds }), folds, keymap.of(foldKeymap)];
}
