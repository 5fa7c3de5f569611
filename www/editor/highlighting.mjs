// Syntax highlighting of a Dockerfile. Its tokens get the CSS classes `token-…`.
import { RangeSetBuilder } from "@codemirror/state";
import { Decoration, ViewPlugin } from "@codemirror/view";

const TOKENS = ["keyword", "flag", "directive", "comment", "variable", "image", "stage", "heredoc"];
const decorations = Object.fromEntries(TOKENS.map((name) => [name, Decoration.mark({ class: `token-${name}` })]));

// `ask`: see dockerfile.mjs.
export function highlighting(ask) {
  const highlight = (state) => {
    const set = new RangeSetBuilder();
    for (const [from, to, token] of ask("tokens", state) ?? []) set.add(from, to, decorations[token]);
    return set.finish();
  };
  return ViewPlugin.fromClass(class {
    constructor(view) { this.decorations = highlight(view.state); }
    update(update) { if (update.docChanged) this.decorations = highlight(update.state); }
  }, { decorations: (plugin) => plugin.decorations });
}
