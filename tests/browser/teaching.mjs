// What teachers and students are told of hidden goals and of faults, and packs that mean no good.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DESK, PHONE, page_address, paste, shows } from "./page.mjs";

export const tests = {};

const SMALL = 'format = 1\ntitle = "Say hello"\nhidden-goals = { count = 2, points = 4 }\n\n[[goals]]\nname = "hello"\nmessage = "It says hello."\nwhen = { output-contains = "hello" }\n\n[[goals]]\nname = "small"\nhidden = true\nmessage = "It is small."\nwhen = { size-under = "20MB" }\n';
const HELLO = "FROM alpine\nCMD [\"echo\", \"hello\"]\n";
const bundle = (toml, more = [], name = "say-hello") => JSON.stringify({ stageplay_pack: 1, name, files: [
  { path: "pack.toml", text: toml }, { path: "en.md", text: "Make it say hello." }, { path: "start/Dockerfile", text: "FROM debian:12-slim\n" }, ...more] });

async function open_pack(page, name, text) {
  await page.click(".x-menu > button");
  await page.locator(".x-menu-list button").nth(3).click();
  await page.setInputFiles("#pack-file", { name, mimeType: "text/plain", buffer: Buffer.from(text) });
}

async function exercises(fresh, options = DESK) {
  const page = await fresh(options, `${page_address}#exercises`);
  await page.locator(".x-chapter").first().waitFor();
  return page;
}

tests.students_are_told_how_many_goals_are_hidden_and_not_what_they_ask = async ({ fresh }) => {
  const page = await exercises(fresh);
  await open_pack(page, "say-hello.json", bundle(SMALL));
  await shows(page.locator("#hidden-goals"), /3 more goals \(5 points\) are not shown here/);
  await paste(page, HELLO);
  await shows(page.locator(".x-solved"), /All goals that are shown are reached/);
  assert.ok(!(await page.locator(".x-root").innerText()).includes("It is small"));
  await page.click("#hand-in");
  await page.fill("#student-id", "s1");
  await page.click("#make-submission");
  const text = await page.locator("#submission").inputValue();
  await page.keyboard.press("Escape");
  // The grade has a column for each goal of the edition with which it is graded, and says which were hidden.
  await page.evaluate(() => { location.hash = "#grade"; });
  await page.locator("#grade-packs").waitFor();
  await page.setInputFiles("#grade-pack-file", { name: "say-hello.json", mimeType: "text/plain", buffer: Buffer.from(bundle(SMALL)) });
  await page.fill("#grade-paste", text);
  await page.click("#start-grading");
  await shows(page.locator("#grade-summary"), /^1 student · 1 with all goals/);
  await shows(page.locator("#sort-goal-small"), /hidden from students/);
  await page.locator(".t-table tbody button").click();
  await shows(page.locator(".t-work"), /It is small\.[\s\S]*hidden from students/);
};

tests.an_address_behind_the_open_page_opens_the_tools = async ({ page }) => {
  await page.evaluate(() => { location.hash = "#author"; });
  await page.locator("#tool-author").waitFor();
  await page.click("#close-tool");
  await page.evaluate(() => { location.hash = "#grade"; });
  await page.locator("#tool-grade").waitFor();
};

tests.a_fault_leads_to_the_part_of_the_form_that_it_is_about = async ({ fresh }) => {
  const page = await fresh(DESK, `${page_address}#author`);
  await page.click("#take-start");
  await page.fill("#author-heading-en", "A heading");
  await page.fill("#goal-message-0-en", "It starts.");
  await page.click("#add-goal");
  await page.fill("#goal-message-1-en", "It says hello.");
  await page.click("#check-pack");
  await shows(page.locator("#check-result"), /1 problem\n[\s\S]*Goal 2: the condition is empty/);
  await page.locator("#check-result button").click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "goals-1");
  // The button is readable under the pointer.
  await page.hover("#check-pack");
  const [text, ground] = await page.locator("#check-pack").evaluate((one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]);
  assert.notEqual(text, ground);
};

tests.the_tools_of_teachers_fit_a_phone_in_chinese = async ({ fresh }) => {
  for (const [hash, tool] of [["#author", "#take-start"], ["#grade", "#start-grading"]]) {
    const page = await fresh({ ...PHONE, locale: "zh-CN" }, page_address + hash);
    await page.locator(tool).waitFor();
    const wide = await page.evaluate(() => [...document.querySelectorAll(".t-tool *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".t-source, .t-table, .x-hidden")).map((one) => one.outerHTML.slice(0, 100)));
    assert.deepEqual(wide, []);
  }
};

tests.packs_that_ask_for_too_much_are_refused_and_the_page_goes_on = async ({ fresh }) => {
  const page = await exercises(fresh);
  const hints = (count) => '[[hints]]\nwhen = "builds"\ntext = "x"\n'.repeat(count);
  const markdown = (text) => bundle(SMALL).replace("Make it say hello.", JSON.stringify(text).slice(1, -1));
  const bad = [
    "[".repeat(500_000), '{"a":'.repeat(200_000), '{"stageplay_pack":1e999,"name":"x","files":[]}',
    bundle(SMALL + hints(40_000)), bundle(`setup = [${'"while true; do :; done",'.repeat(1_000)}]\n${SMALL}`),
    bundle(`languages = [${'"en",'.repeat(1_000)}]\n${SMALL}`), bundle(`arguments = ${"[".repeat(50_000)}\n${SMALL}`), bundle(`${"a.".repeat(50_000)}b = 1\n${SMALL}`),
    bundle(SMALL.replace('{ output-contains = "hello" }', `${"{ not = ".repeat(5_000)}"starts"${" }".repeat(5_000)}`)),
    markdown("```console id=c\n$ while true; do :; done\n```\n".repeat(501)), markdown("# a\n".repeat(100_000)),
    bundle(SMALL, [{ path: "start/a\u202etxt.exe", text: "x" }]), bundle(SMALL, [{ path: "start\\..\\x", text: "x" }]), bundle(SMALL, [{ path: "start/Dockerfile/x", text: "x" }]),
    bundle(SMALL, Array.from({ length: 6_000 }, (_, at) => ({ path: `start/${at}`, text: "" }))),
    bundle(`engine = "${"x".repeat(1_000_000)}"\n${SMALL}`),
  ];
  for (const text of bad) {
    await open_pack(page, "x.json", text);
    const problem = page.locator(".x-dialog .x-problem, .x-dialog .x-problems li").first();
    await problem.waitFor();
    assert.ok((await problem.innerText()).length < 1_000);
    await page.keyboard.press("Escape");
    await page.locator(".x-dialog").waitFor({ state: "detached" });
  }
  await open_pack(page, "say-hello.json", bundle(SMALL));
  await page.locator("#goal-next").waitFor();
};

tests.texts_of_a_pack_are_shown_as_texts_however_many = async ({ fresh }) => {
  const asked = [];
  const page = await exercises(fresh);
  page.on("request", (request) => asked.push(request.url()));
  const title = "<img src=x onerror=alert(1)>".repeat(40);
  const text = `${"> ".repeat(20_000)}deep\n\n${"[".repeat(20_000)}\n\n|a${"|a".repeat(300)}|\n${"|-".repeat(301)}|\n${"|x\n".repeat(300)}\n<iframe src="https://tracker.example/"></iframe> <stage-play></stage-play> [x](data:text/html,x) [y](//tracker.example/y) ![z](https://tracker.example/z.png)`;
  const toml = SMALL.replace("Say hello", title).replace("It says hello.", `<script>alert(1)</script> ${"long ".repeat(500)}`);
  await open_pack(page, "x.json", bundle(toml).replace("Make it say hello.", JSON.stringify(text).slice(1, -1)));
  await page.locator("#goal-next").waitFor({ timeout: 20_000 });
  await shows(page.locator("#exercise-title"), /^<img src=x/);
  assert.equal(await page.locator(".x-root img, .x-root iframe, .x-root script, .x-root stage-play, .x-task a").count(), 0);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the screen");
  assert.ok(!asked.some((url) => url.includes("tracker.example")), asked.join("\n"));
};

tests.submissions_are_dropped_in_folders = async ({ fresh }) => {
  const page = await exercises(fresh);
  await page.evaluate(() => { location.hash = "#grade"; });
  await page.locator("#grade-packs").waitFor();
  const folder = mkdtempSync(join(tmpdir(), "stageplay-drop-"));
  try {
    mkdirSync(join(folder, "monday/later"), { recursive: true });
    for (const [name, text] of [["monday/one.txt", "stageplay:1:AAAA:00000000\n"], ["monday/later/two.txt", "stageplay:1:BBBB:00000000\n"]]) writeFileSync(join(folder, name), text);
    const place = await page.locator(".t-drop").boundingBox();
    const session = await page.context().newCDPSession(page);
    const at = { x: place.x + 20, y: place.y + 20, data: { items: [], files: [join(folder, "monday")], dragOperationsMask: 1 } };
    for (const type of ["dragEnter", "dragOver", "drop"]) await session.send("Input.dispatchDragEvent", { type, ...at });
    await shows(page.locator(".t-files"), /2 files/);
    await page.click("#start-grading");
    await shows(page.locator(".t-table tbody"), /monday\/later\/two\.txt[\s\S]*monday\/one\.txt/);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

tests.a_lesson_is_presented_step_by_step_with_its_files = async ({ fresh }) => {
  const page = await fresh(DESK, `${page_address}#lesson=today/03-not-found-on-alpine`);
  await page.locator("#present-lesson").waitFor({ timeout: 60_000 });
  await page.click("#present-lesson");
  const step = page.locator(".x-slide");
  await shows(step, /make the image of Dockerfile\.alpine start/);
  const texts = [];
  const count = Number((await page.locator(".x-count").innerText()).split(" ").at(-1));
  assert.ok(count >= 6, `${count} steps`);
  for (let at = 0; at < count; at += 1) {
    texts.push(await step.innerText());
    const fits = await page.locator(".x-step").evaluate((one) => one.scrollHeight <= one.clientHeight + 1);
    assert.ok(fits, `step ${at + 1} fits: ${texts.at(-1)}`);
    await page.keyboard.press("ArrowRight");
  }
  assert.ok(texts.some((text) => /^Dockerfile\.alpine\s+FROM alpine/.test(text)), texts.join("\n---\n"));
  assert.ok(texts.some((text) => text.includes("$ docker run myrepo/myhttpserver-alpine")));
  // It goes on where it was left.
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Escape");
  await page.locator(".x-present").waitFor({ state: "detached" });
  await page.click("#present-lesson");
  await shows(page.locator(".x-count"), /^2 of/);
};
