// The page as a unit of a learning platform: SCORM 1.2 ("SCORM 1.2 Run-Time Environment", ADL, 2001, section 3.3), and
// statements for an xAPI endpoint where the package names one. Nothing is kept in the browser here: the platform keeps it.
import { from_suspend, to_suspend } from "./suspend_data.mjs";
import { Xapi } from "./xapi.mjs";

/** How long changes are collected before the platform is asked to keep them, in milliseconds. */
const COMMIT_PAUSE = 1500;
/** How many windows are searched for the platform's object. */
const MAX_PARENTS = 500;

/** Whether the page was opened by a package: `lms.json` and `pack.json` lie beside it. */
export const is_lms = () => new URLSearchParams(location.search).has("lms");

/** The platform's object, in a window around this one or in that which opened it. */
function find_api() {
  for (const start of [window, window.opener]) {
    let at = start;
    for (let count = 0; at && count < MAX_PARENTS; count += 1) {
      try {
        if (at.API) return at.API;
      } catch {}
      if (at.parent === at) break;
      at = at.parent;
    }
  }
  return null;
}

export class Lms {
  constructor() {
    this.api = find_api();
    this.began = Date.now();
    this.is_over = false;
  }

  get(name) {
    try {
      return String(this.api?.LMSGetValue(name) ?? "");
    } catch {
      return "";
    }
  }

  set(name, value) {
    try {
      this.api?.LMSSetValue(name, String(value));
    } catch {}
  }

  /** Begins. `packs`: slug, title and points of each exercise. Returns the student and the exercises that are kept. */
  async start(packs, title, settings) {
    this.packs = packs;
    try {
      this.api?.LMSInitialize("");
    } catch {}
    const student = { id: this.get("cmi.core.student_id"), name: this.get("cmi.core.student_name") };
    // Platforms may leave it out.
    this.is_read_only = ["browse", "review"].includes(this.get("cmi.core.lesson_mode"));
    const exercises = await from_suspend(this.get("cmi.suspend_data"), packs.map(({ slug }) => slug));
    if (["not attempted", ""].includes(this.get("cmi.core.lesson_status"))) this.set("cmi.core.lesson_status", "incomplete");
    this.xapi = new Xapi(settings?.xapi, student, new URL("launch.html", location.href).href, title);
    this.xapi.send("launched");
    addEventListener("pagehide", () => this.finish());
    return { student, exercises };
  }

  /** Somebody began an exercise. */
  attempted() {
    if (!this.has_attempted) this.xapi?.send("attempted");
    this.has_attempted = true;
  }

  score(exercises) {
    const all = this.packs.reduce((sum, one) => sum + one.points, 0);
    const reached = this.packs.reduce((sum, one) => sum + Math.min(one.points, exercises[one.slug]?.points ?? 0), 0);
    return all ? Math.round((reached * 100) / all) : 100;
  }

  /** Keeps the progress. */
  async keep(exercises) {
    if (this.is_read_only) return;
    const score = this.score(exercises);
    const is_passed = this.packs.every(({ slug }) => exercises[slug]?.done);
    this.set("cmi.core.score.min", 0);
    this.set("cmi.core.score.max", 100);
    this.set("cmi.core.score.raw", score);
    this.set("cmi.core.lesson_status", is_passed ? "passed" : "incomplete");
    if (is_passed && !this.has_passed) this.xapi.send("passed", { success: true, completion: true, score: { scaled: score / 100 } });
    [this.has_passed, this.last_score] = [is_passed, score];
    const text = await to_suspend(this.packs.map(({ slug }) => slug), exercises);
    this.set("cmi.suspend_data", text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.commit(), COMMIT_PAUSE);
  }

  commit() {
    try {
      this.api?.LMSCommit("");
    } catch {}
  }

  finish() {
    if (this.is_over) return;
    this.is_over = true;
    const seconds = Math.round((Date.now() - this.began) / 1000);
    const two = (number) => String(number).padStart(2, "0");
    this.set("cmi.core.session_time", `${String(Math.floor(seconds / 3600)).padStart(4, "0")}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`);
    this.set("cmi.core.exit", "suspend");
    if (this.has_attempted && !this.has_passed) this.xapi.send("failed", { success: false, score: { scaled: (this.last_score ?? 0) / 100 } });
    this.commit();
    try {
      this.api?.LMSFinish("");
    } catch {}
  }
}
