// The progress in the browser: of each exercise whether it is done, the best figures, and the work itself.

const KEY = "stageplay.exercises";
const VERSION = 1;
/** The most characters of a file with progress. */
export const MAX_PROGRESS = 8 << 20;
const MAX_EXERCISES = 500;

const is_count = (value) => Number.isSafeInteger(value) && value >= 0;
const is_text = (value, most) => typeof value === "string" && value.length <= most;

/** An exercise of a progress that came from outside, with only what is valid in it; null if nothing is. */
function checked(one) {
  if (typeof one !== "object" || one === null) return null;
  const kept = { at: is_count(one.at) ? one.at : 0 };
  for (const name of ["done", "seen", "exact"]) if (one[name] === true) kept[name] = true;
  for (const name of ["bytes", "layers", "points", "hints"]) if (is_count(one[name])) kept[name] = one[name];
  for (const name of ["name", "title"]) if (is_text(one[name], 1000)) kept[name] = one[name];
  // The simulator checks what is in it before it is used.
  if (typeof one.work === "object" && one.work !== null && is_text(one.work.pack, 100) && Array.isArray(one.work.files)) kept.work = one.work;
  return kept;
}

/** A progress as it is stored. Throws what is wrong. */
export function read(text) {
  if (text.length > MAX_PROGRESS) throw new Error(`> ${MAX_PROGRESS} B`);
  const value = JSON.parse(text);
  if (typeof value !== "object" || value === null || typeof value.exercises !== "object" || value.exercises === null) throw new Error("exercises");
  if (value.stageplay_progress !== VERSION) throw new Error(`stageplay_progress: ${value.stageplay_progress}`);
  const exercises = {};
  for (const [slug, one] of Object.entries(value.exercises).slice(0, MAX_EXERCISES)) {
    const kept = /^(packs|own)\/[a-z0-9/-]{1,200}$/.test(slug) ? checked(one) : null;
    if (kept) exercises[slug] = kept;
  }
  const student = { id: "", name: "" };
  for (const name of ["id", "name"]) if (is_text(value.student?.[name], 1000)) student[name] = value.student[name];
  return { stageplay_progress: VERSION, student, exercises };
}

const least = (one, other) => (one === undefined ? other : other === undefined ? one : Math.min(one, other));

/** Two progresses as one: what is done stays done, the best figures count, and of the work the newer one. */
export function merge(mine, other) {
  const exercises = { ...mine.exercises };
  for (const [slug, theirs] of Object.entries(other.exercises)) {
    const own = exercises[slug];
    if (!own) {
      exercises[slug] = theirs;
      continue;
    }
    const [older, newer] = own.at >= theirs.at ? [theirs, own] : [own, theirs];
    const both = { ...older, ...newer };
    for (const name of ["done", "seen"]) if (own[name] || theirs[name]) both[name] = true;
    for (const name of ["bytes", "layers"]) {
      const best = least(own[name], theirs[name]);
      if (best !== undefined) both[name] = best;
    }
    // Whether the best size was counted.
    both.exact = (own.bytes <= (theirs.bytes ?? Infinity) ? own : theirs).exact ?? false;
    for (const name of ["points", "hints"]) both[name] = Math.max(own[name] ?? 0, theirs[name] ?? 0);
    exercises[slug] = both;
  }
  const student = mine.student.id ? mine.student : other.student;
  return { stageplay_progress: VERSION, student, exercises };
}

const empty = () => ({ stageplay_progress: VERSION, student: { id: "", name: "" }, exercises: {} });

export class Progress {
  /** `is_kept`: whether the browser keeps it. */
  constructor(is_kept = true) {
    this.is_kept = is_kept;
    this.all = (is_kept ? this.stored() : null) ?? empty();
  }

  /** What is stored; what cannot be read is kept aside under another key. */
  stored() {
    let text = null;
    try {
      text = localStorage.getItem(KEY);
      return text === null ? null : read(text);
    } catch {
      try {
        if (text !== null) localStorage.setItem(`${KEY}.unreadable`, text);
      } catch {}
      return null;
    }
  }

  /** Stores it together with what another tab stored meanwhile. Returns whether that succeeded. */
  store() {
    if (!this.is_kept) return true;
    const other = this.stored();
    if (other) this.all = { ...merge(this.all, other), student: this.all.student };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.all));
      return true;
    } catch {
      return false;
    }
  }

  of(slug) {
    return this.all.exercises[slug] ?? {};
  }

  change(slug, change) {
    this.all.exercises[slug] = { ...this.of(slug), ...change, at: Date.now() };
    return this.store();
  }

  /** `new`, `begun`, `done` or `seen`. */
  state(slug) {
    const one = this.of(slug);
    if (one.done) return one.seen ? "seen" : "done";
    return one.work && one.work.files.length ? "begun" : "new";
  }

  text() {
    return `${JSON.stringify(this.all, null, 1)}\n`;
  }

  /** Adds the progress of a text. Returns the number of its exercises. Throws what is wrong with it. */
  add(text) {
    const other = read(text);
    this.all = merge(this.all, other);
    this.store();
    return Object.keys(other.exercises).length;
  }
}
