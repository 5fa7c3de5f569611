// The solution of an exercise: after which clicks it is shown, and what can be done with it.
import { button, h, show } from "./dom.mjs";

/** Draws the solution, or what leads to it: an exercise that is not done asks once more whether it is to be shown. */
export function draw_solution(exercise) {
  const { host, view, states, solution } = exercise;
  const { t } = host;
  if (!view.has_solution || !states) return show(exercise.parts.solution);
  if (solution) {
    return show(exercise.parts.solution,
      h("h3", {}, t("solution")),
      solution.map(([path, text]) => h("figure.file", {}, h("figcaption", {}, h("code", {}, path), text === null ? h("small", {}, t("solution.removed")) : null),
        text === null ? null : h("pre", { tabindex: 0 }, text))),
      h("p.x-buttons", {},
        button(t("solution.use"), () => host.ask("use-solution"), { id: "use-solution" }),
        button(t("solution.hide"), () => { exercise.solution = null; draw_solution(exercise); }, { id: "hide-solution" })));
  }
  if (exercise.is_sure) {
    return show(exercise.parts.solution, h("div.x-sure", { role: "group" }, h("p", {}, t("solution.sure")),
      h("p.x-buttons", {},
        button(t("solution.anyway"), () => ask_solution(exercise), { id: "solution-anyway" }),
        button(t("solution.not-yet"), () => { exercise.is_sure = false; draw_solution(exercise); document.getElementById("show-solution")?.focus(); }))));
  }
  const is_done = host.progress.of(view.slug).done;
  show(exercise.parts.solution, button(t("solution.show"), () => {
    if (is_done) return ask_solution(exercise);
    exercise.is_sure = true;
    draw_solution(exercise);
    document.getElementById("solution-anyway")?.focus();
  }, { id: "show-solution" }, "button.x-link"));
}

/** Asks the simulator for the solution. */
function ask_solution(exercise) {
  const { host, view } = exercise;
  if (!host.progress.of(view.slug).done) host.keep(view.slug, { seen: true, name: view.name, title: view.title });
  exercise.is_sure = false;
  host.ask("show-solution");
}

/** Shows the files of the solution: path and text, or null for a file that it removes. */
export function show_solution(exercise, files) {
  exercise.solution = files;
  draw_solution(exercise);
}
