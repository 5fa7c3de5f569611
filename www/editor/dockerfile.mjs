// What the editor knows of Dockerfiles. It asks the page's Rust code: colours, completions, hovers,
// folds, definitions, renames, formatting. Places are UTF-16 units on both sides.
import { RangeSetBuilder, EditorSelection } from "@codemirror/state";
import { Decoration, ViewPlugin, hoverTooltip, keymap } from "@codemirror/view";
import { autocompletion, completionKeymap, insertCompletionText, startCompletion } from "@codemirror/autocomplete";
import { codeFolding, foldGutter, foldKeymap, foldService } from "@codemirror/language";

const marks = Object.fromEntries(
  ["keyword", "flag", "directive", "comment", "variable", "image", "stage", "heredoc"].map((name) => [name, Decoration.mark({ class: `token-${name}` })]));

// `ask(question, state, more)` gives the answer as an object, or null.
export function dockerfile(ask, words) {
  const colours = (state) => {
    const set = new RangeSetBuilder();
    for (const [from, to, kind] of ask("tokens", state) ?? []) set.add(from, to, marks[kind]);
    return set.finish();
  };
  const coloured = ViewPlugin.fromClass(class {
    constructor(view) { this.decorations = colours(view.state); }
    update(update) { if (update.docChanged) this.decorations = colours(update.state); }
  }, { decorations: (plugin) => plugin.decorations });

  // Behind `--from=` or a folder one goes on.
  const apply = (insert) => !/[=/]$/.test(insert) ? insert : (view, _, from, to) => {
    view.dispatch(insertCompletionText(view.state, insert, from, to));
    startCompletion(view);
  };
  const complete = (context) => {
    const found = ask("complete", context.state, { at: context.pos }) ?? [];
    const typed = found.length ? context.pos - found[0].from : 0;
    if (!found.length || !context.explicit && typed === 0 && !/[=$/{]$/.test(context.state.sliceDoc(Math.max(0, context.pos - 1), context.pos))) return null;
    return {
      from: found[0].from, to: found[0].to, filter: false,
      options: found.map(({ insert, kind, info }) => ({ label: insert.trim() || insert, apply: apply(insert), type: kind, info })),
    };
  };

  const hover = hoverTooltip((view, at) => {
    const found = ask("hover", view.state, { at });
    if (!found) return null;
    return { pos: found.from, end: found.to, above: true, create: () => {
      const dom = document.createElement("div");
      dom.className = "hover";
      dom.textContent = found.words;
      return { dom };
    } };
  });

  // All folds of one state are asked for once, not once a line.
  let known = { doc: null, folds: [] };
  const folds = foldService.of((state, start, end) => {
    if (known.doc !== state.doc) known = { doc: state.doc, folds: ask("folds", state) ?? [] };
    return known.folds.find((fold) => fold.from >= start && fold.from <= end) ?? null;
  });

  const definition = (view) => {
    const found = ask("definition", view.state, { at: view.state.selection.main.head });
    if (found) view.dispatch({ selection: EditorSelection.range(found.from, found.to), scrollIntoView: true });
    return found !== null;
  };
  const rename = (view) => {
    const at = view.state.selection.main.head;
    const places = ask("occurrences", view.state, { at }) ?? [];
    const here = places.find(({ from, to }) => from <= at && at <= to);
    const name = here && window.prompt(words["rename-to"], view.state.sliceDoc(here.from, here.to));
    if (!name) return places.length > 0;
    const answer = ask("rename", view.state, { at, name });
    if (answer.error) window.alert(answer.error);
    else view.dispatch({ changes: answer.edits, userEvent: "rename" });
    return true;
  };
  const format = (view) => {
    const answer = ask("format", view.state);
    const now = view.state.doc.toString();
    if (answer?.text !== undefined && answer.text !== now) {
      view.dispatch({ changes: { from: 0, to: now.length, insert: answer.text }, selection: { anchor: Math.min(view.state.selection.main.head, answer.text.length) }, userEvent: "format" });
    }
    return true;
  };

  return [
    coloured, autocompletion({ override: [complete] }), hover, codeFolding(), foldGutter(), folds,
    keymap.of([
      { key: "F12", run: definition }, { key: "F2", run: rename }, { key: "Shift-Alt-f", run: format },
      ...completionKeymap, ...foldKeymap,
    ]),
  ];
}
