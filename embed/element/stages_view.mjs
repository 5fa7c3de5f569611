// The view of the stages: a graph, and a list for those who do not see it.
import { h, legend, svg } from "./dom.mjs";
import { knownBytes, sizeText } from "./sizes.mjs";

const [BOX_W, BOX_H, GAP_X, GAP_Y, GAP_DOWN] = [190, 70, 110, 18, 42];

/** The rank of each stage: one more than that of the stages that it uses. */
function ranks(stages, arrows) {
  const rank = stages.map(() => 0);
  // A stage uses earlier ones only, so that one pass in order is enough.
  for (const stage of stages) {
    for (const arrow of arrows) if (arrow.to === stage.index) rank[stage.index] = Math.max(rank[stage.index], rank[arrow.from] + 1);
  }
  return rank;
}

/** An arrow from one box to another on its right, and the place of its label. One over several ranks has it at its end. */
function rightwards(from, to, isLong) {
  const [x1, y1, x2, y2] = [from.x + BOX_W, from.y + BOX_H / 2, to.x - 2, to.y + BOX_H / 2];
  const bend = (x2 - x1) / 2;
  return { path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`, x: x2 - GAP_X / 2, y: (isLong ? y2 : (y1 + y2) / 2) - 7, anchor: "middle" };
}

/** The same downwards. */
function downwards(from, to) {
  const [x1, y1, x2, y2] = [from.x + BOX_W / 2, from.y + BOX_H, to.x + BOX_W / 2, to.y - 2];
  const bend = (y2 - y1) / 2;
  return { path: `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`, x: x2 + 8, y: y2 - GAP_DOWN / 2 + 3, anchor: "start" };
}

const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** The stages as a graph, and as a list for those who do not see it. */
export function stagesView({ report, graph }, say) {
  if (!graph) return [h("p", {}, say("noStages"))];
  const { stages } = report;
  const name = (stage) => stage.name ?? say("stage", stage.index);
  const rank = ranks(stages, graph.arrows);
  const isNarrow = matchMedia("(max-width: 520px)").matches;
  const rows = [];
  const place = stages.map((stage) => {
    const row = (rows[rank[stage.index]] = (rows[rank[stage.index]] ?? -1) + 1);
    // From left to right, on a phone from above to below.
    return isNarrow ? { x: 8 + row * (BOX_W + GAP_Y), y: 8 + rank[stage.index] * (BOX_H + GAP_DOWN) }
      : { x: 8 + rank[stage.index] * (BOX_W + GAP_X), y: 8 + row * (BOX_H + GAP_Y) };
  });
  const width = 16 + Math.max(...place.map(({ x }) => x)) + BOX_W;
  const height = 16 + Math.max(...place.map(({ y }) => y)) + BOX_H;
  const most = Math.max(1, ...stages.map((stage) => knownBytes(stage.size)));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "graph", "aria-hidden": "true", focusable: "false" });
  drawing.append(svg("defs", {}, svg("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, svg("path", { d: "M0 0L8 4L0 8z", class: "tip" }))));
  const merged = new Map();
  for (const { from, to, label, copies } of graph.arrows) {
    const key = `${from} ${to}`;
    merged.set(key, { from, to, copies, labels: [...(merged.get(key)?.labels ?? []), label] });
  }
  for (const { from, to, labels, copies } of merged.values()) {
    const text = labels.length > 1 ? `${labels[0]} +${labels.length - 1}` : labels[0];
    const { path, x, y, anchor } = isNarrow ? downwards(place[from], place[to]) : rightwards(place[from], place[to], rank[to] - rank[from] > 1);
    drawing.append(svg("path", { d: path, class: copies ? "arrow copies" : "arrow", "marker-end": "url(#tip)" }));
    drawing.append(svg("text", { x, y, class: "label", "text-anchor": anchor }, svg("title", {}, labels.join(", ")), cut(text, 15)));
  }
  for (const stage of stages) {
    const { x, y } = place[stage.index];
    const isTarget = stage.index === graph.target;
    drawing.append(svg("g", { class: `box${isTarget ? " target" : ""}${stage.built ? "" : " skipped"}`, transform: `translate(${x} ${y})` },
      svg("title", {}, `${name(stage)} · ${stage.base}`),
      svg("rect", { width: BOX_W, height: BOX_H, rx: 8 }),
      svg("text", { x: 12, y: 24, class: "name" }, cut(`${name(stage)}${isTarget ? ` · ${say("target")}` : ""}`, 24)),
      svg("text", { x: 12, y: 42, class: "soft" }, cut(stage.base, 28)),
      svg("text", { x: 12, y: 60, class: "soft" }, stage.built ? sizeText(stage.size) : say("notBuilt")),
      svg("rect", { x: 96, y: 53, width: Math.max(2, (82 * knownBytes(stage.size)) / most), height: 7, rx: 3, class: "weight" })));
  }
  const list = h("ol", { class: "unseen" }, stages.map((stage) => h("li", {},
    [name(stage), say("base", stage.base), stage.built ? sizeText(stage.size) : say("notBuilt"),
      ...graph.arrows.filter((arrow) => arrow.to === stage.index).map((arrow) => say("fromStage", name(stages[arrow.from]), arrow.label))].join("; "))));
  return [h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": say("stages") }, drawing, list), legend(say)];
}
