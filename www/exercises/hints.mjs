// The hints of an exercise: in which order they come, and that each is shown when it is asked for.
import { button, h, icon, show } from "./dom.mjs";

/** The hints: that which answers what is seen, then those on request, each when it is asked for. */
function hints({ states, view }) {
  return [...(states?.hint ? [states.hint] : []), ...view.hints];
}

/** Draws the hints that were asked for, and the button for the next one. */
export function draw_help(exercise) {
  const { host, states } = exercise;
  const { t } = host;
  const all = hints(exercise);
  exercise.parts.help.hidden = !states || states.is_solved || (!all.length && !exercise.hints_shown);
  if (exercise.parts.help.hidden) return show(exercise.parts.help);
  const shown = all.slice(0, exercise.hints_shown);
  const is_more = exercise.hints_shown < all.length;
  show(exercise.parts.help,
    shown.length ? h("h3", {}, t("hints")) : null,
    h("ul.x-hints", { "aria-live": "polite" }, shown.map((text) => h("li", {}, icon("hint"), h("span", {}, ...marked(text))))),
    is_more ? button(t(shown.length ? "hint.more" : "hint.show"), () => {
      exercise.hints_shown += 1;
      host.keep(exercise.view.slug, { hints: Math.max(host.progress.of(exercise.view.slug).hints ?? 0, exercise.hints_shown) });
      draw_help(exercise);
    }, { id: "show-hint" }) : h("p.x-soft", {}, t("hint.none")));
}

/** A text with what stands between backticks as code. */
function marked(text) {
  return text.split(/`([^`]+)`/).map((part, index) => (index % 2 ? h("code", {}, part) : part));
}
