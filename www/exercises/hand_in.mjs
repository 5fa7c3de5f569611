// Handing in: the work on one or more exercises as one text (docs/formats/submission.md).
import { button, h, save } from "./dom.mjs";

export function hand_in(host, only) {
  const { t, progress } = host;
  const work = Object.entries(progress.all.exercises).filter(([, one]) => one.work && (one.done || one.work.files.length || one.work.removed?.length));
  const { student } = progress.all;
  const id = h("input", { id: "student-id", value: student.id, autocomplete: "username", required: true, maxlength: 200, "aria-describedby": "student-id-why" });
  const name = h("input", { id: "student-name", value: student.name, autocomplete: "name", maxlength: 200 });
  const boxes = work.map(([slug, one]) => {
    const box = h("input", { type: "checkbox", value: slug, checked: only ? slug === only : true });
    return [box, h("label.x-check", {}, box, h("span", {}, one.title ?? one.name ?? slug), h("small", {}, t(`state.${progress.state(slug)}`)))];
  });
  const result = h("div.x-result", { "aria-live": "polite" });
  const form = h("form", { novalidate: true },
    h("label.x-field", {}, t("hand-in.id"), id, h("small", { id: "student-id-why" }, t("hand-in.id-why"))),
    h("label.x-field", {}, t("hand-in.name"), name),
    work.length > 1 ? h("fieldset", {}, h("legend", {}, t("hand-in.what")), boxes.map(([, label]) => label)) : null,
    h("p.x-buttons", {}, h("button.x-primary", { type: "submit", id: "make-submission" }, t("hand-in.make"))),
    result);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = boxes.filter(([box]) => box.checked).map(([box]) => progress.of(box.value).work);
    if (!id.value.trim()) {
      result.replaceChildren(h("p.x-problem", {}, t("hand-in.need-id")));
      return id.focus();
    }
    if (!chosen.length) return result.replaceChildren(h("p.x-problem", {}, t("hand-in.none")));
    const is_other = id.value.trim() !== student.id;
    progress.all.student = { id: id.value.trim(), name: name.value.trim() };
    if (!progress.store()) host.say(t("progress.full"));
    if (is_other) host.ask({ student: id.value.trim() });
    const made = await host.answer("submission", () =>
      host.ask({ submit: { student: id.value.trim(), name: name.value.trim(), work: chosen } }));
    if (made.Err !== undefined) return result.replaceChildren(h("p.x-problem", {}, made.Err));
    const text = h("textarea", { id: "submission", readonly: true, rows: 5, spellcheck: "false" });
    text.value = made.Ok;
    text.addEventListener("focus", () => text.select());
    const said = h("span", { role: "status" });
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(made.Ok);
        said.textContent = t("hand-in.copied");
      } catch {
        said.textContent = t("hand-in.not-copied");
        text.focus();
      }
    };
    result.replaceChildren(
      h("label.x-field", {}, t("hand-in.text"), text, h("small", {}, t("hand-in.how"))),
      h("p.x-buttons", {},
        button(t("hand-in.copy"), copy, { id: "copy-submission" }, "button.x-primary"),
        button(t("hand-in.save"), () => save(`${file_name(id.value)}.stageplay.txt`, `${made.Ok}\n`), { id: "save-submission" }), said));
    document.getElementById("copy-submission").focus();
  });
  host.dialog(t("hand-in.title"), work.length ? form : h("p", {}, t("hand-in.none")));
  if (work.length) id.focus();
}

const file_name = (id) => id.trim().replace(/[^\p{L}\p{N}._@-]+/gu, "-").slice(0, 80) || "work";
