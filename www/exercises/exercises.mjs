// The exercises in the page: the list with progress, the open exercise, handing in. The page's program loads this script when
// somebody asks for exercises, gives it an element, and passes on what the simulator says (app/src/interop/exercises.rs).
import css from "./exercises.css";
import { adopt, dialog, h, icon, save, size as size_text } from "./dom.mjs";
import { show_list } from "./exercise_list.mjs";
import { hand_in } from "./hand_in.mjs";
import { Lms, is_lms } from "./lms.mjs";
import { OpenExercise } from "./open_exercise.mjs";
import { open_pack, pack_of_address } from "./open_pack.mjs";
import { keep_pack, kept_pack } from "./own_packs.mjs";
import { present } from "./present.mjs";
import { MAX_PROGRESS, Progress } from "./progress.mjs";
import { load_script } from "./scripts.mjs";
import { show_solution } from "./solution.mjs";
import { translator } from "./words.mjs";

adopt(css);

/** What opens the tools for teachers, by the fragment of the address. */
const TOOLS = { "#author": "author", "#grade": "grade" };

class StageplayExercises {
  /** `on_message(kind, value)` asks the page's program for something. */
  constructor(language, on_message) {
    // The program may be telling something at this moment.
    this.send = (kind, value = "") => queueMicrotask(() => on_message(kind, value));
    this.ask = (request) => this.send("ask", JSON.stringify(request));
    this.lms = is_lms() ? new Lms() : null;
    this.progress = new Progress(!this.lms);
    this.language = language;
    this.t = translator(language);
    this.status = h("p.x-status", { role: "status" });
    this.body = h("div.x-body");
    this.announcements = h("p.x-hidden", { role: "status" });
    this.root = h("div.x-root", {}, this.body, this.status, this.announcements);
    // What waits for the list of exercises.
    this.listed = new Promise((done) => { this.is_listed = done; });
    this.open_exercise = new OpenExercise(this);
    this.waiting = [];
    if (this.lms) {
      this.start_lms();
      return;
    }
    this.ask({ student: this.progress.all.student.id });
    this.ask("index");
    // Another tab may have worked on an exercise.
    addEventListener("storage", (event) => {
      if (event.key !== "stageplay.exercises") return;
      const stored = this.progress.stored();
      if (stored) this.progress.all = stored;
      if (!this.open_exercise.view) show_list(this);
    });
    show_list(this);
    this.follow_address();
    addEventListener("hashchange", () => this.follow_address());
  }

  show(container, language) {
    if (this.root.parentElement !== container) container.replaceChildren(this.root);
    if (language === this.language) return;
    this.language = language;
    this.t = translator(language);
    if (this.lms) this.read_lms();
    else this.ask("index");
    if (this.open_exercise.view) this.open_exercise.draw();
    else show_list(this);
  }

  /** What the simulator or the page tells. */
  tell(json) {
    const event = JSON.parse(json);
    const [kind, value] = typeof event === "string" ? [event, null] : Object.entries(event)[0];
    switch (kind) {
      case "index":
        this.index = value;
        this.entries = value.chapters.flatMap((chapter) => chapter.packs.map((pack) => ({ ...pack, chapter })));
        this.is_listed();
        if (this.open_exercise.view) this.open_exercise.draw();
        else show_list(this);
        break;
      case "want":
        this.ask({ provide: [value, kept_pack(value.replace(/^own\//, ""))] });
        break;
      case "open":
        this.open_exercise.open(value[0], value[1]);
        break;
      case "reached":
        this.open_exercise.reached(value[0], value[1]);
        break;
      case "closed":
        // Another workspace was opened beside the exercises.
        if (this.open_exercise.view) {
          this.open_exercise.close();
          this.set_address("");
          show_list(this);
        }
        break;
      case "solution":
        show_solution(this.open_exercise, value);
        break;
      case "failed":
        this.is_listed();
        this.say(this.t("failed", { error: value }));
        break;
      case "present-lesson":
        present(this.t, document.querySelector("article.lesson"), value);
        break;
      default: {
        // An answer to a question: read, checked, submission, workspace.
        const at = this.waiting.findIndex((one) => one.kind === kind);
        if (at >= 0) this.waiting.splice(at, 1)[0].done(value);
      }
    }
  }

  /** Asks, and waits for the answer of a kind. */
  answer(kind, ask) {
    return new Promise((done) => {
      this.waiting.push({ kind, done });
      ask();
    });
  }

  workspace() {
    return this.answer("workspace", () => this.send("workspace"));
  }

  /** Tells a screen reader what everybody else sees. */
  announce(text) {
    this.announcements.textContent = text;
  }

  say(text) {
    this.status.textContent = text;
  }

  /** Keeps a change of the progress, and says so if the browser does not. */
  keep(slug, change) {
    if (this.lms) {
      this.progress.change(slug, change);
      this.lms.keep(this.progress.all.exercises);
      return;
    }
    if (!this.progress.change(slug, change)) this.say(this.t("progress.full"));
  }

  /** Inside a learning platform: the pack lies beside the page, and the platform keeps the progress. */
  async start_lms() {
    show_list(this);
    try {
      const [pack, settings] = await Promise.all(["pack.json", "lms.json"].map((name) => fetch(name)));
      if (!pack.ok) throw new Error(`pack.json: ${pack.status}`);
      this.lms_pack = await pack.text();
      await this.read_lms();
      const packs = this.entries.map(({ slug, points }) => ({ slug, points }));
      const { student, exercises } = await this.lms.start(packs, this.index.title, settings.ok ? await settings.json() : null);
      this.progress.all.student = student;
      this.progress.all.exercises = exercises;
      this.ask({ student: student.id });
      this.lms_has_started = true;
      show_list(this);
      if (this.entries.length === 1) this.open(this.entries[0].slug);
    } catch (error) {
      this.say(this.t("failed", { error: error.message }));
    }
  }

  /** Lists the exercises of the platform's pack in the page's language. */
  async read_lms() {
    const read = await this.answer("read", () => this.ask({ read: ["pack.json", this.lms_pack] }));
    if (read.Err !== undefined) throw new Error(read.Err);
    const packs = read.Ok.filter((one) => one.pack?.goals.length);
    for (const one of packs) keep_pack(one.name, one.bundle, false);
    const chapter = { name: "pack", title: packs.length === 1 ? packs[0].pack.title : this.t("list.title") };
    chapter.packs = packs.map(({ pack }) => ({ slug: pack.slug, name: pack.name, title: pack.title, points: pack.goals.reduce((sum, goal) => sum + goal.points, 0) }));
    this.index = { title: chapter.title, chapters: [chapter] };
    this.entries = chapter.packs.map((pack) => ({ ...pack, chapter }));
    if (this.open_exercise.view) this.open_exercise.draw();
    else show_list(this);
  }

  follow_address() {
    const tool = TOOLS[location.hash];
    if (tool) this.open_tool(tool);
    const address = pack_of_address();
    if (address && address !== this.asked_address) {
      this.asked_address = address;
      open_pack(this, address);
    }
  }

  /** Opens the tool for teachers of a name, which is a script of its own. */
  async open_tool(name) {
    try {
      await Promise.all([load_script("teach"), this.listed]);
    } catch {
      return this.say(this.t("scripts.failed"));
    }
    globalThis.StageplayTeach.open(name, {
      language: this.language,
      workspace: () => this.workspace(),
      entries: this.entries ?? [],
      open: (name, bundle) => this.open_own(name, bundle),
    });
  }

  /** Opens a pack that is not one of the page's. */
  open_own(name, bundle) {
    if (!keep_pack(name, bundle)) this.say(this.t("progress.full"));
    this.open(`own/${name}`);
  }

  open(slug) {
    this.say("");
    this.send("open", slug);
  }

  close() {
    this.open_exercise.close();
    this.ask("close");
    this.set_address("");
    show_list(this);
  }

  set_address(hash) {
    if (this.lms) return;
    try {
      history.replaceState(history.state, "", `${location.pathname}${location.search}${hash}`);
    } catch {}
  }

  /** The exercise behind the open one; undefined at the end. */
  next(slug) {
    const at = (this.entries ?? []).findIndex((entry) => entry.slug === slug);
    return at < 0 ? undefined : this.entries[at + 1];
  }

  /** The heading with the menu. */
  head() {
    const { t } = this;
    return h("header.x-head", {}, h("h2", {}, this.index?.title || t("list.title")),
      this.lms ? null : this.menu([
        ["menu.hand-in", () => hand_in(this)],
        ["menu.export", () => this.export()],
        ["menu.import", () => this.import()],
        ["menu.open", () => open_pack(this)],
        null,
        ["menu.author", () => this.open_tool("author")],
        ["menu.grade", () => this.open_tool("grade")],
      ]),
      this.lms ? null : h("button.x-plain", { type: "button", id: "close-exercises", "aria-label": t("close.exercises"), title: t("close.exercises"), onclick: () => { this.set_address(""); this.send("hide"); } }, icon("close")));
  }

  /** A button with a list of deeds; null is a line between them. */
  menu(items) {
    const list = h("div.x-menu-list", { popover: "auto", id: "exercise-menu" }, items.map((item) =>
      item ? h("button", { type: "button", onclick: () => { list.hidePopover(); item[1](); } }, item[2] ?? this.t(item[0])) : h("hr")));
    const opener = h("button.x-plain", { type: "button", popovertarget: "exercise-menu", "aria-label": this.t("list.more"), title: this.t("list.more") }, icon("more"));
    list.addEventListener("toggle", (event) => {
      if (event.newState !== "open") return;
      const { bottom, right } = opener.getBoundingClientRect();
      list.style.setProperty("top", `${bottom + 4}px`);
      list.style.setProperty("left", `${Math.max(8, Math.min(right, innerWidth - 8) - list.offsetWidth)}px`);
      list.querySelector("button")?.focus();
    });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const all = [...list.querySelectorAll("button")];
      all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
      event.preventDefault();
    });
    return h("div.x-menu", {}, opener, list);
  }

  export() {
    save("stageplay-progress.json", this.progress.text(), "application/json");
    this.say(this.t("progress.saved"));
  }

  import() {
    const input = h("input", { type: "file", accept: ".json,application/json" });
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (!file) return;
      try {
        if (file.size > MAX_PROGRESS) throw new Error(this.t("open.too-large", { size: size_text(MAX_PROGRESS) }));
        const count = this.progress.add(await file.text());
        this.ask({ student: this.progress.all.student.id });
        show_list(this);
        this.say(this.t("progress.loaded", { count }));
      } catch (error) {
        this.say(this.t("progress.bad", { error: error.message }));
      }
    });
    input.click();
  }

  /** A dialog in the page's language. */
  dialog(title, ...children) {
    return dialog(title, this.t("close"), ...children);
  }
}


globalThis.StageplayExercises = StageplayExercises;
