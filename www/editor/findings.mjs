// The pop-up below a line that lists its findings with their fixes. It opens at a click on the mark of the line, under the
// pointer on the text of a finding, by Ctrl+. with the focus on the first fix, and by F8 at the next line that has findings.
// Escape, a key and an edit close it.
import { StateEffect, StateField } from "@codemirror/state";
import { EditorView, ViewPlugin, closeHoverTooltips, hasHoverTooltips, hoverTooltip, keymap, showTooltip } from "@codemirror/view";
import { forEachDiagnostic, lintGutter, linter } from "@codemirror/lint";

const ORDER = ["error", "warning", "info", "hint"];

// The findings of a line, the most serious first.
function findingsOf(state, line) {
  const found = [];
  forEachDiagnostic(state, (diagnostic, from, to) => {
    if (from <= line.to && to >= line.from) found.push(diagnostic);
  });
  return found.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

function button(text, className, onClick) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: text, className });
  made.addEventListener("click", onClick);
  return made;
}

// The position of a line for the pop-up there, or null to close it.
const setPopup = StateEffect.define({ map: (at, changes) => at && { ...at, pos: changes.mapPos(at.pos) } });

function close(view) {
  view.dispatch({ effects: [setPopup.of(null), closeHoverTooltips] });
  view.focus();
}

function content(view, { pos, takesFocus }, words) {
  const dom = document.createElement("div");
  dom.className = "findings";
  dom.setAttribute("role", "dialog");
  dom.setAttribute("aria-label", words["checks"]);
  const list = document.createElement("ul");
  for (const { severity, message, actions } of findingsOf(view.state, view.state.doc.lineAt(pos))) {
    const item = document.createElement("li");
    item.className = `is-${severity}`;
    const text = document.createElement("p");
    text.textContent = message;
    item.append(text, ...(actions ?? []).map(({ name, apply }) => button(name, "apply", () => {
      view.dispatch({ effects: [setPopup.of(null), closeHoverTooltips] });
      apply(view, pos, pos);
    })));
    list.append(item);
  }
  const closing = button("", "close", () => close(view));
  closing.setAttribute("aria-label", words["close"]);
  dom.append(list, closing);
  dom.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close(view);
  });
  return { dom, mount: () => takesFocus && dom.querySelector("button").focus() };
}

const popup = (words) => StateField.define({
  create: () => null,
  update(at, transaction) {
    for (const effect of transaction.effects) if (effect.is(setPopup)) at = effect.value;
    return transaction.docChanged ? null : at;
  },
  provide: (field) => showTooltip.from(field, (at) => at && {
    pos: at.pos, above: false, create: (view) => content(view, at, words),
  }),
});

// The part of the text around a place that has the same findings, null without any.
export function findingAt(state, at) {
  let range = null;
  forEachDiagnostic(state, (_, from, to) => {
    if (from <= at && at <= to) range = { from: Math.max(from, range?.from ?? 0), to: Math.min(to, range?.to ?? Infinity) };
  });
  return range;
}

// The pop-up under the pointer, unless it is open already.
const hoverPopup = (words, field) => hoverTooltip((view, at) => {
  const range = findingAt(view.state, at);
  const line = view.state.doc.lineAt(at);
  if (!range || view.state.field(field)?.pos === line.from) return null;
  return { pos: Math.max(range.from, line.from), end: Math.min(range.to, line.to), above: false, create: (view) => content(view, { pos: at }, words) };
}, { hideOnChange: true });

// Opens the pop-up at a line; whether the line has findings.
function open(view, line, takesFocus) {
  const has = findingsOf(view.state, line).length > 0;
  if (has) view.dispatch({ effects: setPopup.of({ pos: line.from, takesFocus }) });
  return has;
}

function next(view) {
  const { doc, selection } = view.state;
  const here = doc.lineAt(selection.main.head).number;
  const lines = new Set();
  forEachDiagnostic(view.state, (_, from) => lines.add(doc.lineAt(from).number));
  const sorted = [...lines].sort((a, b) => a - b);
  const number = sorted.find((line) => line > here) ?? sorted[0];
  if (number === undefined) return false;
  const line = doc.line(number);
  view.dispatch({ selection: { anchor: line.from }, scrollIntoView: true });
  return open(view, line, false);
}

// Closes what is open; whether something was.
function closeAll(view, field) {
  const effects = [];
  if (view.state.field(field, false)) effects.push(setPopup.of(null));
  if (hasHoverTooltips(view.state)) effects.push(closeHoverTooltips);
  if (effects.length) view.dispatch({ effects });
  return effects.length > 0;
}

// `words`: the words of the editor by id.
export function findings(words) {
  const field = popup(words);
  return [
    field,
    // CodeMirror's own pop-ups look different and cover the text.
    lintGutter({ tooltipFilter: () => [] }), linter(null, { tooltipFilter: () => null }), hoverPopup(words, field),
    keymap.of([
      { key: "Mod-.", run: (view) => open(view, view.state.doc.lineAt(view.state.selection.main.head), true) },
      { key: "F8", run: next },
      { key: "Escape", run: (view) => closeAll(view, field) },
    ]),
    // Observers, since a key that does something else closes as well. Escape is answered above.
    EditorView.domEventObservers({
      keydown(event, view) {
        const isModifier = ["Control", "Shift", "Alt", "Meta"].includes(event.key);
        const opens = event.key === "F8" || ((event.ctrlKey || event.metaKey) && event.key === ".");
        if (!isModifier && !opens && event.key !== "Escape") closeAll(view, field);
      },
      beforeinput(_, view) {
        closeAll(view, field);
      },
      mousedown(_, view) {
        closeAll(view, field);
      },
    }),
    // The marks stand beside the text, where CodeMirror's own handlers do not reach.
    ViewPlugin.define((view) => {
      const onClick = (event) => {
        if (!event.target.closest?.(".cm-gutter-lint .cm-lint-marker")) return;
        const block = view.lineBlockAtHeight(event.clientY - view.documentTop);
        open(view, view.state.doc.lineAt(block.from), false);
        view.focus();
      };
      view.scrollDOM.addEventListener("click", onClick);
      return { destroy: () => view.scrollDOM.removeEventListener("click", onClick) };
    }),
  ];
}
