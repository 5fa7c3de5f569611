// The open exercise: its task, its goals with their state, and what follows success.
import { blocks, button, h, icon, show, size } from "./dom.mjs";
import { hand_in } from "./hand_in.mjs";
import { draw_help } from "./hints.mjs";
import { present } from "./present.mjs";
import { draw_solution } from "./solution.mjs";

export class OpenExercise {
  constructor(host) {
    this.host = host;
    this.view = null;
  }

  /** The simulator opened an exercise, or tells its texts anew. `is_set_up`: its workspace is that of the start. */
  open(view, is_set_up) {
    const is_other = this.view?.slug !== view.slug;
    this.view = view;
    if (is_other) {
      Object.assign(this, { states: null, hints_shown: 0, solution: null, is_sure: false, has_celebrated: false, reached_goals: new Set() });
    }
    const { host } = this;
    if (is_set_up) {
      const { work } = host.progress.of(view.slug);
      if (work && !this.restarts && work.files.length + (work.removed?.length ?? 0)) host.ask({ "use-work": work });
    }
    this.restarts = false;
    host.lms?.attempted();
    if (view.slug.startsWith("packs/")) host.set_address(`#exercise=${view.slug.slice("packs/".length)}`);
    this.draw();
    if (is_other) host.root.parentElement?.scrollTo?.({ top: 0 });
  }

  close() {
    this.view = null;
  }

  /** The simulator says what the workspace reaches. */
  reached(states, work) {
    if (!this.view) return;
    const { host, view } = this;
    const was_solved = this.states?.is_solved ?? null;
    const known = host.progress.of(view.slug);
    this.states = states;
    const change = { name: view.name, title: view.title, work };
    change.points = Math.max(known.points ?? 0, states.points[0]);
    if (states.is_solved) {
      change.done = true;
      if (states.bytes !== null && states.bytes <= (known.bytes ?? Infinity)) [change.bytes, change.exact] = [states.bytes, states.is_size_exact];
      if (states.layers !== null) change.layers = Math.min(known.layers ?? Infinity, states.layers);
    }
    if (!states.is_untouched || known.work) host.keep(view.slug, change);
    // On a small screen the column may be hidden behind the editor.
    const tell = (text) => (host.root.checkVisibility() ? host.announce(text) : host.send("toast", text));
    view.goals.forEach((goal, index) => {
      const is_reached = states.goals[index]?.[0] === "reached";
      if (is_reached && !this.reached_goals.has(goal.name) && was_solved !== null) tell(host.t("goal.said", { goal: goal.message }));
      if (is_reached) this.reached_goals.add(goal.name);
      else this.reached_goals.delete(goal.name);
    });
    const is_success = states.is_solved && was_solved === false;
    if (is_success) tell(host.t(view.hidden_goals[0] ? "done.shown" : "done.title"));
    this.draw_parts(is_success);
    if (is_success) this.parts.success.scrollIntoView({ block: "nearest" });
  }

  /** The whole column. */
  draw() {
    const { host, view } = this;
    const { t } = host;
    this.parts = Object.fromEntries(["success", "goals", "help", "solution", "explanation", "foot"].map((name) => [name, h(`section.x-${name}`)]));
    const entry = host.entries?.find(({ slug }) => slug === view.slug);
    const number = entry ? entry.chapter.packs.findIndex(({ slug }) => slug === view.slug) + 1 : 0;
    const place = entry ? t("place", { chapter: entry.chapter.title, number, count: entry.chapter.packs.length }) : "";
    const states = view.states.map((name) => ["state.use", () => host.ask({ "use-state": name }), `${t("state.use")}: ${name}`]);
    show(host.body,
      h("header.x-head", {},
        h("button.x-back", { type: "button", id: "exercise-list", onclick: () => host.close() }, icon("back"), t("back")),
        host.menu([
          ["present", () => present(t, view, this.states)],
          ...(host.lms ? [] : [["hand-in", () => hand_in(host, view.slug)]]),
          ["restart", () => this.restart()],
          ...(states.length ? [null, ...states] : []),
        ])),
      place ? h("p.x-place", {}, place) : null,
      h("h2.x-title", { id: "exercise-title" }, view.title),
      this.parts.success,
      h("div.x-task", {}, blocks(view.task)),
      this.parts.goals, this.parts.help, this.parts.solution, this.parts.explanation, this.parts.foot);
    this.draw_parts(false);
  }

  draw_parts(is_success) {
    this.draw_success(is_success);
    this.draw_goals();
    draw_help(this);
    draw_solution(this);
    const { host, view, states } = this;
    const { t } = host;
    const is_solved = states?.is_solved ?? false;
    show(this.parts.explanation, is_solved && view.explanation.length ? [h("h3", {}, t("done.why")), blocks(view.explanation)] : []);
    const next = host.next(view.slug);
    show(this.parts.foot,
      is_solved ? button(next ? t("next", { title: next.title }) : t("next.list"), () => (next ? host.open(next.slug) : host.close()), { id: "next-exercise" }, "button.x-primary") : null,
      is_solved && !host.lms ? button(t("hand-in"), () => hand_in(host, view.slug), { id: "hand-in" }) : null,
      button(t("restart"), () => this.restart(), { id: "restart-exercise" }));
    this.parts.explanation.hidden = !is_solved || !view.explanation.length;
  }

  draw_success(is_success) {
    const { host, view, states } = this;
    const { t } = host;
    this.parts.success.hidden = !states?.is_solved;
    if (!states?.is_solved) return show(this.parts.success);
    const best = host.progress.of(view.slug);
    const figure = (text, is_best, value) => h("li", {}, text, is_best ? null : h("small", {}, ` (${t("done.best", { value })})`));
    const figures = [
      states.bytes === null ? null : figure(t("done.size", { size: size(states.bytes, states.is_size_exact) }), !(best.bytes < states.bytes), size(best.bytes ?? 0, best.exact ?? false)),
      states.layers === null ? null : figure(t(states.layers === 1 ? "done.layer" : "done.layers", { layers: states.layers }), !(best.layers < states.layers), best.layers),
    ];
    const confetti = is_success && !this.has_celebrated ? h("div.x-confetti", { "aria-hidden": "true" }, Array.from({ length: 14 }, () => h("i"))) : null;
    this.has_celebrated ||= is_success;
    show(this.parts.success, confetti, h("p.x-solved", {}, icon("done"), h("strong", {}, t(view.hidden_goals[0] ? "done.shown" : "done.title"))), h("ul", {}, figures.filter(Boolean)));
  }

  draw_goals() {
    const { host, view, states } = this;
    const { t } = host;
    if (!states) return show(this.parts.goals, h("p.x-soft", {}, t("checking")));
    const miss = states.first_miss === null ? null : view.goals[states.first_miss];
    const [standing, observed] = states.goals[states.first_miss ?? 0] ?? [];
    // The build's message may be longer than a line.
    const what = standing === "unknown" ? t("goal.not-known", { observed }) : t("goal.now", { observed });
    const points = (goal) => (goal.points === 1 ? t("goal.point") : t("goal.points", { points: goal.points }));
    show(this.parts.goals,
      miss ? h(`div.x-miss.${standing}`, { id: "goal-next" },
        h("p.x-over", {}, t("goal.next")),
        h("p.x-message", {}, miss.message),
        h("p.x-observed", {}, states.is_gradable ? what : t("not-gradable", { error: (states.error ?? "").trim() }))) : null,
      h("h3", {}, t("goals")),
      h("ol.x-goals", {}, view.goals.map((goal, index) => {
        const state = states.goals[index]?.[0] ?? "unknown";
        return h(`li.${state}`, { "data-goal": goal.name, "data-state": state },
          h("span.x-mark", {}, icon(state)), h("span", {}, goal.message, h("span.x-hidden", {}, ` (${t(`goal.${state}`)})`)),
          h("small", {}, points(goal)));
      })),
      this.hidden_goals());
  }

  /** What is said of goals that are checked only when the work is graded. */
  hidden_goals() {
    const { t } = this.host;
    const [count, points] = this.view.hidden_goals;
    if (!count) return null;
    const sum = points === 1 ? t("goal.point") : t("goal.points", { points });
    return h("p.x-soft", { id: "hidden-goals" }, t(count === 1 ? "goals.hidden-one" : "goals.hidden", { count, points: sum }));
  }

  /** Sets the exercise up anew; the work before comes back by a click. */
  restart() {
    const { host, view } = this;
    const { work } = host.progress.of(view.slug);
    this.restarts = true;
    Object.assign(this, { hints_shown: 0, solution: null, is_sure: false });
    host.ask("restart");
    host.status.replaceChildren(host.t("restarted"), " ",
      work ? button(host.t("undo"), () => { host.say(""); host.ask({ "use-work": work }); }, { id: "undo-restart" }, "button.x-link") : "");
  }
}
