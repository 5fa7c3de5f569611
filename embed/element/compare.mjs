// The view that compares the reader's version with the author's, or with another Dockerfile of the element.
import { h } from "./dom.mjs";
import { humanSize, sizeText } from "./sizes.mjs";
import { say as word } from "./words.mjs";

const verdictOf = (report) => (report.error ? "error" : report.run?.verdict ?? "built");

/** The table of two answers: `[heading, answer]` each. */
export function compareTable([beforeName, before], [nowName, now], say, language) {
  const row = (name, value, difference = null) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value(before.report)), h("td", {}, value(now.report)), h("td", { class: "soft" }, difference));
  const size = (report) => report.image?.size ?? null;
  const [one, two] = [size(before.report)?.bytes, size(now.report)?.bytes];
  const delta = one === undefined || two === undefined || one === null || two === null ? "" : `${two < one ? "−" : "+"}${humanSize(Math.abs(two - one))}`;
  const count = (value) => value(now.report) - value(before.report);
  const signed = (number) => (number === 0 ? "=" : number > 0 ? `+${number}` : `−${-number}`);
  const layers = (report) => report.image?.layers.length ?? 0;
  const stages = (report) => report.stages.filter((stage) => stage.built).length;
  return h("table", { class: "compare" },
    h("thead", {}, h("tr", {}, h("td"), h("th", { scope: "col" }, beforeName), h("th", { scope: "col" }, nowName), h("th", { scope: "col" }, say("difference")))),
    h("tbody", {},
      row(say("verdict"), (report) => word(language, verdictOf(report)), verdictOf(before.report) === verdictOf(now.report) ? "=" : "≠"),
      row(say("size"), (report) => sizeText(size(report)), one === two ? "=" : delta),
      row(say("layerCount"), (report) => String(layers(report)), signed(count(layers))),
      row(say("stageCount"), (report) => String(stages(report)), signed(count(stages)))));
}
