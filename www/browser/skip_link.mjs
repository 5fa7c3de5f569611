// The link to the editor at the page's beginning: it gives the focus to the text, not to the panel around it.

/** The text of the editor, or that which stands there until the editor is loaded. */
const text = () => document.querySelector("#editor .cm-content, #editor .static-code[contenteditable]");

/** Gives it the focus; false if it is not there or not shown. */
function focusText() {
  const at = text();
  at?.focus();
  return at !== null && document.activeElement === at;
}

addEventListener("click", (event) => {
  if (!event.target.closest?.("a.skip")) return;
  event.preventDefault();
  // Where one panel is shown at a time, it may be another one.
  if (text()?.checkVisibility?.() === false) document.getElementById("panel-editor")?.click();
  if (focusText()) return;
  // It is being rendered or loaded. Who goes elsewhere meanwhile stays there.
  const before = document.activeElement;
  const waiting = new MutationObserver(() => {
    if (document.activeElement !== before || focusText()) waiting.disconnect();
  });
  waiting.observe(document.body, { subtree: true, childList: true, attributeFilter: ["class"] });
}, true);
