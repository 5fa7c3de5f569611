// The Dockerfile that the HTML of a first visit shows. It can be edited before the editor is there, which takes the text with
// the selection. A page that is left before that has the text again when it is loaded again.
import { wordAt } from "../editor/word_at.mjs";
import { "rename-to" as english } from "../i18n/en/result.json";
import { "rename-to" as chinese } from "../i18n/zh-CN/result.json";

// The key in the browser's storage of this page.
const KEY = "stageplay.early-text";

// A `<br>` at the end of the element is no line break: it is there so that the caret can stand in a last line that is empty.
const isFiller = (node) => !node.nextSibling && node.parentNode.contentEditable === "plaintext-only";

function textOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeName === "BR") return isFiller(node) ? "" : "\n";
  return [...node.childNodes].map(textOf).join("");
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
    // The selection while the element is not in the document or does not have the focus.
    this.selection = null;
    this.isFocused = false;
    // A name that F2 asked for, `{at, name}`: the editor renames when it can.
    this.rename = null;
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
    element.append(document.createElement("br"));
    this.keep = () => {
      const text = textOf(element);
      if (text !== this.original) storage((all) => all.setItem(KEY, text));
    };
    addEventListener("pagehide", this.keep);
    element.addEventListener("blur", () => { this.selection = this.readSelection(); });
    element.addEventListener("keydown", (event) => {
      if (event.key !== "F2") return;
      event.preventDefault();
      const text = textOf(element);
      const at = this.readSelection()?.head ?? 0;
      const { from, to } = wordAt(text, at);
      const name = from < to && prompt(document.documentElement.lang === "en" ? english : chinese, text.slice(from, to));
      if (!name) return;
      const range = document.createRange();
      range.setStart(...this.place(at));
      this.rename = { range, name };
    });
  }

  // The offset of a place in the text.
  offset(node, at) {
    const range = document.createRange();
    range.selectNodeContents(this.element);
    range.setEnd(node, at);
    return textOf(range.cloneContents()).length;
  }

  // The selection in the text, if there is one.
  readSelection() {
    const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection();
    if (!this.element.contains(anchorNode) || !this.element.contains(focusNode)) return null;
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

  select({ anchor, head }) {
    this.element.focus();
    getSelection().setBaseAndExtent(...this.place(anchor), ...this.place(head));
  }

  // What the editor goes on with beside the text.
  read() {
    this.isFocused = document.activeElement === this.element;
    if (this.isFocused) this.selection = this.readSelection();
    if (this.rename) this.rename.at = this.offset(this.rename.range.startContainer, this.rename.range.startOffset);
  }

  // Puts it inside another element, which takes its focus: both are done in one task.
  moveTo(parent) {
    this.read();
    const { selection, isFocused } = this;
    // What Enter put in, for which offsets of text nodes alone do not count.
    for (const end of this.element.querySelectorAll("br")) if (!isFiller(end)) end.replaceWith("\n");
    parent.replaceChildren(this.element);
    this.rename?.range.setStart(...this.place(this.rename.at));
    if (isFocused && selection) this.select(selection);
    this.selection = selection;
  }

  // The text before and after it was edited, its colours `[[from, to, class]]`, the selection `{anchor, head}` or null, whether
  // it has the focus, and `rename`.
  take() {
    removeEventListener("pagehide", this.keep);
    this.read();
    const tokens = [];
    let at = 0;
    for (const node of this.element.childNodes) {
      const length = textOf(node).length;
      if (node.className) tokens.push([at, at + length, node.className]);
      at += length;
    }
    const { original, selection, isFocused, rename } = this;
    return { original, text: textOf(this.element), tokens, selection, isFocused, rename };
  }
}
