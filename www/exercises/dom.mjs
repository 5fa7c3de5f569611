// Small helpers for elements. Nothing here writes markup from texts: texts become text nodes.

/** An element: `h("button.primary", { type: "button", onclick }, "text", other)`. Attributes that are null or false are left out. */
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button. */
export const button = (text, onclick, attributes = {}, name = "button") =>
  h(name, { type: "button", onclick, ...attributes }, text);

/** Replaces what an element shows; the focus stays on what has the same id. */
export function show(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** A text of the simulator that is HTML: Markdown in which HTML was text. Links open beside the page. */
export function prose(html) {
  const element = h("div.prose");
  element.innerHTML = html;
  for (const link of element.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  return element;
}

/** The parts of a text: prose, files, commands. */
export function blocks(all) {
  return all.map((block) => {
    if (block.prose !== undefined) return prose(block.prose);
    if (block.file) return h("figure.file", {}, h("figcaption", {}, h("code", {}, block.file[0])), h("pre", { tabindex: 0 }, block.file[1]));
    return h("div.console", {}, block.console.map(([command, output]) =>
      h("div.command", {}, h("div.line", {}, h("code", {}, `$ ${command}`)), output ? h("pre", { tabindex: 0 }, output) : null)));
  });
}

const SVG = "http://www.w3.org/2000/svg";
/** Paths of the icons, drawn with a stroke in a square of 16 units. */
const PATHS = {
  done: "M3 8.5l3.2 3.2L13 5",
  seen: "M1.5 8c2-3.6 4.1-5 6.5-5s4.500 1.400 6.500 5c-2 3.600-4.100 5-6.500 5s-4.500-1.400-6.500-5zM8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  begun: "M8 2.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11zM8 5v3l2 1.500",
  new: "M8 2.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11z",
  reached: "M3 8.500l3.200 3.200L13 5",
  missed: "M4 4l8 8M12 4l-8 8",
  unknown: "M5.500 6a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.500M8 12.500v.2",
  back: "M10 3L5 8l5 5",
  next: "M6 3l5 5-5 5",
  close: "M4 4l8 8M12 4l-8 8",
  more: "M3 8h.2M8 8h.2M13 8h.2",
  hint: "M6 12.500h4M6.500 14.500h3M5.800 10.500c-1.300-1-2-2.200-2-3.500a4.200 4.200 0 0 1 8.400 0c0 1.300-.7 2.500-2 3.500z",
};

/** An icon; the text beside it says what it means. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `x-icon x-icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? "");
  svg.append(path);
  return svg;
}

/** Offers a text, or bytes as a Blob, as a download. */
export function save(name, text, type = "text/plain") {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Adds a style sheet to the page once. A policy allows no style that is inline. */
export function adopt(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/** A dialog with a heading and a button that closes it. It is removed when it closes. */
export function dialog(title, closing, ...children) {
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const element = h("dialog.x-dialog", { "aria-labelledby": id },
    h("header", {}, h("h2", { id }, title),
      h("button.x-plain", { type: "button", "aria-label": closing, title: closing, onclick: () => element.close() }, icon("close"))),
    ...children);
  element.addEventListener("close", () => element.remove());
  document.body.append(element);
  element.showModal();
  return element;
}

/** Bytes as the page writes them: powers of 1000, three digits, and a mark before what was not counted. */
export function size(bytes, is_exact = true) {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < 3) [value, unit] = [value / 1000, unit + 1];
  return `${is_exact ? "" : "≈"}${Number(value.toPrecision(3))}${["B", "kB", "MB", "GB"][unit]}`;
}
