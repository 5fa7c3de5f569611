// The files of the pack that a draft becomes: `pack.toml`, the texts, and the files of start and solution.
import { all_of, toml } from "./conditions.mjs";

/** The files of the pack. */
export function pack_files(draft) {
  const { languages, settings } = draft;
  const words = (text) => (languages.length === 1 ? toml(text[languages[0]] ?? "")
    : `{ ${languages.map((tag) => `${tag} = ${toml(text[tag] ?? "")}`).join(", ")} }`);
  // An edit for each file and text that a condition names, so that two conditions share one.
  const edits = [];
  const edit = (file = "", append = "") => {
    const found = edits.find((one) => one.file === file && one.append === append);
    if (found) return found.name;
    edits.push({ name: `edit-${edits.length + 1}`, file, append });
    return edits.at(-1).name;
  };
  const lines = ["format = 1", `title = ${words(draft.title)}`];
  if (languages.length > 1 || languages[0] !== "en") lines.push(`languages = [${languages.map(toml).join(", ")}]`);
  if (settings) {
    lines.push(`engine = ${toml(settings.engine)}`, `builder = ${toml(settings.builder)}`);
    if (settings.as_of) lines.push(`date = ${toml(settings.as_of)}`);
    if (settings.dockerfile !== "Dockerfile") lines.push(`dockerfile = ${toml(settings.dockerfile)}`);
  }
  for (const goal of draft.goals) {
    lines.push("", "[[goals]]", `name = ${toml(goal.name)}`);
    if (Number(goal.points) !== 1) lines.push(`points = ${/^\d+$/.test(String(goal.points)) ? goal.points : toml(String(goal.points))}`);
    if (goal.hidden) lines.push("hidden = true");
    lines.push(`message = ${words(goal.message)}`, `when = ${all_of(goal.conditions, edit)}`);
  }
  for (const hint of draft.hints) {
    lines.push("", "[[hints]]");
    if (hint.when) lines.push(`when = ${all_of([hint.when], edit)}`);
    lines.push(`text = ${words(hint.text)}`);
  }
  for (const { name, file, append } of edits) lines.push("", `[edits.${name}]`, `file = ${toml(file)}`, `append = ${toml(`${append}\n`)}`);
  const files = [{ path: "pack.toml", text: `${lines.join("\n")}\n` }];
  for (const tag of languages) {
    const explanation = (draft.explanation[tag] ?? "").trim();
    files.push({ path: `${tag}.md`, text: `${(draft.text[tag] ?? "").trim()}\n${explanation ? `\n<!-- explanation -->\n\n${explanation}\n` : ""}` });
  }
  const same = (one, other) => one && other && one.text === other.text && one.base64 === other.base64 && one.executable === other.executable;
  for (const file of draft.start ?? []) files.push({ ...file, path: `start/${file.path}` });
  for (const file of draft.solution ?? []) {
    if (!same(draft.start?.find(({ path }) => path === file.path), file)) files.push({ ...file, path: `solution/${file.path}` });
  }
  return files;
}

export const bundle = (draft) => JSON.stringify({ stageplay_pack: 1, name: draft.name.trim(), files: pack_files(draft) }, null, 1);

/** What a line of `pack.toml` is about: `["goals", 0]`, `["hints", 2]`; null for the rest. */
export function part_of_line(text, line) {
  const heads = text.split("\n").slice(0, line).filter((one) => one.startsWith("["));
  const kind = { "[[goals]]": "goals", "[[hints]]": "hints" }[heads.at(-1)];
  return kind ? [kind, heads.filter((one) => one === heads.at(-1)).length - 1] : null;
}
