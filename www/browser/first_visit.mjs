// The HTML of a first visit while the page's program, its pieces and the editor are being loaded: what is typed or clicked
// meanwhile is done once they are there. See `app/src/interop/first_visit.rs`.
import { EarlyText } from "./early_text.mjs";

// What stays as the HTML shows it until the piece of the program is there that renders it.
const PARTS = { verdict: "#verdict", result: "section.result" };
const CONTROLS = "button, a[href], summary";

// The HTML, if it is shown.
let html = null;
const kept = {};
let code = null;
// A control that was used, an element with the focus: see `referenceTo`. Values of fields, by their ids.
let used = null;
let focused = null;
let fields = [];
let notes = {};

// How to find an element again in other HTML of the same form: by its id, or by the numbers of the children down to it.
function referenceTo(top, element) {
  if (!element || element === document.body || !top.contains(element)) return null;
  if (element.id) return { id: element.id };
  const place = [];
  for (let at = element; at !== top; at = at.parentElement) place.unshift([...at.parentElement.children].indexOf(at));
  return { place };
}

const find = (top, { id, place }) => (id ? document.getElementById(id) : place.reduce((at, index) => at?.children[index], top));

function noteUse(event) {
  const control = event.target.closest(CONTROLS);
  used = control && referenceTo(html, control);
}

// Once the document is read, in the language of the page.
document.addEventListener("readystatechange", () => {
  if (document.documentElement.dataset.visit) return;
  html = document.querySelector(".first-visit");
  html?.addEventListener("click", noteUse);
  const text = html?.querySelector(".static-code");
  if (text) code = new EarlyText(text);
}, { once: true });

globalThis.stageplayFirstVisit = {
  // Before the program renders: takes the parts out of the HTML that stay.
  keep() {
    if (!html) return;
    html.removeEventListener("click", noteUse);
    for (const [name, selector] of Object.entries(PARTS)) kept[name] = html.querySelector(selector);
    fields = [...html.querySelectorAll("input[id]")].filter(({ value, defaultValue }) => value !== defaultValue).map(({ id, value }) => ({ id, value }));
    focused = referenceTo(html, document.activeElement);
    code?.detach();
  },

  // An element that stays, by its name; undefined if there is none.
  part: (name) => kept[name],

  // After the first rendering. `editor` is the place of the editor; `onUse` is called when something of a part is used.
  rendered(editor, onUse) {
    if (!html) return;
    code?.attach(editor);
    const page = document.getElementById("app");
    for (const { id, value } of fields) {
      const field = document.getElementById(id);
      if (field) field.value = value;
    }
    if (focused) find(page, focused)?.focus();
    for (const [name, part] of Object.entries(kept)) {
      part?.addEventListener("click", (event) => {
        const control = event.target.closest(CONTROLS);
        if (!control || control.matches("summary")) return;
        used = { name, ...referenceTo(part, control) };
        onUse();
      });
    }
    const early = used;
    used = null;
    if (early) find(page, early)?.click();
  },

  // What was used is not done: the piece could not be loaded, which the page says.
  forgetUse() {
    used = null;
  },

  // Before the parts are rendered anew: notes what the reader did to them.
  leave() {
    for (const [name, part] of Object.entries(kept)) {
      if (!part?.isConnected) continue;
      notes[name] = {
        focused: referenceTo(part, document.activeElement),
        open: [...part.querySelectorAll("details")].map((one) => one.open),
        scrolled: [...part.querySelectorAll(".tab-panel")].map((one) => one.scrollTop),
      };
    }
  },

  // After they were rendered anew.
  replaced() {
    for (const [name, { focused, open, scrolled }] of Object.entries(notes)) {
      const part = document.querySelector(PARTS[name]);
      if (!part) continue;
      const all = [...part.querySelectorAll("details")];
      if (all.length === open.length) all.forEach((one, index) => { one.open = open[index]; });
      part.querySelectorAll(".tab-panel").forEach((one, index) => { one.scrollTop = scrolled[index] ?? 0; });
      if (focused) find(part, focused)?.focus({ preventScroll: true });
    }
    const control = used && find(document.querySelector(PARTS[used.name]), used);
    notes = {};
    used = null;
    control?.click();
  },

  // What was typed into the Dockerfile before the editor is there, and the selection: `EarlyText.take`; null if the HTML did
  // not show it.
  takeText: () => code?.take() ?? null,
};
