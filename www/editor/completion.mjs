// The completion pop-up of a Dockerfile.
import { keymap } from "@codemirror/view";
import { autocompletion, completionKeymap, insertCompletionText, startCompletion } from "@codemirror/autocomplete";

// The pop-up opens by itself while a word is typed and behind one of these characters; elsewhere by Ctrl+Space.
const OPENS_POPUP = /[=$/{]$/;

// A completion that ends in `=` or `/` opens the pop-up again for what follows.
const apply = (insert) => !/[=/]$/.test(insert) ? insert : (view, _, from, to) => {
  view.dispatch(insertCompletionText(view.state, insert, from, to));
  startCompletion(view);
};

// `ask`: see dockerfile.mjs.
export function completion(ask) {
  const source = async (context) => {
    const completions = (await ask("complete", context.state, { at: context.pos })) ?? [];
    if (!completions.length) return null;
    const { from, to } = completions[0];
    const before = context.state.sliceDoc(Math.max(0, context.pos - 1), context.pos);
    if (!context.explicit && context.pos === from && !OPENS_POPUP.test(before)) return null;
    return {
      from, to, filter: false,
      options: completions.map(({ insert, kind, info }) => ({ label: insert.trim() || insert, apply: apply(insert), type: kind, info })),
    };
  };
  return [autocompletion({ override: [source] }), keymap.of(completionKeymap)];
}
