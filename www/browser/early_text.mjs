// The Dockerfile that the HTML of a first visit shows. It can be edited before the editor is there, which takes the text with
// the selection. A page that is left before that has the text again when it is loaded again.

// The key in the browser's storage of this page.
const KEY = "stageplay.early-text";

function textOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  return node.nodeName === "BR" ? "\n" : [...node.childNodes].map(textOf).join("");
}

// The storage may be blocked.
function storage(use) {
  try {
    return use(sessionStorage);
  } catch {
    return null;
  }
}

export class EarlyText {
  constructor(element) {
    this.element = element;
    this.original = textOf(element);
    this.selection = null;
    try {
      element.contentEditable = "plaintext-only";
    } catch {
      // An older browser: the text can be read until the editor is there.
      return;
    }
    element.spellcheck = false;
    element.setAttribute("role", "textbox");
    element.setAttribute("aria-multiline", "true");
    element.setAttribute("aria-label", element.closest("[aria-label]")?.getAttribute("aria-label") ?? "");
    const kept = storage((all) => all.getItem(KEY));
    if (kept) element.textContent = kept;
    storage((all) => all.removeItem(KEY));
    this.keep = () => {
      const text = textOf(element);
      if (text !== this.original) storage((all) => all.setItem(KEY, text));
    };
    addEventListener("pagehide", this.keep);
  }

  // The offset of a place in the text.
  offset(node, at) {
    const range = document.createRange();
    range.selectNodeContents(this.element);
    range.setEnd(node, at);
    return textOf(range.cloneContents()).length;
  }

  // The selection in the text, if it has the focus.
  readSelection() {
    const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection();
    if (document.activeElement !== this.element || !this.element.contains(anchorNode) || !this.element.contains(focusNode)) return null;
    return { anchor: this.offset(anchorNode, anchorOffset), head: this.offset(focusNode, focusOffset) };
  }

  // The place of an offset: a node and the offset in it.
  place(offset) {
    const walker = document.createTreeWalker(this.element, NodeFilter.SHOW_TEXT);
    let last = [this.element, 0];
    while (walker.nextNode()) {
      const { currentNode } = walker;
      if (offset <= currentNode.length) return [currentNode, offset];
      offset -= currentNode.length;
      last = [currentNode, currentNode.length];
    }
    return last;
  }

  // Before the element is taken out of the document, which takes its focus.
  detach() {
    this.selection = this.readSelection();
    // What Enter put in, for which offsets of text nodes alone do not count.
    for (const end of this.element.querySelectorAll("br")) end.replaceWith("\n");
  }

  // Puts it inside another element.
  attach(parent) {
    parent.replaceChildren(this.element);
    if (!this.selection) return;
    this.element.focus();
    getSelection().setBaseAndExtent(...this.place(this.selection.anchor), ...this.place(this.selection.head));
  }

  // The text before and after it was edited, its colours `[[from, to, class]]`, and the selection `{anchor, head}`, null without
  // the focus.
  take() {
    removeEventListener("pagehide", this.keep);
    const selection = this.element.isConnected ? this.readSelection() : this.selection;
    const tokens = [];
    let at = 0;
    for (const node of this.element.childNodes) {
      const length = textOf(node).length;
      if (node.className) tokens.push([at, at + length, node.className]);
      at += length;
    }
    return { original: this.original, text: textOf(this.element), tokens, selection };
  }
}
