// The list of exercises: chapters, what is done, begun or new, and the packs that somebody opened.
import { button, h, icon, show, size as size_text } from "./dom.mjs";
import { forget_pack, keep_pack, kept_pack, own_packs } from "./own_packs.mjs";

/** Shows the list: the chapters with what is done, and the packs that somebody opened. */
export function show_list(exercises) {
  const { t, progress } = exercises;
  if (!exercises.index) {
    show(exercises.body, exercises.head(), h("p", {}, t("list.loading")));
    return;
  }
  const is_done = (slug) => ["done", "seen"].includes(progress.state(slug));
  const done = exercises.entries.filter(({ slug }) => is_done(slug)).length;
  const first_open = exercises.entries.find(({ slug }) => !is_done(slug));
  const chapter = (one) => {
    const count = one.packs.filter(({ slug }) => is_done(slug)).length;
    return h("details.x-chapter", { open: one.packs.some(({ slug }) => slug === first_open?.slug) || null },
      h("summary", {}, h("span", {}, one.title), h("small", {}, `${count} / ${one.packs.length}`)),
      h("ul", {}, one.packs.map((entry) => row(exercises, entry))));
  };
  const own = exercises.lms ? [] : own_packs();
  show(exercises.body, exercises.head(),
    h("p.x-soft", {}, t("list.about")),
    h("div.x-meter", {},
      h("progress", { value: done, max: exercises.entries.length, "aria-label": t("list.summary", { done, all: exercises.entries.length }) }),
      h("small", {}, t("list.summary", { done, all: exercises.entries.length }))),
    exercises.index.chapters.map(chapter),
    own.length ? h("details.x-chapter", { open: true }, h("summary", {}, h("span", {}, t("list.own")), h("small", {}, String(own.length))),
      h("ul", {}, own.map((name) => row(exercises, { slug: `own/${name}`, title: progress.of(`own/${name}`).title ?? name }, name)))) : null);
}

/** An exercise of the list; `own`: the name of a pack that somebody opened. */
function row(exercises, entry, own) {
  const { t, progress } = exercises;
  const state = progress.state(entry.slug);
  const { bytes, exact = false, layers } = progress.of(entry.slug);
  const best = state === "done" || state === "seen" ? [bytes === undefined ? "" : size_text(bytes, exact), layers === undefined ? "" : t(layers === 1 ? "done.layer" : "done.layers", { layers })] : [];
  return h("li", {},
    h("button.x-row", { type: "button", onclick: () => exercises.open(entry.slug), "data-slug": entry.slug, "data-state": state },
      h(`span.x-mark.${state}`, {}, icon(state)), h("span", {}, entry.title, h("span.x-hidden", {}, ` (${t(`state.${state}`)})`)),
      h("small", {}, best.filter(Boolean).join(" · "))),
    own ? h("button.x-plain", {
      type: "button", title: t("list.forget", { title: entry.title }), "aria-label": t("list.forget", { title: entry.title }),
      onclick: () => {
        const bundle = kept_pack(own);
        forget_pack(own);
        show_list(exercises);
        exercises.status.replaceChildren(t("list.forgotten", { title: entry.title }), " ",
          button(t("undo"), () => { keep_pack(own, bundle); exercises.say(""); show_list(exercises); }, {}, "button.x-link"));
      },
    }, icon("close")) : null);
}
