// The command palette before the piece of the program is there that shows it. Ctrl+K opens its field at once; what is typed
// into it goes over to the palette (`app/src/view/command_palette.rs`).

// Whether the program has rendered the page and answers Ctrl+K, and whether it shows the palette at once.
let isRendered = false;
let isLoaded = false;
let dialog = null;
// Whether the palette is to be closed again, because Escape was pressed meanwhile.
let isCancelled = false;
let isTakingOver = false;
let isComposing = false;
let before = null;

const press = (element, init) => element.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, ...init }));

// The element that had the focus, or what took its place.
function focusBefore() {
  if (document.activeElement !== document.body) return;
  (before.isConnected ? before : document.querySelector(before.matches(".static-code") ? ".cm-content" : `#${before.id || "app"}`))?.focus();
}

const observer = new MutationObserver(() => {
  const palette = document.getElementById("palette");
  if (palette?.open && !isTakingOver && (dialog || isCancelled)) {
    const field = palette.querySelector("input");
    isTakingOver = !isCancelled;
    if (isCancelled) press(field, { key: "Escape" });
    else {
      // In front again.
      dialog.close();
      dialog.showModal();
      takeOver(palette, field, 200);
    }
    isCancelled = false;
  } else if (!palette && !dialog && !isCancelled) {
    observer.disconnect();
    isTakingOver = false;
    focusBefore();
  }
});

// The program sets its field whenever it renders, also before it has learnt what was typed. The early field stays in front until
// the list shows it.
function takeOver(palette, field, tries) {
  if (!dialog) return press(field, { key: "Escape" });
  const early = dialog.querySelector("input");
  const isSame = field.value === early.value;
  const words = early.value.toLowerCase().split(/[\s?？]+/);
  const isFound = [...palette.querySelectorAll("[data-command]")].every(({ textContent, dataset }) => {
    const told = `${textContent} ${dataset.command}`.toLowerCase();
    return words.every((word) => told.includes(word));
  });
  if (tries && !(isSame && isFound && !isComposing)) {
    if (!isSame) {
      field.value = early.value;
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
    setTimeout(takeOver, 25, palette, field, tries - 1);
    return;
  }
  const { selectionStart, selectionEnd, readOnly } = early;
  dialog.remove();
  dialog = null;
  field.focus();
  field.setSelectionRange(selectionStart, selectionEnd);
  if (readOnly && isFound) press(field, { key: "Enter" });
}

function cancel() {
  dialog?.close();
  dialog?.remove();
  dialog = null;
  isCancelled = isRendered && !isTakingOver;
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
  field.addEventListener("compositionstart", () => { isComposing = true; });
  field.addEventListener("compositionend", () => { isComposing = false; });
  dialog.append(document.createElement("div"));
  dialog.firstChild.append(field);
  dialog.addEventListener("cancel", cancel);
  (document.body ?? document.documentElement).append(dialog);
  dialog.showModal();
  observer.observe(document, { childList: true, subtree: true, attributeFilter: ["open"] });
}

document.addEventListener("keydown", (event) => {
  if (!/^k$/i.test(event.key) || !(event.ctrlKey || event.metaKey)) return;
  // In the terminal it deletes to the end of the line.
  if (event.target.closest?.(".xterm")) return;
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
    cancel();
    isCancelled = false;
  },
};
