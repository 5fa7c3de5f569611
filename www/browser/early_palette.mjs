// The command palette before the piece of the program is there that shows it. Ctrl+K opens its field at once; what is typed
// into it goes over to the palette (`app/src/view/command_palette.rs`).

// Whether the program has rendered the page and answers Ctrl+K, and whether it shows the palette at once.
let isRendered = false;
let isLoaded = false;
let dialog = null;
// Whether the palette is to be closed again, because Escape was pressed meanwhile.
let isCancelled = false;
let before = null;

const press = (element, init) => element.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, ...init }));

// Enter, once the list shows what was typed.
function enter(palette, field, tries) {
  const first = palette.querySelector("[data-command]");
  const words = `${first?.textContent} ${first?.dataset.command}`.toLowerCase();
  if (first && field.value.toLowerCase().split(/\s+/).every((word) => words.includes(word))) press(field, { key: "Enter" });
  else if (tries && palette.isConnected) setTimeout(enter, 25, palette, field, tries - 1);
}

// The element that had the focus, or what took its place.
function focusBefore() {
  if (document.activeElement !== document.body) return;
  (before.isConnected ? before : document.querySelector(before.matches(".static-code") ? ".cm-content" : `#${before.id || "app"}`))?.focus();
}

const observer = new MutationObserver(() => {
  const palette = document.getElementById("palette");
  if (!palette?.open) {
    if (dialog || isCancelled) return;
    observer.disconnect();
    focusBefore();
  } else if (dialog || isCancelled) {
    const field = palette.querySelector("input");
    if (isCancelled) press(field, { key: "Escape" });
    else takeOver(palette, field);
    isCancelled = false;
  }
});

function takeOver(palette, field) {
  const early = dialog.querySelector("input");
  field.value = early.value;
  field.setSelectionRange(early.selectionStart, early.selectionEnd);
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  dialog.remove();
  dialog = null;
  if (early.readOnly) enter(palette, field, 40);
}

function open() {
  if (isLoaded || dialog) return;
  isCancelled = false;
  before = document.activeElement ?? document.documentElement;
  dialog = document.createElement("dialog");
  dialog.className = "palette";
  const field = document.createElement("input");
  field.type = "text";
  field.setAttribute("aria-label", document.getElementById("commands")?.getAttribute("aria-label") ?? "Ctrl+K");
  field.addEventListener("keydown", (event) => {
    // The command runs when it is found; what follows is not part of its words.
    if (event.key === "Enter" && !event.isComposing) field.readOnly = true;
  });
  dialog.append(document.createElement("div"));
  dialog.firstChild.append(field);
  dialog.addEventListener("close", () => {
    dialog.remove();
    dialog = null;
    isCancelled = isRendered;
  });
  document.documentElement.append(dialog);
  dialog.showModal();
  observer.observe(document, { childList: true, subtree: true, attributeFilter: ["open"] });
}

document.addEventListener("keydown", (event) => {
  if (!/^k$/i.test(event.key) || !(event.ctrlKey || event.metaKey)) return;
  open();
  if (dialog) event.preventDefault();
}, true);
document.addEventListener("click", (event) => event.target.closest?.("#commands") && open(), true);

export const earlyPalette = {
  // The program has rendered the page.
  rendered() {
    isRendered = true;
    if (dialog) press(document, { key: "k", ctrlKey: true });
  },
  // The piece is there.
  loaded() { isLoaded = true; },
  // The piece could not be loaded, which the page says.
  close() {
    dialog?.close();
    isCancelled = false;
  },
};
