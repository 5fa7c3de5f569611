// The grades as a table: a row per student, a column per goal or exercise, and the work of one student beside it.
import { button, h, icon, show } from "../exercises/dom.mjs";

const FORMATS = [["csv", "grade.save-csv"], ["csv-bom", "grade.save-excel"], ["json", "grade.save-json"], ["html", "grade.save-html"]];

export function grade_table({ t, body, grades, download, again }) {
  const only = grades.packs.length === 1 ? grades.packs[0] : null;
  const rows = [
    ...grades.students.map((one) => {
      const exercises = new Map(one.exercises.map((exercise) => [exercise.pack, exercise]));
      const errors = one.exercises.filter((exercise) => exercise.status !== "graded" || exercise.warnings.length).length;
      return { id: one.student, name: one.name, points: one.points, exercises, errors, is_solved: one.points === grades.max };
    }),
    ...grades.unread.map((one) => ({ id: one.student || one.source, name: "", points: 0, exercises: new Map(), errors: 1, unread: one })),
  ];
  const state = { sort: "id", down: false, find: "", only: "all", open: null };

  /** The columns of the table beside student and points. */
  const columns = only
    ? only.goals.map((goal) => ({
      key: `goal-${goal.name}`, title: goal.name, why: goal.message, is_hidden: goal.hidden,
      cell: (row) => {
        const exercise = row.exercises.get(only.name);
        if (exercise && exercise.status !== "graded") return { text: "!", standing: "unknown", why: t(`grade.${exercise.status}`) };
        const found = exercise?.goals?.find(({ name }) => name === goal.name);
        return found ? { text: String(found.points), standing: found.standing, why: found.observed } : null;
      },
    }))
    : grades.packs.map((pack) => ({
      key: `pack-${pack.name}`, title: pack.title, why: pack.name,
      cell: (row) => {
        const exercise = row.exercises.get(pack.name);
        if (!exercise) return null;
        if (exercise.status !== "graded") return { text: "!", standing: "unknown", why: t(`grade.${exercise.status}`) };
        return { text: String(exercise.points), standing: exercise.points === exercise.max ? "reached" : "missed", why: `${exercise.points} / ${exercise.max}` };
      },
    }));

  const value = (row, key) => {
    if (key === "id" || key === "name") return row[key].toLowerCase();
    if (key === "points") return row.points;
    const cell = columns.find((column) => column.key === key).cell(row);
    return cell ? Number(cell.text) || 0 : -1;
  };
  const shown = () => {
    const find = state.find.toLowerCase();
    const fits = {
      all: () => true, open: (row) => !row.is_solved, solved: (row) => row.is_solved, errors: (row) => row.errors > 0,
    }[state.only];
    const found = rows.filter((row) => fits(row) && `${row.id} ${row.name}`.toLowerCase().includes(find));
    const sign = state.down ? -1 : 1;
    return found.sort((one, other) => {
      const [a, b] = [value(one, state.sort), value(other, state.sort)];
      return (a < b ? -1 : a > b ? 1 : 0) * sign || (one.id < other.id ? -1 : 1);
    });
  };

  const table = h("div.t-table", { tabindex: 0, role: "region", "aria-label": t("grade.title") });
  const detail = h("section.t-detail", { hidden: true, "aria-live": "polite" });
  const problem = h("div", { role: "status" });

  const heading = (key, title, why, is_hidden = false) => {
    const is_sorted = state.sort === key;
    return h("th", { scope: "col", "aria-sort": is_sorted ? (state.down ? "descending" : "ascending") : null, title: why ?? null },
      button([title, is_hidden ? h("small", {}, t("grade.hidden")) : null], () => {
        [state.down, state.sort] = [is_sorted ? !state.down : key !== "id" && key !== "name", key];
        draw();
      }, { id: `sort-${key}` }, "button.t-sort"));
  };
  function draw() {
    const found = shown();
    show(table, h("table", {},
      h("thead", {}, h("tr", {}, heading("id", t("grade.student")), heading("name", t("grade.name")), heading("points", t("grade.points")),
        columns.map(({ key, title, why, is_hidden }) => heading(key, title, why, is_hidden)))),
      h("tbody", {}, found.map((row) => h("tr", { class: row === state.open ? "open" : null, "data-student": row.id },
        h("th", { scope: "row" }, button(row.id, () => look(row), {}, "button.x-link")),
        row.unread
          ? h("td.t-error", { colspan: columns.length + 2 }, h("div", {}, row.unread.error))
          : [h("td", {}, row.name), h("td.t-number", {}, String(row.points)),
            columns.map(({ cell }) => {
              const found = cell(row);
              if (!found) return h("td.t-number", {}, row.errors && !row.exercises.size ? "!" : "");
              return h(`td.t-number.${found.standing}`, { title: found.why }, icon(found.standing), h("span", {}, found.text), h("span.x-hidden", {}, ` ${t(`grade.${found.standing}`)}`));
            })])))),
      found.length ? null : h("p", {}, t("grade.none")));
  }

  function look(row) {
    state.open = row;
    draw();
    const all = shown();
    const move = (step) => {
      const next = all[all.indexOf(row) + step];
      if (next) look(next);
    };
    const exercises = [...row.exercises.values()];
    detail.hidden = false;
    show(detail,
      h("header", {}, h("h3", { tabindex: -1, id: "work-of" }, t("grade.look", { student: row.name ? `${row.name} (${row.id})` : row.id })),
        button("", () => move(-1), { "aria-label": t("grade.previous"), title: t("grade.previous"), id: "previous-student" }, "button.x-plain"),
        button("", () => move(1), { "aria-label": t("grade.next"), title: t("grade.next"), id: "next-student" }, "button.x-plain"),
        button("", () => { detail.hidden = true; state.open = null; draw(); }, { "aria-label": t("close"), title: t("close"), id: "close-work" }, "button.x-plain")),
      row.unread ? h("p.x-problem", {}, `${row.unread.source}: ${row.unread.error}`) : null,
      exercises.map((exercise) => work(exercise)));
    for (const [id, name] of [["previous-student", "back"], ["next-student", "next"], ["close-work", "close"]]) document.getElementById(id).append(icon(name));
    document.getElementById("work-of").focus();
    // On a narrow screen it stands below the table.
    if (matchMedia("(max-width: 900px)").matches) detail.scrollIntoView({ block: "start" });
  }

  function work(exercise) {
    const pack = grades.packs.find(({ name }) => name === exercise.pack);
    const files = Object.entries(exercise.files ?? {});
    return h("section.t-work", {},
      h("h4", {}, pack.title, " ", h("small", {}, `${exercise.points} / ${exercise.max}`)),
      exercise.error ? h("p.x-problem", {}, exercise.error) : null,
      exercise.warnings.map((warning) => h("p.t-warning", {}, warning)),
      exercise.goals ? h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("grade.goal")), h("th", { scope: "col" }, t("grade.observed")), h("th", { scope: "col" }, t("grade.points")))),
        h("tbody", {}, exercise.goals.map((goal, index) => h("tr", {},
          h(`td.${goal.standing}`, {}, icon(goal.standing), h("span", {}, pack.goals[index]?.message ?? goal.name), h("span.x-hidden", {}, ` (${t(`grade.${goal.standing}`)})`), pack.goals[index]?.hidden ? h("small.t-hidden", {}, t("grade.hidden")) : null),
          h("td", {}, goal.observed), h("td.t-number", {}, `${goal.points} / ${pack.goals[index]?.points ?? ""}`))))) : null,
      exercise.goals ? [h("h5", {}, t("grade.files-changed")),
        files.length ? files.map(([path, text]) => h("figure.file", {}, h("figcaption", {}, h("code", {}, path)), h("pre", { tabindex: 0 }, text.length > 65_536 ? `${text.slice(0, 65_536)}\n…` : text)))
          : h("p.x-soft", {}, t("grade.no-files"))] : null);
  }

  const find = h("input", { type: "search", id: "find-student", "aria-label": t("grade.filter"), placeholder: t("grade.filter"), oninput: () => { state.find = find.value; draw(); } });
  const which = h("select", { id: "show-students", "aria-label": t("grade.show"), onchange: () => { state.only = which.value; draw(); } },
    ["all", "open", "solved", "errors"].map((name) => h("option", { value: name }, t(`grade.show-${name}`))));
  const students = grades.students.length;
  const solved = rows.filter((row) => row.is_solved).length;
  const average = students ? (grades.students.reduce((sum, one) => sum + one.points, 0) / students).toFixed(1) : "0";
  const clusters = grades.clusters.length ? h("details.t-alike", {},
    h("summary", {}, t("grade.alike", { count: grades.clusters.length })),
    h("p.x-soft", {}, t("grade.alike-why")),
    h("ul", {}, grades.pairs.map((pair) => h("li", {}, t("grade.alike-pair", { students: pair.students.join(", "), packs: pair.packs.join(", ") }))),
      grades.clusters.map((cluster) => h("li", {}, only ? "" : `${cluster.pack}: `, cluster.students.join(", "))))) : null;
  show(body,
    h("div.t-bar", {},
      h("p.t-summary", { id: "grade-summary" }, h("strong", {}, [t(students === 1 ? "grade.one-student" : "grade.students", { students }), t("grade.solved", { solved }),
        ...(grades.unread.length ? [t(grades.unread.length === 1 ? "grade.one-unread" : "grade.unread-count", { unread: grades.unread.length })] : [])].join(" · ")), h("small", {}, t("grade.average", { points: average, max: grades.max }))),
      find, which,
      h("div.t-save", { role: "group", "aria-label": t("grade.save") }, h("span", {}, t("grade.save")), FORMATS.map(([format, id]) =>
        button(t(id), () => download(format).catch((error) => problem.replaceChildren(h("p.x-problem", {}, t("failed", { error: error.message })))), { id: `save-${format}` }))),
      button(t("grade.again"), again, { id: "grade-again" })),
    problem, clusters, h("div.t-split", {}, table, detail));
  draw();
}
