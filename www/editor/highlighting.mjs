// Syntax highlighting: of a Dockerfile, whose tokens get the CSS classes `token-…`, and of the other files that are coloured.
import { StreamLanguage } from "@codemirror/language";
import { go } from "@codemirror/legacy-modes/mode/go";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { RangeSetBuilder, StateEffect } from "@codemirror/state";
import { Decoration, ViewPlugin } from "@codemirror/view";

const TOKENS = ["keyword", "flag", "directive", "comment", "variable", "image", "stage", "heredoc"];
const decorations = Object.fromEntries(TOKENS.map((name) => [`token-${name}`, Decoration.mark({ class: `token-${name}` })]));

// The language service answers from now on.
export const languageLoaded = StateEffect.define();

function colours(tokens) {
  const set = new RangeSetBuilder();
  for (const [from, to, name] of tokens) if (decorations[name]) set.add(from, to, decorations[name]);
  return set.finish();
}

// `ask`, `tokens`: see dockerfile.mjs. Colours stay where they are while nothing is answered.
export function highlighting(ask, tokens) {
  const answer = (state) => ask("tokens", state)?.map(([from, to, name]) => [from, to, `token-${name}`]);
  return ViewPlugin.fromClass(class {
    constructor(view) { this.decorations = colours(answer(view.state) ?? tokens ?? []); }
    update(update) {
      const isLoaded = update.transactions.some(({ effects }) => effects.some((one) => one.is(languageLoaded)));
      if (!update.docChanged && !isLoaded) return;
      const found = answer(update.state);
      this.decorations = found ? colours(found) : this.decorations.map(update.changes);
    }
  }, { decorations: (plugin) => plugin.decorations });
}

// The colours of a file that is not a Dockerfile, by its name.
export function language(name) {
  if (name.endsWith(".go")) return StreamLanguage.define(go);
  if (name.endsWith(".sh")) return StreamLanguage.define(shell);
  return [];
}
