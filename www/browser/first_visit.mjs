// The HTML of a first visit while the page's program, its pieces and the editor are being loaded: what is typed or clicked
// meanwhile is done once they are there. See `app/src/interop/first_visit.rs`.
import { earlyPalette } from "./early_palette.mjs";
import { earlyPrompt } from "./early_prompt.mjs";
import { EarlyText } from "./early_text.mjs";
import { keepSelectedTabInView } from "./selected_tab.mjs";

// What stays as the HTML shows it until the piece of the program is there that renders it.
const PARTS = { verdict: "#verdict", result: "section.result" };
// The link to the editor does what it says at once: see `skip_link.mjs`.
const CONTROLS = "button, a[href]:not(.skip), summary";

const root = document.documentElement;
// The HTML, if it is shown.
let html = null;
// The place in the document in which the program renders the page, while the HTML is shown.
let hidden = null;
const kept = {};
let code = null;
// A control that was used: see `referenceTo`.
let used = null;
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

// What the reader did to a part.
const noteReading = (part) => ({
  focused: referenceTo(part, document.activeElement),
  open: [...part.querySelectorAll("details")].map((one) => one.open),
  scrolled: [...part.querySelectorAll(".tab-panel")].map((one) => one.scrollTop),
});

// Does it to a part of the same form.
function readOn(part, { focused, open, scrolled }) {
  const all = [...part.querySelectorAll("details")];
  if (all.length === open.length) all.forEach((one, index) => { one.open = open[index]; });
  part.querySelectorAll(".tab-panel").forEach((one, index) => { one.scrollTop = scrolled[index] ?? 0; });
  if (focused) find(part, focused)?.focus({ preventScroll: true });
}

// Once the Dockerfile is read with what follows it, in the language of the page.
function begin() {
  if (html || root.dataset.visit || (root.lang !== "en" && !("translated" in root.dataset))) return;
  if (!document.getElementById("editor-end")) return;
  reading.disconnect();
  html = document.querySelector(".first-visit");
  html.addEventListener("click", noteUse);
  earlyPrompt.watch();
  const text = html.querySelector(".static-code");
  if (text) code = new EarlyText(text);
}
const reading = new MutationObserver(begin);
reading.observe(document, { childList: true, subtree: true });
document.addEventListener("readystatechange", () => {
  begin();
  reading.disconnect();
}, { once: true });

globalThis.stageplayFirstVisit = {
  // Before the program renders: copies the parts of the HTML that stay. The HTML is shown, and can be used, until the program has
  // rendered all of the page out of sight, which may take more than one task.
  keep() {
    if (!html) return;
    for (const [name, selector] of Object.entries(PARTS)) kept[name] = html.querySelector(selector)?.cloneNode(true);
    const shown = html.parentElement;
    hidden = document.createElement("div");
    hidden.hidden = true;
    hidden.append(shown.cloneNode());
    shown.removeAttribute("id");
    // As `#app`, it has no box of its own.
    shown.className = "first-visit";
    shown.before(hidden);
  },

  // An element that stays, by its name; undefined if there is none.
  part: (name) => kept[name],

  // After the first rendering, in one task. `editor` is the place of the editor; `onUse` is called when something of a part is used.
  rendered(editor, onUse) {
    earlyPalette.rendered();
    const tabs = document.querySelector("#app .file-bar .tabs");
    if (tabs) keepSelectedTabInView(tabs);
    if (!html) return earlyPalette.loaded();
    html.removeEventListener("click", noteUse);
    const fields = [...html.querySelectorAll("input[id]")].filter(({ value, defaultValue }) => value !== defaultValue);
    const focused = referenceTo(html, document.activeElement);
    const selected = document.activeElement?.selectionStart ?? null;
    const parts = Object.entries(PARTS).map(([name, selector]) => [kept[name], html.querySelector(selector)]);
    const read = parts.filter(([part]) => part).map(([part, old]) => [part, noteReading(old)]);
    const page = document.getElementById("app");
    hidden.replaceWith(page);
    code?.moveTo(editor);
    html.parentElement.remove();
    for (const [part, note] of read) readOn(part, note);
    const prompt = document.getElementById("command");
    if (prompt) earlyPrompt.rendered(prompt);
    for (const { id, value } of fields) {
      const field = document.getElementById(id);
      if (field) field.value = value;
    }
    const active = focused && find(page, focused);
    active?.focus();
    if (selected !== null) active?.setSelectionRange?.(selected, selected);
    if (code?.isFocused) code.select(code.selection);
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
    earlyPalette.close();
  },

  // Before the parts are rendered anew: notes what the reader did to them.
  leave() {
    for (const [name, part] of Object.entries(kept)) if (part?.isConnected) notes[name] = noteReading(part);
  },

  // After they were rendered anew.
  replaced() {
    earlyPalette.loaded();
    for (const [name, note] of Object.entries(notes)) {
      const part = document.querySelector(PARTS[name]);
      if (part) readOn(part, note);
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
