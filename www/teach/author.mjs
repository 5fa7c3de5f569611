// Writes an exercise: a form for its texts, goals and hints, with the files of the page as its start and its solution.
import { button, h, icon, save, show } from "../exercises/dom.mjs";
import { place } from "../exercises/open_pack.mjs";
import { condition_fields, new_condition } from "./conditions.mjs";
import { files_of, keep_draft, kept_draft, new_draft, settings_of } from "./draft.mjs";
import { bundle, pack_files, part_of_line } from "./pack_toml.mjs";
import { scorm_package } from "./scorm_package.mjs";
import { Simulator } from "./simulator.mjs";
import { zip_of_files } from "./zip.mjs";

export function author(host) {
  const { t, body, language } = host;
  const other = language === "en" ? "zh-CN" : "en";
  let draft = kept_draft(language);
  let simulator = null;
  let problems = null;
  const form = h("div");
  const kept = h("small", { role: "status" });
  const verdict = h("div", { role: "status", id: "check-result" });
  const source = h("pre.t-source", { tabindex: 0, "aria-label": t("author.source") });
  const endpoint = h("input", { type: "url", id: "author-xapi", placeholder: "https://" });

  const changed = () => {
    kept.textContent = t(keep_draft(draft) ? "author.kept" : "author.not-kept");
    problems = null;
    show(verdict);
    draw_source();
  };
  const redrawn = () => {
    changed();
    draw();
  };
  function draw_source() {
    const faults = new Set((problems ?? []).filter(({ file }) => file === "pack.toml").map(({ line }) => line));
    show(source, pack_files(draft)[0].text.split("\n").slice(0, -1).map((line, index) => h(`span${faults.has(index + 1) ? ".fault" : ""}`, { "data-line": index + 1 }, line || "\u200b")));
  }

  const input = (id, words, value, set, attributes = {}, why = null) => {
    const field = h("input", { id, value, maxlength: 1000, oninput: () => { set(field.value); changed(); }, ...attributes });
    return h("label.x-field", {}, words, field, why ? h("small", {}, why) : null);
  };
  const area = (id, words, value, set, rows, why = null) => {
    const field = h("textarea", { id, rows, value, oninput: () => { set(field.value); changed(); } });
    return h("label.x-field", {}, words, field, why ? h("small", {}, why) : null);
  };
  /** A field for each language of the draft. */
  const texts = (make, id, words, text, ...more) => draft.languages.map((tag) =>
    make(`${id}-${tag}`, tag === language ? words : t("author.in", { text: words }), text[tag] ?? "", (value) => { text[tag] = value; }, ...more));
  const moved = (list, at, step) => {
    const [one] = list.splice(at, 1);
    list.splice(at + step, 0, one);
    redrawn();
  };
  const tools = (list, at) => h("div.t-item-tools", {},
    button("↑", () => moved(list, at, -1), { "aria-label": t("author.up"), title: t("author.up"), disabled: at === 0 }, "button.x-plain"),
    button("↓", () => moved(list, at, 1), { "aria-label": t("author.down"), title: t("author.down"), disabled: at === list.length - 1 }, "button.x-plain"),
    button("✕", () => { list.splice(at, 1); redrawn(); }, { "aria-label": t("author.remove"), title: t("author.remove") }, "button.x-plain"));
  const condition = (one, list, label) => h("div.t-condition", {},
    condition_fields(t, one, (is_other) => (is_other ? redrawn() : changed()), label),
    list && list.length > 1 ? button("✕", () => { list.splice(list.indexOf(one), 1); redrawn(); }, { "aria-label": t("author.remove"), title: t("author.remove") }, "button.x-plain") : null);
  const listed = (files) => (files?.length ? files.map(({ path }) => path).join(", ") : t("author.no-files"));
  async function take(part) {
    const workspace = await host.workspace();
    draft[part] = files_of(workspace.workspace ?? workspace);
    draft.settings = settings_of(workspace.workspace ?? workspace);
    redrawn();
  }

  function draw() {
    const goal = (one, at) => h("fieldset.t-item", { id: `goals-${at}`, tabindex: -1 }, h("legend", {}, t("author.goal", { number: at + 1 })), tools(draft.goals, at),
      texts(input, `goal-message-${at}`, t("author.message"), one.message),
      h("div.t-conditions", { role: "group", "aria-label": t("author.condition") }, h("strong", {}, t("author.condition")),
        one.conditions.map((each) => condition(each, one.conditions, t("author.condition"))),
        button(t("author.and"), () => { one.conditions.push(new_condition()); redrawn(); }, {}, "button.x-link")),
      h("div.t-two", {},
        input(`goal-name-${at}`, t("author.goal-name"), one.name, (value) => { one.name = value; }),
        input(`goal-points-${at}`, t("author.points"), String(one.points), (value) => { one.points = value; }, { inputmode: "numeric" })),
      check(one.hidden, t("author.hidden"), (value) => { one.hidden = value; redrawn(); }),
      one.hidden ? h("p.x-soft", {}, t("author.hidden-why")) : null);
    const hint = (one, at) => {
      const when = h("select", { id: `hint-when-${at}`, onchange: () => { one.when = when.value === "always" ? null : new_condition("builds"); redrawn(); } },
        h("option", { value: "always", selected: !one.when }, t("author.hint-always")), h("option", { value: "when", selected: Boolean(one.when) }, `${t("author.hint-when")} …`));
      return h("fieldset.t-item", { id: `hints-${at}`, tabindex: -1 }, h("legend", {}, t("author.hint", { number: at + 1 })), tools(draft.hints, at),
        texts(area, `hint-text-${at}`, t("author.hint-text"), one.text, 2),
        h("label.x-field", {}, t("author.hint-when"), when),
        one.when ? h("div.t-conditions", {}, condition(one.when, null, t("author.hint-when"))) : null);
    };
    show(form,
      h("section.t-card", {},
        h("div.t-two", {}, texts(input, "author-heading", t("author.heading"), draft.title),
          input("author-name", t("author.name"), draft.name, (value) => { draft.name = value; }, { maxlength: 40 }, t("author.name-why"))),
        texts(area, "author-text", t("author.text"), draft.text, 5, t("author.text-why")),
        texts(area, "author-explanation", t("author.explanation"), draft.explanation, 3),
        check(draft.languages.length > 1, t("author.chinese"), (value) => {
          draft.languages = value ? (language === "en" ? ["en", "zh-CN"] : ["zh-CN", other]) : [language];
          redrawn();
        }, "author-chinese")),
      h("section.t-card", { id: "author-files", tabindex: -1 }, h("h3", {}, t("author.files")), h("p.x-soft", {}, t("author.start")),
        h("p", {}, t("author.start-is", { files: listed(draft.start) })),
        h("p", {}, t("author.solution-is", { files: listed(draft.solution) })),
        draft.settings ? h("p.x-soft", {}, t("author.engine", { engine: [draft.settings.engine, draft.settings.builder, draft.settings.as_of].filter(Boolean).join(" · ") })) : null,
        h("p.x-buttons", {}, button(t("author.take-start"), () => take("start"), { id: "take-start" }), button(t("author.take-solution"), () => take("solution"), { id: "take-solution" }))),
      h("section.t-card", {}, h("h3", {}, t("author.goals")), h("p.x-soft", {}, t("author.goals-why")),
        draft.goals.map(goal),
        button(t("author.add-goal"), () => { draft.goals.push({ name: `goal-${draft.goals.length + 1}`, message: {}, points: 1, hidden: false, conditions: [new_condition("output-contains")] }); redrawn(); }, { id: "add-goal" })),
      h("section.t-card", {}, h("h3", {}, t("author.hints")), draft.hints.map(hint),
        button(t("author.add-hint"), () => { draft.hints.push({ text: {}, when: null }); redrawn(); }, { id: "add-hint" })));
    draw_source();
  }
  const check = (value, words, set, id) => {
    const box = h("input", { type: "checkbox", checked: value, id, onchange: () => set(box.checked) });
    return h("label.x-check", {}, box, h("span", {}, words));
  };

  const guarded = (deed) => async () => {
    try {
      await deed();
    } catch (error) {
      show(verdict, h("p.x-problem", {}, t("failed", { error: error.message })));
    }
  };
  const asked = async (request, kind) => {
    simulator ??= new Simulator(language);
    try {
      return await simulator.ask(request, kind);
    } catch (error) {
      simulator = null;
      throw error;
    }
  };
  /** A button to what a problem is about: a goal or a hint of the form, a line of `pack.toml`; else its place. */
  const link_to = (problem) => {
    const part = problem.file === "pack.toml" ? part_of_line(pack_files(draft)[0].text, problem.line) : null;
    const go = (words, id) => button(words, () => {
      const item = document.getElementById(id);
      item?.scrollIntoView({ block: "center" });
      item?.focus({ preventScroll: true });
    }, {}, "button.x-link");
    if (part) return go(t(part[0] === "goals" ? "author.goal" : "author.hint", { number: part[1] + 1 }), part.join("-"));
    if (!problem.file) return go(t("author.files"), "author-files");
    if (problem.file !== "pack.toml" || !problem.line) return h("code", {}, place(problem));
    return button(place(problem), () => source.querySelector(`[data-line="${problem.line}"]`)?.scrollIntoView({ block: "center" }), {}, "button.x-link");
  };
  const run_check = guarded(async () => {
    show(verdict, h("p", {}, t("author.checking")));
    problems = await asked({ check: [draft.name.trim(), bundle(draft)] }, "checked");
    draw_source();
    show(verdict, problems.length
      ? [h("p.x-problem", {}, h("strong", {}, t(problems.length === 1 ? "author.fault" : "author.faults", { count: problems.length }))),
        h("ul.x-problems", {}, problems.map((one) => h("li", {}, link_to(one), language === "zh-CN" ? "：" : ": ", one.message)))]
      : h("p.t-fine", {}, icon("done"), t("author.fine")));
  });
  const title = () => draft.title[language] || draft.title[draft.languages[0]] || draft.name;
  const deeds = [
    ["author.try", "try-exercise", () => { host.open(draft.name.trim(), bundle(draft)); host.close(); }],
    ["author.save-file", "save-pack", () => save(`${draft.name.trim()}.json`, `${bundle(draft)}\n`, "application/json")],
    ["author.save-folder", "save-folder", async () => save(`${draft.name.trim()}.zip`, await zip_of_files(draft.name.trim(), pack_files(draft)), "application/zip")],
    ["author.save-scorm", "save-scorm", async () => {
      show(verdict, h("p", {}, t("author.packing")));
      const page = await scorm_package((list) => asked({
        scorm: { name: draft.name.trim(), title: title(), bundle: bundle(draft), xapi_endpoint: endpoint.value.trim(), xapi_authorization: "", page: list },
      }, "scorm"));
      save(`${draft.name.trim()}-scorm.zip`, page, "application/zip");
      show(verdict);
    }],
  ];
  const reset = h("div");
  const draw_reset = () => show(reset, button(t("author.reset"), () => {
    show(reset, button(t("author.reset-sure"), () => { draft = new_draft(language); redrawn(); draw_reset(); }, { id: "reset-draft-sure" }), button(t("close"), draw_reset, {}, "button.x-plain"));
  }, { id: "reset-draft" }, "button.x-link"));
  draw_reset();
  show(body, h("div.t-author", {}, form,
    h("div.t-side", {},
      h("section.t-card", {},
        h("p.x-buttons", {}, button(t("author.check"), run_check, { id: "check-pack" }, "button.x-primary"), deeds.slice(0, 1).map(([id, name, deed]) => button(t(id), guarded(deed), { id: name }))),
        verdict,
        kept, reset),
      h("section.t-card", {}, h("h3", {}, t("author.save")),
        h("p.x-buttons", {}, deeds.slice(1).map(([id, name, deed]) => button(t(id), guarded(deed), { id: name }))),
        h("details", {}, h("summary", {}, t("author.xapi")),
          h("label.x-field", {}, t("author.xapi-address"), endpoint, h("small", {}, t("author.xapi-why"))))),
      h("section.t-card", {}, h("h3", {}, t("author.source")), source))));
  draw();
  return () => simulator?.end();
}

