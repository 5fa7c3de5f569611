// The view of the layers of the image.
import { h, legend } from "./dom.mjs";
import { humanSize, sizeText } from "./sizes.mjs";

/** The layers of the image, those of the base image as one. */
export function layersView({ report, layers }, say) {
  if (!layers) return [h("p", {}, say("noImage"))];
  const base = layers.filter((layer) => layer.base !== null);
  const own = layers.filter((layer) => layer.base === null);
  const baseBytes = base.reduce((sum, layer) => sum + layer.known_bytes, 0);
  const sign = base.every((layer) => layer.size.honesty === "exact") ? "" : base.some((layer) => layer.size.bytes === null) ? "≥ " : "≈ ";
  const rows = [
    ...(base.length ? [{ text: say(base.length === 1 ? "fromBaseOne" : "fromBase", base.length), bytes: baseBytes, size: `${sign}${humanSize(baseBytes)}`, kind: "base", reason: null }] : []),
    ...own.map((layer) => ({ text: layer.instruction, bytes: layer.known_bytes, size: sizeText(layer.size), kind: "own", reason: layer.reason })),
  ];
  const total = Math.max(1, rows.reduce((sum, row) => sum + row.bytes, 0));
  const bar = h("div", { class: "stack", "aria-hidden": "true" }, rows.map((row, at) => {
    const part = h("span", { class: row.kind === "base" ? "base" : `own c${at % 5}`, title: `${row.text} · ${row.size}` });
    part.style.flexGrow = String(Math.max(row.bytes / total, 0.004));
    return part;
  }));
  return [bar, h("table", { class: "layers" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "number" }, say("size")), h("th", { scope: "col" }, `${say("layer")} (${say("lowestFirst")})`))),
    h("tbody", {}, rows.map((row, at) => h("tr", {}, h("td", { class: "number" }, row.size),
      h("td", {}, h("span", { class: row.kind === "base" ? "dot base" : `dot own c${at % 5}`, "aria-hidden": "true" }), row.kind === "base" ? row.text : h("code", {}, row.text), row.reason ? h("div", { class: "soft" }, row.reason) : null)))),
    h("tfoot", {}, h("tr", {}, h("td", { class: "number" }, h("b", {}, sizeText(report.image.size))), h("td", {}, say("total"))))), legend(say)];
}
