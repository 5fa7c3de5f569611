// Embeds in other people's pages, in a real browser: `node tests/embed/main.mjs DIST [name…]`, DIST the built page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { launch, watched_page } from "../chromium.mjs";
import { host } from "./server.mjs";
import { ANSWER, GO, MAIN, element, post } from "./pages.mjs";
import { frames } from "./frames.mjs";
import { hosting } from "./hosting.mjs";
import { hostile } from "./hostile.mjs";

const [dist, ...only] = process.argv.slice(2);
const browser = await launch();
const FOLDER = "/blog/play/";
const tests = {};

/** Waits until the first element of a page has a result. */
export const result = (page, at = 0) => page.waitForFunction((index) => document.querySelectorAll("stage-play")[index]?.report, at, { timeout: 60_000 });
const open = async (page) => {
  await page.getByRole("button", { name: "Try it" }).first().click();
  await page.locator(".panel .verdict[data-verdict]:not([data-verdict=''])").first().waitFor();
};
const verdict = (page, wanted) => page.locator(`.panel .verdict[data-verdict=${wanted}]`).first().waitFor({ timeout: 20_000 });

/** Replaces the text of the editor. */
async function write(page, text) {
  const area = page.locator(".editor textarea").first();
  await area.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

tests.before_it_is_touched_a_page_loads_less_than_10_kb_and_no_simulator = async ({ visit, site }) => {
  const page = await visit(element("", ANSWER));
  await page.getByRole("button", { name: "Try it" }).waitFor();
  await page.waitForTimeout(500);
  const loaded = site.asked.filter((path) => path.startsWith(FOLDER));
  const bytes = loaded.reduce((sum, path) => sum + brotliCompressSync(readFileSync(`${dist}/${path.slice(FOLDER.length)}`)).length, 0);
  assert.ok(loaded.length >= 2 && bytes < 10_000, `${bytes} bytes: ${loaded}`);
  assert.equal(page.workers().length, 0);
  console.log(`    ${bytes} bytes with brotli`);
};

tests.the_author_s_text_and_the_recorded_answer_are_readable_without_scripts = async ({ browser, address }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(address(element("", ANSWER)));
  const text = await page.locator("stage-play").innerText();
  assert.match(text, /FROM golang AS build[\s\S]*ListenAndServe[\s\S]*Builds, but does not start/);
  await context.close();
};

tests.ten_embeds_share_one_worker_move_nothing_and_keep_the_page_quick = async ({ visit }) => {
  const some = Array.from({ length: 10 }, (_, at) => element("", at % 3 === 1 ? ANSWER : "") + "<p>Words between.</p>".repeat(12));
  // One that is open from the start has the room that its author's style gives it.
  const style = "<style>stage-play[open] { display: block; min-height: 720px; }</style>";
  const page = await visit(`${style}${element("open")}${some.slice(1).join("\n")}`, {}, async (page) => {
    await page.addInitScript(() => {
      globalThis.shifts = [];
      globalThis.tasks = [];
      new PerformanceObserver((list) => shifts.push(...list.getEntries().filter((entry) => !entry.hadRecentInput).map((entry) => [entry.value, ...entry.sources.map(({ node, previousRect: from, currentRect: to }) => `${node?.nodeName}.${node?.className}: ${[from.x, from.y, from.width, from.height]} to ${[to.x, to.y, to.width, to.height]}`)]))).observe({ type: "layout-shift", buffered: true });
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => [entry.startTime, entry.duration]))).observe({ type: "longtask", buffered: true });
    });
  });
  await result(page);
  const began = await page.evaluate(() => performance.now());
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let at = 0; at < height; at += 250) {
    await page.mouse.wheel(0, 250);
    await page.waitForTimeout(60);
  }
  // Those with a recorded answer wait for a touch.
  await page.waitForFunction(() => [...document.querySelectorAll("stage-play")].filter((one) => one.report).length >= 7, null, { timeout: 60_000 });
  await page.locator("stage-play").nth(1).getByRole("button", { name: "Try it" }).click();
  await result(page, 1);
  assert.equal(page.workers().length, 1, "one worker");
  assert.deepEqual(await page.evaluate(() => shifts), [], "nothing moves");
  const slow = await page.evaluate((from) => tasks.filter(([start]) => start > from).map(([, duration]) => duration), began);
  const longest = Math.max(0, ...slow);
  console.log(`    longest task while scrolling: ${longest} ms`);
  // On a machine that does something else at the same time a task lasts longer than it works.
  assert.ok(longest < Number(process.env.STAGEPLAY_TASK_MS ?? 50), `tasks of ${slow} ms`);
};

tests.a_reader_edits_applies_a_fix_resets_and_takes_the_text_along = async ({ visit }) => {
  const page = await visit(element('view="editor start"'));
  await result(page);
  assert.match(await page.locator(".chip").innerText(), /does not start/);
  await open(page);
  await verdict(page, "fails");
  await page.locator("[data-fix=static-go]").click();
  await verdict(page, "starts");
  assert.match(await page.locator(".editor textarea").inputValue(), /CGO_ENABLED=0/);
  const [, data] = (await page.locator("a.link").getAttribute("href")).split("#w=");
  const workspace = JSON.parse(Buffer.from(data, "base64url").toString());
  assert.match(workspace.files.find((file) => file.path === "Dockerfile").text, /CGO_ENABLED=0/);
  assert.equal(workspace.files.find((file) => file.path === "main.go").text, MAIN);
  // A reset can be taken back, and the browser's undo works.
  await page.getByRole("button", { name: "Reset" }).click();
  await verdict(page, "fails");
  assert.equal(await page.locator(".editor textarea").inputValue(), GO);
  await page.getByRole("button", { name: "Undo reset" }).click();
  await verdict(page, "starts");
  await page.getByRole("tab", { name: "main.go" }).click();
  assert.equal(await page.locator(".editor textarea").inputValue(), MAIN);
  await page.getByRole("tab", { name: "Dockerfile" }).click();
  await write(page, "FROM alpine\nRUN false\n");
  await verdict(page, "error");
  await page.locator(".line.error").waitFor();
};

tests.a_link_of_an_embed_opens_in_the_page = async ({ visit }) => {
  const page = await visit(element());
  await result(page);
  await open(page);
  await write(page, "FROM alpine\nCMD [\"echo\", \"from an embed\"]\n");
  await verdict(page, "starts");
  const link = await page.locator("a.link").evaluate((one) => one.href);
  await page.goto(link);
  await page.locator(".cm-line", { hasText: "from an embed" }).waitFor({ timeout: 30_000 });
};

tests.attributes_change_live_and_events_tell_what_happens = async ({ visit }) => {
  const page = await visit(element('view="editor start"'), {}, (page) => page.addInitScript(() => {
    globalThis.told = [];
    for (const name of ["ready", "change", "result"]) addEventListener(name, (event) => event.target.localName === "stage-play" && told.push([name, event.detail]));
    document.addEventListener("DOMContentLoaded", () => document.querySelector("stage-play").addEventListener("error", (event) => told.push(["error", event.detail])));
  }));
  await result(page);
  await open(page);
  const names = () => page.evaluate(() => told.map(([name]) => name));
  assert.deepEqual(await names(), ["ready", "result"]);
  const set = (values) => page.evaluate((values) => Object.assign(document.querySelector("stage-play"), values), values);
  await set({ target: "build" });
  await page.waitForFunction(() => document.querySelector("stage-play").report.stages[0].built && !document.querySelector("stage-play").report.stages[1].built);
  await set({ target: null, engine: "docker-17.09", date: "2018-01-08" });
  await page.waitForFunction(() => document.querySelector("stage-play").report.bases.some((base) => base.as_of === "2018-01-08"));
  await set({ language: "zh-CN", theme: "dark", view: "layers stages", readonly: true });
  await page.getByText("在 Stageplay 中打开").waitFor();
  assert.deepEqual(await page.locator(".tab-row [role=tab]").allInnerTexts(), ["层", "阶段"]);
  assert.equal(await page.locator(".editor").count(), 0);
  assert.ok(await page.locator(".root.dark").count());
  await set({ height: "500" });
  assert.ok(Math.abs(await page.locator(".view").evaluate((view) => view.clientHeight) - 500) < 30);
  await set({ engine: "podman" });
  await page.waitForFunction(() => told.some(([name, detail]) => name === "error" && detail.code === "request" && detail.message.includes("podman")));
  await page.getByRole("button", { name: "重试" }).waitFor();
  // Methods: files, run, reset.
  await set({ engine: "docker-28", date: null, language: "en", view: "editor start", readonly: false });
  const report = await page.evaluate(async () => {
    const play = document.querySelector("stage-play");
    play.files = { Dockerfile: "FROM alpine\nCMD [\"echo\", \"hi\"]\n" };
    return (await play.run()).run;
  });
  assert.deepEqual([report.verdict, report.stdout], ["starts", "hi\n"]);
  const change = await page.evaluate(() => told.filter(([name]) => name === "change").at(-1)[1]);
  assert.deepEqual(change, { files: { Dockerfile: "FROM alpine\nCMD [\"echo\", \"hi\"]\n" }, isOriginal: false });
  assert.equal(await page.evaluate(() => { try { document.querySelector("stage-play").files = { "../x": "" }; } catch (error) { return error.name; } }), "TypeError");
  assert.equal(await page.evaluate(async () => { const play = document.querySelector("stage-play"); await play.reset(); return play.files["main.go"]; }), MAIN);
};

tests.a_lesson_tells_its_goals = async ({ visit }) => {
  const page = await visit('<stage-play lesson="layers/remove-in-the-same-layer" open></stage-play>', {}, (page) => page.addInitScript(() => {
    globalThis.goals = [];
    addEventListener("goal", (event) => goals.push(event.detail));
  }));
  await page.locator(".goals li").first().waitFor({ timeout: 60_000 });
  const text = await page.locator(".editor textarea").inputValue();
  assert.match(text, /FROM /);
  const before = await page.locator(".goals li[data-standing=missed]").count();
  assert.ok(before > 0, "the start misses a goal");
  const solution = readFileSync("www/packs/layers/remove-in-the-same-layer/solution/Dockerfile", "utf8");
  await write(page, solution);
  await page.getByText("Solved").waitFor({ timeout: 30_000 });
  const goals = await page.evaluate(() => goals);
  assert.ok(goals.length > 0 && goals.at(-1).isReached && goals.at(-1).isSolved, JSON.stringify(goals));
  const packs = readFileSync(`${dist}/embed/${(await page.evaluate(() => import("/blog/play/stage-play.mjs").then(({ VERSION }) => `v${VERSION}`)))}/packs/layers/remove-in-the-same-layer.json`, "utf8");
  assert.ok(!packs.includes('"solution/'), "no solution is sent to readers");
};

tests.the_terminal_works_on_the_same_files = async ({ visit }) => {
  const page = await visit(element('view="editor terminal"'));
  await open(page);
  const line = page.getByRole("textbox", { name: "Command" });
  const run = async (command) => {
    await line.fill(command);
    await page.keyboard.press("Enter");
  };
  await run("docker build -q -t app . && docker run app");
  await page.locator(".log", { hasText: "exec /app: no such file or directory" }).waitFor({ timeout: 30_000 });
  await run("echo new > note.txt");
  await page.getByRole("tab", { name: "note.txt" }).click();
  assert.equal(await page.locator(".editor textarea").inputValue(), "new\n");
  await line.focus();
  await page.keyboard.press("ArrowUp");
  assert.equal(await line.inputValue(), "echo new > note.txt");
};

tests.two_dockerfiles_are_compared = async ({ visit }) => {
  const page = await visit('<stage-play view="compare" compare="old.Dockerfile"><pre data-file="old.Dockerfile">FROM debian:12\nCMD ["ls"]</pre><pre data-file="Dockerfile">FROM alpine\nCMD ["ls"]</pre></stage-play>');
  await open(page);
  const table = page.locator("table.compare");
  await table.waitFor({ timeout: 30_000 });
  assert.match(await table.innerText(), /old\.Dockerfile[\s\S]*Size[\s\S]*−1\d\dMB/);
};

tests.everything_works_by_keyboard_and_tab_leaves_the_editor = async ({ visit }) => {
  const page = await visit(`${element()}<a href="#next" id="next">Next</a>`);
  await result(page);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator(".panel").waitFor();
  const focus = () => page.evaluate(() => { const at = document.activeElement?.shadowRoot?.activeElement; return at && (at.getAttribute("role") ?? at.localName); });
  await page.waitForFunction(() => document.activeElement?.shadowRoot?.activeElement?.localName === "textarea");
  await page.keyboard.type("# note\n");
  await page.waitForFunction(() => document.querySelector("stage-play").files.Dockerfile.startsWith("# note\nFROM"));
  await page.keyboard.press("Tab");
  assert.equal(await focus(), "tab");
  await page.keyboard.press("ArrowRight");
  await page.locator("svg.graph").waitFor();
  assert.equal(await focus(), "tab");
  for (let at = 0; at < 3; at += 1) await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "next", "the keyboard leaves the element");
};

tests.axe_finds_nothing_light_or_dark_on_a_desk_or_a_phone = async ({ visit }) => {
  const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
  for (const [width, dark] of [[1280, false], [1280, true], [375, false], [375, true]]) {
    const page = await visit(element('view="editor start stages layers terminal compare"') + element("", ANSWER), {}, async (page) => {
      await page.setViewportSize({ width, height: 740 });
      if (dark) await page.addInitScript(() => document.addEventListener("DOMContentLoaded", () => { document.body.style.background = "#111"; document.body.style.color = "#eee"; }));
    });
    await result(page);
    await open(page);
    await page.evaluate(axe);
    for (const tab of ["start", "stages", "layers", "terminal", "compare"]) {
      await page.locator(`.tab-row [data-tab=${tab}]`).first().click();
      const { violations } = await page.evaluate(() => axe.run("stage-play", { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
      assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120) + " " + node.any.map((any) => any.message))}`), [], `${tab} ${width} ${dark}`);
    }
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `nothing is wider than ${width}`);
  }
};

Object.assign(tests, hosting, frames, hostile);

let [passed, failed] = [0, 0];
for (const [name, test] of Object.entries(tests)) {
  if (only.length && !only.includes(name)) continue;
  const contexts = [];
  const errors = [];
  const site = await host({ folders: { [FOLDER]: `${dist}/` } });
  let count = 0;
  /** The address of a post with something in it. */
  const address = (body, head = "") => {
    const path = `/post-${(count += 1)}`;
    site.pages[path] = post(FOLDER, body, head);
    return site.origin + path;
  };
  const goto = async (url, options = {}, prepare = () => {}) => {
    const page = await watched_page(browser, { viewport: { width: 1280, height: 800 }, ...options }, 20_000, contexts, errors);
    await prepare(page);
    await page.goto(url);
    return page;
  };
  const visit = (body, options, prepare) => goto(address(body), options, prepare);
  const began = Date.now();
  try {
    await test({ browser, site, address, goto, visit, open, result, verdict, write, dist, errors, FOLDER });
    assert.deepEqual(errors, [], "errors on the page");
    passed += 1;
    console.log(`  ok      ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`  FAILED  ${name}\n${error.stack}`);
  }
  for (const context of contexts) await context.close();
  site.close();
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
