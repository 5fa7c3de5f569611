// Exercises: doing them, handing in, opening and writing packs, grading, and the unit of a learning platform.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DESK, PHONE, page_address, paste, shows } from "./page.mjs";

export const tests = {};

const SOLVED = "FROM debian:12-slim\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*\nENTRYPOINT [\"curl\", \"--version\"]\n";
const EXERCISE = "#exercise=layers/remove-in-the-same-layer";

async function open_exercise(page) {
  await page.locator("#goal-next").waitFor();
  await page.locator(".cm-line", { hasText: "FROM debian:12-slim" }).first().waitFor();
}

async function solve(page) {
  await paste(page, SOLVED);
  await page.locator(".x-solved").waitFor();
}

tests.an_exercise_is_failed_hinted_at_solved_and_left = async ({ page }) => {
  await page.click("#open-exercises");
  await page.locator(".x-row[data-slug='packs/layers/remove-in-the-same-layer']").click();
  await open_exercise(page);
  await shows(page.locator("#goal-next"), /No layer holds the package lists[\s\S]*Now: /);
  assert.equal(await page.locator("[data-goal=curl-works]").getAttribute("data-state"), "reached");
  assert.equal(await page.locator(".x-hints li").count(), 0);
  await page.click("#show-hint");
  await shows(page.locator(".x-hints"), /Each RUN makes a layer of its own/);
  assert.equal(await page.locator(".x-explanation").isVisible(), false);
  await solve(page);
  await shows(page.locator(".x-success"), /Solved[\s\S]*MB[\s\S]*2 layers|Solved[\s\S]*MB[\s\S]*1 layer/);
  await shows(page.locator(".x-explanation"), /A layer holds what one step changed/);
  await page.click("#next-exercise");
  await shows(page.locator("#exercise-title"), /A chown that doubles a file/);
  await page.click("#exercise-list");
  await shows(page.locator(".x-meter"), /1 of 36 done/);
  assert.equal(await page.locator(".x-row[data-slug='packs/layers/remove-in-the-same-layer']").getAttribute("data-state"), "done");
  // The person's own files come back.
  await page.click("#close-exercises");
  await page.locator(".cm-line", { hasText: "FROM golang:latest AS builder" }).waitFor();
};

tests.work_stays_after_a_reload_and_a_restart_is_taken_back = async ({ fresh }) => {
  const page = await fresh(DESK, `${page_address}${EXERCISE}`);
  await open_exercise(page);
  await solve(page);
  await page.reload();
  await page.locator(".x-solved").waitFor();
  await shows(page.locator(".cm-content"), /curl && rm -rf/);
  await page.click("#restart-exercise");
  await page.locator("#goal-next").waitFor();
  await page.click("#undo-restart");
  await page.locator(".x-solved").waitFor();
};

tests.the_solution_is_shown_after_asking_twice_and_counts_as_seen = async ({ fresh }) => {
  const page = await fresh(DESK, `${page_address}${EXERCISE}`);
  await open_exercise(page);
  await page.click("#show-solution");
  await shows(page.locator(".x-sure"), /counts as solved with help/);
  await page.click("#solution-anyway");
  await shows(page.locator(".x-solution"), /curl && rm -rf/);
  await page.click("#use-solution");
  await page.locator(".x-solved").waitFor();
  await page.click("#exercise-list");
  assert.equal(await page.locator(".x-row[data-slug='packs/layers/remove-in-the-same-layer']").getAttribute("data-state"), "seen");
};

async function submission(page, student) {
  await page.locator("#hand-in").click();
  await page.fill("#student-id", student);
  await page.click("#make-submission");
  await page.locator("#submission").waitFor();
  return page.locator("#submission").inputValue();
}

tests.work_is_handed_in_and_progress_moves_to_another_browser = async ({ fresh }) => {
  const page = await fresh(DESK, `${page_address}${EXERCISE}`);
  await open_exercise(page);
  await solve(page);
  const text = await submission(page, "s1");
  assert.match(text, /^stageplay:1:[\w-]+:[0-9a-f]{8}$/);
  await page.keyboard.press("Escape");
  await page.click("#exercise-list");
  await page.click(".x-menu > button");
  const saved = page.waitForEvent("download");
  await page.locator(".x-menu-list button").nth(1).click();
  const file = readFileSync(await (await saved).path());
  const other = await fresh(DESK, `${page_address}#exercises`);
  await other.locator(".x-chapter").first().waitFor();
  const chooser = other.waitForEvent("filechooser");
  await other.click(".x-menu > button");
  await other.locator(".x-menu-list button").nth(2).click();
  await (await chooser).setFiles({ name: "progress.json", mimeType: "application/json", buffer: file });
  await shows(other.locator(".x-meter"), /1 of 36 done/);
  // A damaged file changes nothing.
  const again = other.waitForEvent("filechooser");
  await other.click(".x-menu > button");
  await other.locator(".x-menu-list button").nth(2).click();
  await (await again).setFiles({ name: "x.json", mimeType: "application/json", buffer: Buffer.from("{\"exercises\":null}") });
  await shows(other.locator(".x-status"), /not a file with progress/);
  await shows(other.locator(".x-meter"), /1 of 36 done/);
};

tests.an_exercise_is_done_in_chinese_on_a_phone = async ({ fresh }) => {
  const page = await fresh({ ...PHONE, locale: "zh-CN" }, `${page_address}${EXERCISE}`);
  await page.locator("#goal-next").waitFor();
  await shows(page.locator("#goal-next"), /下一个目标[\s\S]*没有哪一层含有软件包列表[\s\S]*现在：/);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the screen");
};

const PACK = "+++\nformat = 1\ntitle = \"Say hello\"\n\n[[goals]]\nname = \"hello\"\nmessage = \"It says hello.\"\nwhen = { output-contains = \"hello\" }\n+++\nMake it say hello. ![dot](https://tracker.example/dot.png) <script>alert(1)</script> [bad](javascript:alert(1))\n\n```dockerfile id=dockerfile file=Dockerfile\nFROM alpine\n```\n\n```dockerfile solution=Dockerfile\nFROM alpine\nCMD [\"echo\", \"hello\"]\n```\n";

async function open_pack_file(page, name, text) {
  await page.click(".x-menu > button");
  await page.locator(".x-menu-list button").nth(3).click();
  await page.setInputFiles("#pack-file", { name, mimeType: "text/plain", buffer: Buffer.from(text) });
}

tests.a_pack_from_a_file_is_done_and_nothing_of_it_runs_or_is_loaded = async ({ fresh }) => {
  const asked = [];
  const page = await fresh(DESK, `${page_address}#exercises`, (page) => page.on("request", (request) => asked.push(request.url())));
  await page.locator(".x-chapter").first().waitFor();
  await open_pack_file(page, "say-hello.md", PACK);
  await page.locator("#goal-next").waitFor();
  await shows(page.locator(".x-task"), /Make it say hello\. dot <script>alert\(1\)<\/script> bad/);
  assert.equal(await page.locator(".x-task a, .x-task img, .x-task script").count(), 0);
  await paste(page, "FROM alpine\nCMD [\"echo\", \"hello\"]\n");
  await page.locator(".x-solved").waitFor();
  assert.ok(!asked.some((url) => url.includes("tracker.example")), asked.join("\n"));
  await page.click("#exercise-list");
  await shows(page.locator(".x-row[data-slug='own/say-hello']"), /Say hello/);
};

tests.hostile_packs_are_refused_with_a_reason = async ({ fresh }) => {
  const page = await fresh(DESK, `${page_address}#exercises`);
  await page.locator(".x-chapter").first().waitFor();
  const bad = [
    ["x.json", "{}"], ["x.json", "["], ["x.md", "nothing"],
    ["x.json", JSON.stringify({ stageplay_pack: 1, name: "x", files: [{ path: "../../etc/passwd", text: "x" }] })],
    ["x.json", JSON.stringify({ stageplay_pack: 9, name: "x", files: [] })],
    ["x.json", JSON.stringify({ stageplay_pack: 1, name: "<img src=x onerror=alert(1)>", files: [{ path: "pack.toml", text: "format = 99" }] })],
  ];
  for (const [name, text] of bad) {
    await open_pack_file(page, name, text);
    await page.locator(".x-dialog .x-problem, .x-dialog .x-problems li").first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".x-dialog").waitFor({ state: "detached" });
  }
};

tests.a_link_to_a_pack_loads_it_only_when_the_person_says_so = async ({ fresh }) => {
  const asked = [];
  const page = await fresh(DESK, `${page_address}?pack=https%3A%2F%2Fraw.githubusercontent.com%2Fteacher%2Fpacks%2Fmain%2Fsay-hello.md`, async (page) => {
    page.on("request", (request) => asked.push(request.url()));
    await page.route("https://raw.githubusercontent.com/**", (route) => route.fulfill({ status: 200, contentType: "text/plain", headers: { "access-control-allow-origin": "*" }, body: PACK }));
  });
  await shows(page.locator(".x-dialog"), /raw\.githubusercontent\.com\/teacher/);
  assert.ok(!asked.some((url) => url.startsWith("https://raw.githubusercontent.com")));
  await page.click("#load-pack");
  await shows(page.locator("#exercise-title"), /Say hello/);
};

tests.presenter_mode_goes_by_arrow_keys_and_hides_the_explanation = async ({ fresh }) => {
  const page = await fresh(DESK, `${page_address}${EXERCISE}`);
  await open_exercise(page);
  await page.click(".x-menu > button");
  await page.locator(".x-menu-list button").first().click();
  const steps = page.locator(".x-step");
  await shows(steps, /Somebody noticed/);
  const size = () => steps.evaluate((one) => parseFloat(getComputedStyle(one).fontSize));
  const before = await size();
  await page.keyboard.press("+");
  assert.ok((await size()) > before && before > 20, `${before}`);
  for (let at = 0; at < 12; at += 1) await page.keyboard.press("ArrowRight");
  await page.locator("#present-explanation").waitFor();
  assert.ok(!/A layer holds what/.test(await steps.innerText()) && !/rm -rf \/var/.test(await steps.innerText()));
  // The button has the focus, and the keys go on working after it is gone.
  await page.keyboard.press("Enter");
  await shows(steps, /Whatever a step does not need|A layer holds what/);
  await page.keyboard.press("Home");
  await shows(steps, /Somebody noticed/);
  await page.keyboard.press("ArrowRight");
  await shows(steps, /Dockerfile[\s\S]*FROM debian:12-slim/);
  await page.keyboard.press("Escape");
  await page.locator(".x-present").waitFor({ state: "detached" });
};

tests.an_exercise_is_written_checked_tried_and_saved = async ({ fresh }) => {
  const page = await fresh(DESK);
  await paste(page, "FROM alpine\nCMD [\"echo\", \"hallo\"]\n");
  await page.click("#open-exercises");
  await page.locator(".x-chapter").first().waitFor();
  await page.click(".x-menu > button");
  await page.locator(".x-menu-list button").nth(4).click();
  await page.locator("#tool-author").waitFor();
  await page.click("#take-start");
  await page.fill("#author-heading-en", "Say \"hello\"");
  await page.fill("#author-text-en", "Make it say hello.");
  await page.fill("#goal-message-0-en", "It says hello.");
  await page.locator(".t-condition select").first().selectOption("output-contains");
  await page.locator(".t-condition input:not([type])").first().fill("hello");
  await page.click("#check-pack");
  await shows(page.locator("#check-result"), /no solution/);
  await page.click("#close-tool");
  await paste(page, "FROM alpine\nCMD [\"echo\", \"hello\"]\n");
  await page.click(".x-menu > button");
  await page.locator(".x-menu-list button").nth(4).click();
  await page.click("#take-solution");
  await page.click("#check-pack");
  await shows(page.locator("#check-result"), /Nothing is wrong/);
  await shows(page.locator(".t-source"), /output-contains = "hello"/);
  for (const id of ["save-pack", "save-folder"]) {
    const saved = page.waitForEvent("download");
    await page.click(`#${id}`);
    assert.match((await saved).suggestedFilename(), /^my-exercise\.(json|zip)$/);
  }
  await page.click("#try-exercise");
  await shows(page.locator("#exercise-title"), /Say "hello"/);
  await paste(page, "FROM alpine\nCMD [\"echo\", \"hello\"]\n");
  await page.locator(".x-solved").waitFor();
};

tests.faults_of_a_pack_have_places = async ({ fresh }) => {
  const page = await fresh(DESK, `${page_address}#author`);
  await page.locator("#tool-author").waitFor();
  await page.click("#take-start");
  await page.locator(".t-condition select").first().selectOption("path-in-image");
  await page.locator(".t-condition input:not([type])").first().fill("relative");
  await page.click("#check-pack");
  await shows(page.locator("#check-result"), /Goal 1: [\s\S]*relative is not absolute/);
  assert.ok((await page.locator(".t-source .fault").count()) > 0);
};

tests.three_hundred_submissions_are_graded_in_the_page = async ({ fresh }) => {
  const page = await fresh(DESK, `${page_address}${EXERCISE}`);
  await open_exercise(page);
  await solve(page);
  // The page makes a submission for each student, all with other work.
  const texts = await page.evaluate(async (solved) => {
    const worker = new Worker(document.querySelector("meta[name=stageplay-worker]").content, { type: "module" });
    const all = [];
    await new Promise((done) => {
      let number = 0;
      const next = () => {
        number += 1;
        if (number > 300) return done();
        const text = solved.replace("ENTRYPOINT", `LABEL student=${number}\nENTRYPOINT`);
        const work = { pack: "remove-in-the-same-layer", digest: "sha256:x", files: [{ path: "Dockerfile", text }] };
        worker.postMessage([JSON.stringify({ number, request: { exercise: JSON.stringify({ submit: { student: `s${number}`, name: "", work: [work] } }) } })]);
      };
      worker.onmessage = ({ data }) => {
        if (data === "ready") return next();
        for (const event of (data.startsWith("{") ? JSON.parse(data) : {}).events ?? []) {
          const told = event.exercise && JSON.parse(event.exercise);
          if (told?.submission) { all.push(told.submission.Ok); next(); }
        }
      };
    });
    worker.terminate();
    return all;
  }, SOLVED);
  assert.equal(texts.length, 300);
  await page.click("#exercise-list");
  await page.click(".x-menu > button");
  await page.locator(".x-menu-list button").nth(5).click();
  await page.selectOption("#grade-packs", "packs/layers/remove-in-the-same-layer");
  const hostile = "stageplay:1:AAAA:00000000\n=cmd|' /C calc'!A1,homework\n";
  await page.setInputFiles("#grade-files", [
    { name: "all.txt", mimeType: "text/plain", buffer: Buffer.from(texts.join("\n")) },
    { name: "bad.txt", mimeType: "text/plain", buffer: Buffer.from(hostile) },
  ]);
  const start = Date.now();
  await page.click("#start-grading");
  await page.locator("#grade-summary").waitFor({ timeout: 240_000 });
  console.log(`    300 submissions graded in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  await shows(page.locator("#grade-summary"), /300 students · 300 with all goals · 1 submission cannot be read/);
  assert.equal(await page.locator(".t-table tbody tr").count(), 301);
  await page.fill("#find-student", "s299");
  assert.equal(await page.locator(".t-table tbody tr").count(), 1);
  await page.locator(".t-table tbody button").click();
  await shows(page.locator(".t-detail"), /Work of s299[\s\S]*LABEL student=299/);
  await page.fill("#find-student", "");
  await page.selectOption("#show-students", "errors");
  const saved = page.waitForEvent("download");
  await page.click("#save-csv");
  const csv = readFileSync(await (await saved).path(), "utf8");
  assert.match(csv, /^student,name,points,max,curl-works,no-lists,check-is-silent,status,first-miss,warnings,error,source\r\n/);
  assert.equal(csv.trimEnd().split("\r\n").length, 302);
};

tests.on_a_phone_success_is_told_in_the_editor_and_leads_to_the_exercise = async ({ fresh }) => {
  const page = await fresh(PHONE, `${page_address}${EXERCISE}`);
  await page.locator(".x-goals li[data-state]").first().waitFor();
  await page.locator("nav.panels").getByRole("button", { name: "Editor" }).click();
  await paste(page, SOLVED);
  await shows(page.locator("#toast"), /Solved/);
  await page.locator("#toast").getByRole("button", { name: "Show the exercise" }).click();
  await shows(page.locator(".x-solved"), /Solved/);
  await shows(page.locator(".x-explanation"), /A layer holds/);
};
