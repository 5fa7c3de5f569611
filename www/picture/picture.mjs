// Saves a drawing of the page as a picture: an SVG that needs no style sheet, or a PNG. The page loads it when somebody
// asks for a picture (`app/src/effects/picture.rs`).
import { pageColor } from "../browser/page_color.mjs";

// What style sheets say of a drawing, which its copy keeps as attributes.
const PROPERTIES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "paint-order", "visibility"];
// The pixels of a PNG for each pixel of the drawing.
const SCALE = 2;
const MARGIN = 8;

function copyWithStyles(drawing) {
  const copy = drawing.cloneNode(true);
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, index) => {
    const style = getComputedStyle(originals[index]);
    if (style.display === "none") element.setAttribute("display", "none");
    for (const property of PROPERTIES) element.setAttribute(property, style.getPropertyValue(property));
    for (const name of ["class", "tabindex", "role", "aria-label", "aria-pressed"]) element.removeAttribute(name);
  });
  const { width, height } = drawing.viewBox.baseVal;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ width: "100%", height: "100%", fill: pageColor("panel"), rx: MARGIN })) ground.setAttribute(name, value);
  copy.prepend(ground);
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}

function offer(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// Saves the drawing with an id as `NAME.FORMAT`. Returns a promise, which fails if the browser cannot draw it.
globalThis.stageplaySavePicture = async (id, name, format) => {
  const drawing = document.getElementById(id);
  if (!drawing) throw new Error(`${id}: no such drawing`);
  const { text, width, height } = copyWithStyles(drawing);
  if (format === "svg") return offer(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`);
  const image = new Image();
  // A data URL, because the page's policy allows no other picture.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  offer(blob, `${name}.png`);
};
