// Grades submissions in this browser: files are read here and simulated in a worker, one after the other.
import { dropped_entries, files_below } from "../browser/folder_entries.mjs";
import { button, h, save, show, size } from "../exercises/dom.mjs";
import { bundle_of } from "./packs.mjs";
import { grade_table } from "./grade_table.mjs";
import { Simulator, SimulatorEnded } from "./simulator.mjs";

/** The most bytes of one file and of all. */
const MAX_FILE = 64 << 20;
const MAX_ALL = 256 << 20;
/** The most simulations that may end their worker: each costs a new one, which begins anew. */
const MAX_ENDED = 20;
/** The files of a drop with their names, those in folders too. */
async function dropped_files(transfer) {
  const entries = dropped_entries(transfer);
  const plain = [...transfer.files].map((file) => ({ file, name: file.name }));
  if (!entries.some((entry) => entry.isDirectory)) return plain;
  return (await files_below(entries)).map(({ path, file }) => ({ file, name: path }));
}

export function grade({ t, body, language, entries }) {
  const state = { files: [], pack: null, stopped: false };
  let simulator = null;

  const chapters = [...new Set(entries.map(({ chapter }) => chapter))];
  const choice = h("select", { id: "grade-packs" },
    entries.length ? h("option", { value: "all" }, t("grade.all")) : null,
    h("option", { value: "file" }, t("grade.file")),
    chapters.map((chapter) => h("optgroup", { label: chapter.title },
      entries.filter((entry) => entry.chapter === chapter).map(({ slug, title }) => h("option", { value: slug }, title)))));
  const pack_file = h("input", { type: "file", accept: ".json,.md", id: "grade-pack-file", hidden: true, "aria-label": t("grade.file") });
  const pack_said = h("small");
  choice.addEventListener("change", () => {
    pack_file.hidden = choice.value !== "file";
    if (choice.value === "file") pack_file.click();
  });
  pack_file.hidden = choice.value !== "file";
  pack_file.addEventListener("change", async () => {
    const [file] = pack_file.files;
    if (!file) return;
    state.pack = { name: file.name, text: await file.text() };
    choice.value = "file";
    pack_said.textContent = t("grade.file-chosen", { name: file.name });
  });

  const input = h("input", { type: "file", multiple: true, id: "grade-files", accept: ".txt,.csv,.text,text/plain,text/csv" });
  const list = h("p.t-files", { role: "status" });
  const pasted = h("textarea", { id: "grade-paste", rows: 3, spellcheck: "false", placeholder: "stageplay:1:…" });
  const column = h("input", { id: "grade-column", placeholder: "Student ID" });
  const best = h("input", { type: "checkbox", id: "grade-best" });
  const said = h("div", { role: "status" });

  function draw_files() {
    show(list, state.files.length
      ? [h("span", {}, t("grade.files", { count: state.files.length })), button(t("grade.clear"), () => { state.files = []; draw_files(); }, {}, "button.x-link")]
      : []);
  }
  async function take(files) {
    said.replaceChildren();
    for (const { file, name } of files) {
      const all = state.files.reduce((sum, one) => sum + one.text.length, 0);
      if (file.size > MAX_FILE || all + file.size > MAX_ALL) {
        said.append(h("p.x-problem", {}, t("grade.too-large", { name, size: size(file.size > MAX_FILE ? MAX_FILE : MAX_ALL) })));
        continue;
      }
      try {
        state.files.push({ name, text: new TextDecoder().decode(await file.arrayBuffer()) });
      } catch (error) {
        said.append(h("p.x-problem", {}, t("grade.cannot-read", { name, error: error.message })));
      }
    }
    // The order of a folder's listing is not the same everywhere.
    state.files.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
    draw_files();
  }
  async function take_dropped(transfer) {
    try {
      await take(await dropped_files(transfer));
    } catch (error) {
      said.replaceChildren(h("p.x-problem", {}, t("failed", { error: error.message })));
    }
  }
  input.addEventListener("change", () => take([...input.files].map((file) => ({ file, name: file.name }))).then(() => { input.value = ""; }));
  const drop = h("label.t-drop", {
    ondragover: (event) => { event.preventDefault(); drop.classList.add("over"); },
    ondragleave: () => drop.classList.remove("over"),
    ondrop: (event) => { event.preventDefault(); drop.classList.remove("over"); take_dropped(event.dataTransfer); },
  }, h("strong", {}, t("grade.drop")), h("span.t-choose", {}, t("grade.choose")), input);

  const form = h("form.t-form", { onsubmit: (event) => { event.preventDefault(); start(); } },
    h("p.x-soft", {}, t("grade.local")),
    h("label.x-field", {}, t("grade.packs"), choice), pack_file, pack_said,
    h("fieldset.t-plain", {}, h("legend", {}, t("grade.submissions")), drop, list,
      h("label.x-field", {}, t("grade.paste"), pasted)),
    h("label.x-field", {}, t("grade.column"), column, h("small", {}, t("grade.column-why"))),
    h("label.x-check", {}, best, h("span", {}, t("grade.best"))),
    h("p.x-buttons", {}, h("button.x-primary", { type: "submit", id: "start-grading" }, t("grade.start"))),
    said);

  async function packs() {
    if (choice.value === "file") {
      if (!state.pack) throw new Error(t("grade.file"));
      return [state.pack];
    }
    const slugs = choice.value === "all" ? entries.map(({ slug }) => slug) : [choice.value];
    return Promise.all(slugs.map(async (slug) => ({ name: `${slug}.json`, text: await bundle_of(slug) })));
  }

  /** Simulates all work. A simulation that ends its worker is given up, and another worker begins anew without it. */
  async function simulate(request, told) {
    const given_up = new Set();
    for (;;) {
      simulator = new Simulator(language);
      const started = await simulator.ask({ grade: { start: request } }, "grading");
      if (started.Err !== undefined) throw new Error(started.Err);
      let at = 0;
      try {
        for (; at < started.Ok && !state.stopped; at += 1) {
          await simulator.ask({ grade: given_up.has(at) ? { "give-up": at } : { simulate: at } }, "graded");
          told(at + 1, started.Ok);
        }
        return;
      } catch (error) {
        if (state.stopped) return;
        if (!(error instanceof SimulatorEnded) || given_up.size === MAX_ENDED) throw error;
        simulator.end();
        given_up.add(at);
      }
    }
  }

  async function start() {
    const submissions = [...state.files];
    if (pasted.value.trim()) submissions.push({ name: "pasted.txt", text: pasted.value });
    if (!submissions.length) return said.replaceChildren(h("p.x-problem", {}, t("grade.nothing")));
    state.stopped = false;
    const meter = h("progress", { max: 1, value: 0, "aria-label": t("grade.title") });
    const count = h("p", { role: "status" });
    const stop = () => {
      state.stopped = true;
      simulator?.end();
      simulator?.fail(new SimulatorEnded("stop"));
      show(body, form);
      said.replaceChildren(h("p", {}, t("grade.stopped")));
    };
    show(body, h("div.t-form.t-progress", {}, meter, count, h("p.x-buttons", {}, button(t("grade.stop"), stop, { id: "stop-grading" }))));
    try {
      const request = { packs: await packs(), submissions, id_column: column.value.trim() || null, best: best.checked };
      let last = 0;
      await simulate(request, (done, all) => {
        meter.max = all;
        meter.value = done;
        // A screen reader is not told of each.
        if (done === all || done - last >= all / 10) {
          last = done;
          count.textContent = t("grade.progress", { done, all });
        }
      });
      if (state.stopped) return;
      const write = async (format) => {
        const text = await simulator.ask({ grade: { write: format } }, "grades");
        if (text[1].Err !== undefined) throw new Error(text[1].Err);
        return text[1].Ok;
      };
      const json = await write("json");
      const download = async (format) => {
        const [ending, type] = { csv: ["csv", "text/csv"], "csv-bom": ["csv", "text/csv"], json: ["json", "application/json"], html: ["html", "text/html"] }[format];
        save(`grades.${ending}`, format === "json" ? json : await write(format), type);
      };
      grade_table({ t, body, grades: JSON.parse(json), download, again: () => { simulator.end(); show(body, form); draw_files(); } });
    } catch (error) {
      simulator?.end();
      show(body, form);
      said.replaceChildren(h("p.x-problem", {}, t("grade.failed", { error: error.message })));
    }
  }

  show(body, form);
  return () => {
    state.stopped = true;
    simulator?.end();
  };
}
