// A draft of an exercise: what is in a new one, and how it is kept.
import { new_condition } from "./conditions.mjs";

const KEY = "stageplay.draft";
const VERSION = 1;

export function new_draft(language) {
  return {
    version: VERSION, name: "my-exercise", languages: [language], title: {}, text: {}, explanation: {},
    settings: null, start: null, solution: null,
    goals: [{ name: "starts", message: {}, points: 1, hidden: false, conditions: [new_condition()] }],
    hints: [],
  };
}

/** The kept draft, if it is one. */
export function kept_draft(language) {
  try {
    const draft = JSON.parse(localStorage.getItem(KEY));
    if (draft?.version === VERSION && Array.isArray(draft.goals) && Array.isArray(draft.hints) && Array.isArray(draft.languages)) return { ...new_draft(language), ...draft };
  } catch {}
  return new_draft(language);
}

export function keep_draft(draft) {
  try {
    localStorage.setItem(KEY, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** The files of the page's workspace as those of a pack. Of a large binary file only the begin is known: it is left out. */
export function files_of(workspace) {
  const all = workspace.files.map(({ path, mode, text, binary }) => {
    const executable = (mode & 0o111) !== 0 || undefined;
    if (text !== undefined) return { path, text, executable };
    const bytes = Math.floor((binary.head.length * 3) / 4);
    return bytes === binary.len ? { path, base64: binary.head, executable } : null;
  });
  return all.filter(Boolean);
}

/** The settings of the page's workspace that a pack has, too. */
export const settings_of = ({ engine, builder, as_of, dockerfile }) => ({ engine, builder, as_of, dockerfile });
