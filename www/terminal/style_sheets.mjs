// The styles of xterm.js as constructed style sheets. Its own way, `<style>` elements, is refused by a content security
// policy without inline styles.

/** Adopts a style sheet and returns how to take it back. */
export function adopt(sheet) {
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
  };
}

const createElement = (tag, options) => Document.prototype.createElement.call(document, tag, options);

/** An element without effect whose text becomes a constructed style sheet. */
function styleElement() {
  const element = createElement("template");
  const sheet = new CSSStyleSheet();
  const takeBack = adopt(sheet);
  Object.defineProperty(element, "textContent", { set: (text) => sheet.replaceSync(text) });
  element.remove = () => {
    takeBack();
    Element.prototype.remove.call(element);
  };
  return element;
}

/**
 * Lets a terminal set the colours of a selected letter where a policy allows it. xterm.js sets the attribute `style`, which
 * is refused; it has no setting for that (6.0.0, `DomRendererRowFactory._addStyle`).
 */
export function allowSelectionColors(xterm) {
  const rows = xterm._core?._renderService?._renderer?.value?._rowFactory;
  if (rows) rows._addStyle = (element, style) => { element.style.cssText += style; };
}

/** Calls a function that makes `<style>` elements. */
export function withConstructedStyles(work) {
  document.createElement = (tag, options) => (tag === "style" ? styleElement() : createElement(tag, options));
  try {
    return work();
  } finally {
    delete document.createElement;
  }
}
