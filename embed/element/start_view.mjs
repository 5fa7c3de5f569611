// The view of a start: why it starts or not, what helps, and each step of it.
import { h } from "./dom.mjs";
import { sizeText } from "./sizes.mjs";

const WHO = { engine: "engine", kernel: "kernel" };

/** Why it starts or not, what helps, and each step of the start. */
export function startView({ report, why, diagram }, say, apply) {
  const run = report.run;
  if (report.error) {
    const failed = report.steps.find((step) => step.failed);
    return [
      h("p", { class: "reason" }, report.error.line ? h("span", { class: "where" }, say("line", report.error.line)) : null, report.error.message),
      failed?.output ? [h("h4", {}, say("failedStep")), h("pre", { class: "output" }, failed.output)] : null,
      notes(report, say),
    ].flat();
  }
  if (!run) return [h("p", {}, say("noRun"))];
  return [
    run.explanation ? h("p", { class: "reason" }, run.explanation) : null,
    diagram ? h("dl", { class: "diagram" },
      h("div", {}, h("dt", {}, h("code", {}, diagram.program), ` ${say("needs")}`), diagram.required.map((one) => h("dd", { class: "bad" }, h("code", {}, one)))),
      h("div", {}, h("dt", {}, say("has")), diagram.present.length ? diagram.present.map((one) => h("dd", {}, h("code", {}, one))) : h("dd", {}, say("nothing")))) : null,
    why ? h("p", { class: "why" }, why) : null,
    run.fixes.length ? [h("h4", {}, say("fixes")), h("ul", { class: "fixes" }, run.fixes.map((fix) => h("li", {},
      h("div", {}, h("b", {}, fix.title), h("span", { class: "soft" }, fix.why), h("span", { class: "good" }, `✓ ${say("provedSize", sizeText(fix.proof.size))}`)),
      apply ? h("button", { type: "button", "data-fix": fix.id, "aria-label": `${say("apply")}: ${fix.title}`, onclick: () => apply(fix) }, say("apply")) : null)))] : null,
    run.stdout || run.stderr ? [h("h4", {}, say("output")), h("pre", { class: "output" }, run.stdout + run.stderr)] : null,
    run.steps.length ? h("details", { class: "trace" }, h("summary", {}, say("steps")), h("ol", {}, run.steps.map((step) =>
      h("li", { class: step.ok ? "ok" : "bad" }, h("span", { class: "sign", "aria-hidden": "true" }, step.ok ? "✓" : "✗"),
        h("span", { class: "who" }, WHO[step.who] ?? step.who), h("span", {}, step.did, h("span", { class: "soft" }, ` → ${step.result}`)))))) : null,
    notes(report, say),
  ].flat().filter(Boolean);
}

function notes(report, say) {
  if (report.warnings.length === 0) return null;
  return h("details", { class: "notes" }, h("summary", {}, `${say("warnings")} (${report.warnings.length})`),
    h("ul", {}, report.warnings.slice(0, 20).map((one) => h("li", {}, one.line ? `${say("line", one.line)}: ` : "", one.message))));
}
