// The closed set of conditions (docs/formats/packs.md), with what each asks for, and their TOML.
import { h } from "../exercises/dom.mjs";

const CAUSES = ["*", "nothing-to-start", "not-found", "is-directory", "permission-denied", "symlink-loop", "interpreter-missing",
  "script-interpreter-missing", "not-executable", "wrong-machine", "library-missing", "version-missing", "library-unusable",
  "symbol-missing", "truncated", "shared-library", "interpreter-unusable", "nested-scripts", "mounted-noexec", "unknown-user",
  "main-file-missing", "variable-missing", "exits-with-error"];
const HINTS = ["no-certificates", "no-zoneinfo", "musl-resolver", "static-nss", "no-locale", "user-without-name", "pid-1-shell", "pid-1-script"];
const text = (example) => ({ value: { example } });
const number = (example) => ({ value: { example, is_number: true } });
const step = { step: { example: "RUN npm ci*" }, edited: { example: "main.go" }, appended: { example: "// changed" } };

/** The fields of each condition, by its name; none for one that is a word. */
export const CONDITIONS = {
  starts: {}, builds: {}, fails: { value: { options: CAUSES } }, "build-fails": text("run-failed"), "exit-code": number("0"),
  "output-contains": text("hello"), "command-output": { run: { example: "docker run app" }, contains: { example: "hello" } },
  "size-under": text("20MB"), "size-at-most-of-start": number("50"), "layers-at-most": number("3"),
  "final-base": text("alpine:*"), "final-base-means": text("alpine:3.22.*"),
  "path-in-image": text("/app"), "path-not-in-image": text("/src"), "path-in-layer": text("/secret"), "path-in-no-layer": text("/var/lib/apt/lists/*_Packages*"),
  file: { path: { example: "/app" }, contains: { example: "", optional: true }, mode: { example: "755", optional: true }, uid: { example: "1000", optional: true, is_number: true } },
  "stage-exists": text("builder"), "stage-built": text("builder"), "stage-not-built": text("test"),
  "step-reused": step, "step-run-again": step, instruction: text("RUN --mount=type=cache*"),
  user: text("app"), command: text("/app"), workdir: text("/app"), env: text("PORT=8080"), label: text("version"), port: text("8080"),
  "no-check": text("SP003"), hint: { value: { options: HINTS } }, "no-hint": { value: { options: HINTS } },
  "program-static": {}, "program-needs": text("libstdc++.so.6"), "command-used": text("docker images*"),
};

/** A TOML string. The escapes of JSON are those of TOML; TOML also wants DEL escaped. */
export const toml = (value) => JSON.stringify(value).replaceAll("\u007f", "\\u007F");

/** A condition in TOML. `edit` names an edit for a file and a text that is appended to it. */
function one(condition, edit) {
  const fields = CONDITIONS[condition.kind];
  const value = (name) => {
    const given = String(condition.values[name] ?? "").trim();
    // Numbers may be written as texts, which also holds what is not one, so that the check says what is wrong.
    return fields[name].is_number && /^\d+$/.test(given) ? given : toml(given);
  };
  let told;
  const names = Object.keys(fields);
  if (!names.length) told = toml(condition.kind);
  else if (fields.value) told = `{ ${condition.kind} = ${value("value")} }`;
  else if (fields.edited) told = `{ ${condition.kind} = { step = ${value("step")}, after = ${toml(edit(condition.values.edited, condition.values.appended))} } }`;
  else {
    const given = names.filter((name) => !fields[name].optional || String(condition.values[name] ?? "").trim());
    told = `{ ${condition.kind} = { ${given.map((name) => `${name} = ${value(name)}`).join(", ")} } }`;
  }
  return condition.not ? `{ not = ${told} }` : told;
}

/** Conditions of which all are to be true, in TOML. */
export const all_of = (conditions, edit) =>
  (conditions.length === 1 ? one(conditions[0], edit) : `{ all = [${conditions.map((each) => one(each, edit)).join(", ")}] }`);

export const new_condition = (kind = "starts") => ({ kind, not: false, values: {} });

/** The fields of a condition in a form. `changed` is called at each change, with whether other fields are to be shown. */
export function condition_fields(t, condition, changed, label) {
  const kind = h("select", { "aria-label": label, onchange: () => { Object.assign(condition, new_condition(kind.value), { not: condition.not }); changed(true); } },
    Object.keys(CONDITIONS).map((name) => h("option", { value: name, selected: name === condition.kind }, t(`c.${name}`))));
  const not = h("input", { type: "checkbox", checked: condition.not, onchange: () => { condition.not = not.checked; changed(false); } });
  const fields = Object.entries(CONDITIONS[condition.kind]).map(([name, { example, options }]) => {
    const words = t(`f.${name}`);
    if (options) {
      condition.values[name] ??= options[0];
      const choice = h("select", { "aria-label": words, onchange: () => { condition.values[name] = choice.value; changed(false); } },
        options.map((option) => h("option", { value: option, selected: option === condition.values[name] }, option)));
      return choice;
    }
    const input = h("input", { "aria-label": words, title: words, placeholder: name === "value" ? example : `${words}${example ? `: ${example}` : ""}`, value: condition.values[name] ?? "", maxlength: 1000, oninput: () => { condition.values[name] = input.value; changed(false); } });
    return input;
  });
  return [h("label", {}, not, t("author.not")), kind, fields];
}
