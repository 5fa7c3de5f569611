// What people do with the page, each deed a test. Runs in a real Chrome on the built page.
//   CHROME=/usr/bin/chromium STAGEPLAY_PAGE=http://127.0.0.1:8080/ node tests/browser/main.mjs [name…]
import { chromium } from "playwright-core";
import assert from "node:assert/strict";

const page_address = process.env.STAGEPLAY_PAGE ?? "http://127.0.0.1:8080/";
const only = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROME ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
});

const tests = {};
const DESK = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 375, height: 740 }, hasTouch: true };

const editor_text = (page) => page.locator(".cm-content").innerText();
const verdict = (page) => page.locator("#verdict .headline").getAttribute("data-verdict");
const wait_verdict = (page, wanted) => page.locator(`#verdict .headline[data-verdict=${wanted}]`).waitFor({ state: "attached", timeout: 10_000 });

// Waits until what is shown matches: a slow machine may still show what stood there before the last key.
async function shows(at, wanted) {
  const deadline = Date.now() + 10_000;
  let text = await at.innerText();
  while (!wanted.test(text) && Date.now() < deadline) {
    await at.page().waitForTimeout(20);
    text = await at.innerText();
  }
  assert.match(text, wanted);
}

// Waits until the lesson's host is set up and its Dockerfile is in the editor.
async function open_lesson(page, slug, first_line) {
  await page.locator(`#lesson-select option[value="${slug}"]`).waitFor({ state: "attached" });
  await page.selectOption("#lesson-select", slug);
  await page.locator(`.lesson[data-lesson="${slug}"]`).waitFor({ state: "attached" });
  await page.locator(".cm-line").filter({ hasText: first_line }).first().waitFor();
}

// Selects a line of the editor by its text and types another one over it.
async function change_line(page, from, to) {
  await page.locator(".cm-line", { hasText: from }).first().click();
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+End");
  await page.keyboard.type(to);
}

// What the HTML holds is seen although the page's program never comes.
tests.a_first_visit_shows_the_failure_explained_before_any_script_has_run = async () => {
  for (const [options, wanted] of [
    [{ javaScriptEnabled: false }, /asks for the loader \/lib64\/ld-linux-x86-64\.so\.2/],
    [{ locale: "en-GB" }, /asks for the loader \/lib64\/ld-linux-x86-64\.so\.2/],
    [{ locale: "zh-CN" }, /\/lib64\/ld-linux-x86-64\.so\.2[\s\S]*构建成功但不能启动|构建成功但不能启动[\s\S]*\/lib64\/ld-linux-x86-64\.so\.2/],
  ]) {
    const context = await browser.newContext({ ...DESK, ...options });
    const page = await context.newPage();
    await page.route("**/start-*.mjs", (route) => route.abort());
    await page.goto(page_address);
    await page.locator("#verdict").waitFor();
    await shows(page.locator("#verdict"), wanted);
    await shows(page.locator(".static-code"), /FROM golang:latest AS builder/);
    assert.equal(await page.locator(".cm-line").count(), 0);
    await context.close();
  }
};

tests.somebody_s_own_files_are_never_shown_with_the_example_s_result = async ({ page }) => {
  await paste(page, "FROM scratch\n");
  await page.route("**/start-*.mjs", (route) => route.abort());
  await page.reload();
  await page.locator(".loading").waitFor();
  assert.equal(await page.locator("#verdict").isVisible(), false);
};

tests.a_worker_that_fails_keeps_the_text_and_another_goes_on = async ({ page }) => {
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/other\"]");
  await shows(page.locator("#verdict"), /\/other/);
  await page.workers()[0].evaluate(() => { setTimeout(() => { throw new Error("unreachable"); }); });
  await page.locator("#simulator-stopped").waitFor();
  await shows(page.locator("#simulator-stopped"), /stopped with an error[\s\S]*Your files are kept/);
  await shows(page.locator(".cm-content"), /\/other/);
  await page.click("#restart-simulator");
  await page.locator("#simulator-stopped").waitFor({ state: "detached" });
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/server\"]");
  await page.locator(".apply[data-fix=static-go]").click();
  await wait_verdict(page, "starts");
};

tests.the_page_works_offline_and_says_its_version = async ({ fresh }) => {
  const page = await fresh(DESK);
  await shows(page.locator("#version"), /Stageplay \d+\.\d+\.\d+ · [0-9a-f]{8}/);
  await page.waitForFunction(() => navigator.serviceWorker.controller, null, { timeout: 30_000 });
  await page.context().setOffline(true);
  await page.reload();
  await page.locator(".cm-line").first().waitFor();
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/other\"]");
  await shows(page.locator("#verdict"), /\/other/);
  await page.context().setOffline(false);
};

tests.a_newcomer_sees_a_failure_explained_and_repairs_it = async ({ page }) => {
  await wait_verdict(page, "fails");
  await shows(page.locator("#verdict"), /asks for the loader \/lib64\/ld-linux-x86-64\.so\.2/);
  await page.locator(".apply[data-fix=static-go]").click();
  await wait_verdict(page, "starts");
  await shows(page.locator(".cm-content"), /CGO_ENABLED=0 go build/);
};

tests.an_edit_shows_what_runs_anew_and_why = async ({ page }) => {
  await wait_verdict(page, "fails");
  assert.equal(await page.locator("#cache").count(), 0);
  await change_line(page, "COPY main.go .", "COPY main.go ./");
  const card = page.locator("#cache");
  await card.waitFor();
  await shows(card, /COPY main\.go \.\/ runs again: the instruction changed/);
  await card.locator("summary").focus();
  await page.keyboard.press("Enter");
  await shows(card.locator("ol"), /WORKDIR \/src[\s\S]*from the cache[\s\S]*the step before it runs again/);
};

tests.the_files_of_the_image_are_searched_seen_and_saved = async ({ page }) => {
  await wait_verdict(page, "fails");
  const card = page.locator("#explorer");
  await card.locator("summary").focus();
  await page.keyboard.press("Enter");
  // By keyboard: the first folder opens with the right arrow, and its first child is the next line.
  const first = card.locator("[role=treeitem]").first();
  await first.focus();
  assert.equal(await first.getAttribute("aria-expanded"), null, "the heaviest thing is the program");
  await shows(first, /server/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await card.locator("[aria-expanded=true]").first().waitFor();
  assert.ok((await card.locator("[aria-level='2']").count()) > 0);
  await page.locator("#find-file").fill("etc/passwd");
  await card.locator("[role=treeitem]").first().click();
  await shows(card.locator("#viewed pre"), /^root:x:0:0/);
  const saved = page.waitForEvent("download");
  await page.locator("#save-file").click();
  assert.equal((await saved).suggestedFilename(), "passwd");
  await page.locator("#find-file").fill("/server");
  await card.locator("[role=treeitem]").first().click();
  await shows(card.locator("#viewed"), /ld-linux-x86-64\.so\.2/);
};

tests.packages_are_known_once_their_index_came = async ({ page }) => {
  await wait_verdict(page, "fails");
  const asked = page.waitForResponse((answer) => answer.url().endsWith("/packages/debian-12.tsv"));
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText("FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*\nCMD [\"curl\", \"--version\"]\n");
  assert.equal((await asked).status(), 200);
  await page.locator(".layers summary", { hasText: "apt-get install" }).click();
  await page.locator(".layers td", { hasText: "/usr/bin/curl" }).waitFor();
  await shows(page.locator(".layers"), /libcurl4/);
};

tests.a_lower_bound_says_what_is_not_known_and_how_it_could_be_told = async ({ page }) => {
  await wait_verdict(page, "fails");
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText("FROM node:22\nADD https://example.org/tool /tool\nCMD [\"node\", \"--version\"]\n");
  await shows(page.locator("#image-size"), /≥1\.\d+GB\s*at least/);
  await shows(page.locator("#size-parts"), /line 2\s+https:\/\/example\.org\/tool: Describe .* in \.stageplay\/answers\.json/);
  await page.click("#language");
  await shows(page.locator("#image-size"), /≥1\.\d+GB\s*至少/);
};

// Puts a text in place of the whole Dockerfile, as a person who pastes it.
async function paste(page, text) {
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

tests.a_dockerfile_of_one_s_own_finds_its_base_image = async ({ fresh }) => {
  // The worker loads them, too.
  const loaded = [];
  const page = await fresh(DESK, page_address, (page) => page.on("request", (request) => loaded.push(request.url().split("/").pop())));
  await wait_verdict(page, "fails");
  const asked = page.waitForResponse((answer) => answer.url().endsWith("/official/python.gz"));
  await paste(page, "FROM python:3.9-slim\nRUN pip --version\nCMD [\"python3\", \"--version\"]\n");
  assert.equal((await asked).status(), 200);
  assert.equal((await asked).headers()["content-encoding"], undefined);
  const base = page.locator("#bases li[data-how=derived]");
  await shows(base, /python:3\.9-slim → python:3\.9\.25-slim-trixie[\s\S]*\d+MB[\s\S]*modelled/);
  await shows(page.locator("#image-size"), /\d+MB/);
  assert.notEqual(await verdict(page), "error");
  assert.equal(await page.locator(".cm-lint-marker-error").count(), 0);
  // Its base came, too, and no family twice.
  const names = loaded;
  const families = names.filter((name) => name.endsWith(".gz"));
  assert.ok(families.includes("debian.gz"), families.join(" "));
  assert.equal(new Set(families).size, families.length, families.join(" "));
};

tests.data_that_cannot_be_loaded_is_no_failure_of_the_build_and_is_loaded_again = async ({ page }) => {
  await wait_verdict(page, "fails");
  await page.route("**/official/ruby.gz", (route) => route.fulfill({ status: 503 }));
  await paste(page, "FROM ruby:3.2-alpine\nCMD [\"ruby\", \"-v\"]\n");
  await page.locator(".image-data[data-state=failed]").waitFor();
  await wait_verdict(page, "unknown");
  assert.equal(await page.locator(".cm-lint-marker-error").count(), 0);
  await page.unroute("**/official/ruby.gz");
  await page.locator("#retry-image-data").focus();
  await page.keyboard.press("Enter");
  await page.locator("#bases li", { hasText: "ruby:3.2-alpine" }).waitFor();
  await page.locator(".image-data[data-state=failed]").waitFor({ state: "detached" });
};

tests.an_unknown_image_goes_on_and_says_what_can_be_done = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM ghcr.io/example/app:1\nRUN apk add curl\n");
  await shows(page.locator("#bases"), /ghcr\.io\/example\/app:1[\s\S]*nothing is known of it[\s\S]*stageplay catalog add/);
  assert.notEqual(await verdict(page), "error");
};

tests.the_day_changes_what_a_tag_means = async ({ page, fresh }) => {
  await wait_verdict(page, "fails");
  const base = page.locator("#bases li", { hasText: "golang:latest" });
  await page.locator("#bases summary").click();
  await shows(base, /golang:1\.2\d/);
  assert.match(await page.inputValue("#as-of"), /^202\d-/);
  await page.fill("#as-of", "2018-01-08");
  await shows(base, /golang:1\.9\.2-stretch[\s\S]*2018-01-08/);
  // It is kept with the workspace, and goes into links.
  await page.reload();
  await wait_verdict(page, "fails");
  assert.equal(await page.inputValue("#as-of"), "2018-01-08");
  await page.click("#share");
  await page.locator(".notice").waitFor();
  const other = await fresh(DESK, page.url());
  await wait_verdict(other, "fails");
  assert.equal(await other.inputValue("#as-of"), "2018-01-08");
  await other.fill("#command", "docker run golang:latest go version");
  await other.press("#command", "Enter");
  await shows(other.locator(".log"), /go version go1\.9\.2/);
  await other.locator("#as-of-clear").focus();
  await other.keyboard.press("Enter");
  await other.locator("#as-of-clear").waitFor({ state: "detached" });
  assert.match(await other.inputValue("#as-of"), /^202\d-/);
};

tests.the_editor_offers_tags_of_the_day = async ({ page }) => {
  await wait_verdict(page, "fails");
  await change_line(page, "FROM alpine", "FROM postgres:16");
  await page.locator("#bases li", { hasText: "postgres:16" }).waitFor();
  await page.keyboard.type(".");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: /^postgres:16\.\d+$/ }).first().waitFor();
};

tests.the_terminal_pulls_any_official_image = async ({ page }) => {
  await wait_verdict(page, "fails");
  await page.fill("#command", "docker pull node:18-alpine");
  await page.press("#command", "Enter");
  await shows(page.locator(".log"), /18-alpine: Pulling from library\/node[\s\S]*docker\.io\/library\/node:18-alpine/);
};

tests.build_3_fails_is_explained_and_a_fix_makes_it_start = async ({ page }) => {
  await open_lesson(page, "then/03-not-found-on-alpine", "FROM alpine:latest");
  await wait_verdict(page, "fails");
  await shows(page.locator("#image-size"), /16\.3MB/);
  await shows(page.locator("#verdict"), /standard_init_linux\.go:185: exec user process caused "no such file or directory"/);
  await shows(page.locator("#verdict"), /opens the loader \/lib64\/ld-linux-x86-64\.so\.2/);
  await shows(page.locator(".layers"), /copied up whole/);
  const before = await editor_text(page);
  await page.locator(".apply[data-fix=build-inside]").click();
  await wait_verdict(page, "starts");
  await shows(page.locator(".cm-content"), /COPY --from=builder/);
  // Undo takes the fix back.
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+z");
  await wait_verdict(page, "fails");
  assert.equal(await editor_text(page), before);
};

tests.build_6_starts_is_spoilt_by_an_edit_and_repaired_by_a_fix = async ({ page }) => {
  await open_lesson(page, "then/06-multi-stage", "FROM golang:alpine AS builder");
  await wait_verdict(page, "starts");
  await shows(page.locator("#image-size"), /16\.3MB/);
  assert.equal(await page.locator("svg.stages g.stage").count(), 2);
  assert.match(await page.locator("svg.stages").innerText().catch(() => page.locator("svg.stages").textContent()), /myhttpserver/);
  await change_line(page, "FROM golang:alpine", "FROM golang AS builder");
  await wait_verdict(page, "fails");
  await page.locator(".apply[data-fix=builder-alpine]").click();
  await wait_verdict(page, "starts");
};

tests.a_mistake_is_marked_in_its_line = async ({ page }) => {
  await change_line(page, "WORKDIR", "WROKDIR /src");
  await wait_verdict(page, "error");
  await shows(page.locator("#verdict"), /line 2: unknown instruction: WROKDIR \(did you mean WORKDIR\?\)/);
  await page.locator(".cm-lint-marker-error").waitFor();
  await page.locator("#checks li[data-rule=error] .apply").click();
  await wait_verdict(page, "fails");
  await shows(page.locator(".cm-content"), /^WORKDIR \/src$/m);
};

tests.checks_are_listed_and_applied_and_undone = async ({ page }) => {
  await change_line(page, "ENTRYPOINT", "RUN chmod 755 /server");
  const row = page.locator("#checks li[data-rule=SP001]");
  await shows(row, /line 8.*CopiedUp[\s\S]*in the image twice/);
  const before = await editor_text(page);
  await row.locator(".apply").click();
  await page.locator("#checks li[data-rule=SP001]").waitFor({ state: "detached" });
  await shows(page.locator(".cm-content"), /COPY --chmod=755 --from=builder/);
  await page.keyboard.press("Control+z");
  await row.waitFor();
  assert.equal(await editor_text(page), before);
  // From the list to the line.
  await row.locator(".line").click();
  await page.keyboard.type("USER 1");
  await shows(page.locator(".cm-content"), /USER 1$/m);
};

tests.the_editor_completes_and_explains = async ({ page }) => {
  await change_line(page, "ENTRYPOINT", "COPY --fr");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "--from=" }).waitFor();
  await page.waitForTimeout(100); // CodeMirror takes no key for a moment after the list opens.
  await page.keyboard.press("Enter");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "builder" }).waitFor();
  await page.waitForTimeout(100);
  await page.keyboard.press("Enter");
  await page.keyboard.type(" /src/s");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "/src/server" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".token-keyword", { hasText: "WORKDIR" }).hover();
  await page.locator(".cm-tooltip .hover", { hasText: "directory" }).waitFor();
};

tests.the_editor_renames_folds_and_formats = async ({ page }) => {
  page.on("dialog", (dialog) => dialog.accept("maker"));
  await page.locator(".token-stage", { hasText: "builder" }).click();
  await page.keyboard.press("F2");
  await page.locator(".cm-line", { hasText: "COPY --from=maker" }).waitFor();
  await shows(page.locator(".cm-content"), /AS maker/);
  await page.locator(".cm-line", { hasText: "--from=maker" }).click();
  await page.keyboard.press("Home");
  for (let i = 0; i < "COPY --from=m".length; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("F12");
  assert.equal(await page.evaluate(() => getSelection().toString()), "maker");
  await change_line(page, "WORKDIR", "workdir    /src");
  await page.keyboard.press("Shift+Alt+F");
  await page.locator(".cm-line", { hasText: /^WORKDIR \/src$/ }).waitFor();
  const lines = await page.locator(".cm-line").count();
  await page.locator(".cm-line", { hasText: "FROM golang" }).click();
  await page.keyboard.press("Control+Shift+BracketLeft");
  assert.ok(await page.locator(".cm-line").count() < lines);
};

tests.an_edit_shows_its_result_within_50_ms = async ({ page }) => {
  for (const [slug, line] of [["then/03-not-found-on-alpine", "FROM alpine:latest"], ["then/06-multi-stage", "FROM golang:alpine AS builder"]]) {
    await open_lesson(page, slug, line);
    await page.locator(".cm-line", { hasText: "ENTRYPOINT" }).first().click();
    await page.keyboard.press("End");
    const took = [];
    for (const key of " # typed by a person at the end of a line".split("")) {
      await page.evaluate(() => document.documentElement.removeAttribute("data-edit-ms"));
      await page.keyboard.type(key);
      await page.waitForFunction(() => document.documentElement.hasAttribute("data-edit-ms"));
      took.push(Number(await page.getAttribute("html", "data-edit-ms")));
    }
    took.sort((a, b) => a - b);
    const p95 = took[Math.floor(took.length * 0.95)];
    console.log(`    ${slug}: median ${took[took.length >> 1]} ms, 95th percentile ${p95} ms of ${took.length} edits`);
    assert.ok(p95 <= 50, `95th percentile ${p95} ms`);
  }
};

tests.a_program_is_compared_with_every_base_image_by_keyboard = async ({ page }) => {
  await page.locator(".picture .asks", { hasText: "/lib64/ld-linux-x86-64.so.2" }).waitFor();
  await shows(page.locator(".picture .has"), /ld-musl-x86_64\.so\.1/);
  await page.focus("#compare");
  await page.keyboard.press("Enter");
  await page.locator("#matrix tbody tr").first().waitFor();
  assert.ok(await page.locator("#matrix tr.starts").count() > 20);
  const alpine = page.locator("#matrix tr.fails", { hasText: /^alpine:/ }).first();
  await shows(alpine, /asks for the loader/);
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/other\"]");
  await page.locator("#matrix").waitFor({ state: "detached" });
};

// Node itself is at hand, and a hundred megabytes large.
tests.a_large_program_is_looked_at_without_reading_it_all = async ({ page }) => {
  const before = await editor_text(page);
  await page.locator("#upload").setInputFiles(process.execPath);
  await page.locator("#program").waitFor();
  await page.locator("#program td", { hasText: "libc.so.6" }).first().waitFor();
  const read = await page.locator("#program small").innerText();
  const [, got, unit, size] = read.match(/read so far: ([\d.]+)(kB|MB) of ([\d.]+)MB/) ?? [];
  assert.ok(parseFloat(size) > 50 && parseFloat(got) * (unit === "MB" ? 1 : 1e-3) < parseFloat(size) / 2, read);
  await page.focus("#start-program");
  await page.keyboard.press("Enter");
  await wait_verdict(page, "fails");
  await shows(page.locator("#verdict"), /asks for the loader \/lib64\/ld-linux-x86-64\.so\.2/);
  await page.click("#compare");
  await page.locator("#matrix tr.starts, #matrix tr.unknown").first().waitFor();
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+z");
  await page.waitForFunction((text) => document.querySelector(".cm-content").innerText === text, before);
};

tests.what_a_program_may_miss_is_said = async ({ page }) => {
  await page.locator(".apply[data-fix=static-go]").click();
  await wait_verdict(page, "starts");
  assert.equal(await page.locator(".know").count(), 0);
  await change_line(page, "ENTRYPOINT", "CMD echo on && /server");
  await page.locator(".know[data-hint=pid-1-shell] summary").click();
  await shows(page.locator(".know"), /SIGTERM/);
};

tests.the_terminal_builds_and_runs = async ({ page }) => {
  const type = async (command) => { await page.fill("#command", command); await page.press("#command", "Enter"); };
  await type("docker build -t app .");
  await page.locator(".log", { hasText: "naming to docker.io/library/app" }).waitFor();
  await type("docker run app");
  await page.locator(".log", { hasText: "exec /server: no such file or directory" }).waitFor();
  await page.press("#command", "ArrowUp");
  assert.equal(await page.inputValue("#command"), "docker run app");
};

tests.lesson_commands_are_played_and_compared = async ({ page }) => {
  await open_lesson(page, "then/01-on-ubuntu", "FROM ubuntu:14.04");
  const plays = page.locator(".play");
  const count = await plays.count();
  for (let i = 0; i < count; i++) await plays.nth(i).click();
  await page.waitForFunction((n) => document.querySelectorAll(".command .ok").length === n, count);
  assert.equal(await page.locator(".command .bad").count(), 0);
};

tests.everything_is_there_after_a_reload = async ({ page }) => {
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/kept\"]");
  await page.selectOption("#engine-select", "docker-20.10 classic");
  await page.reload();
  await wait_verdict(page, "fails");
  await shows(page.locator(".cm-content"), /\/kept/);
  assert.equal(await page.inputValue("#engine-select"), "docker-20.10 classic");
};

tests.a_shared_link_brings_the_workspace_to_somebody_else = async ({ page, fresh }) => {
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/shared\"]");
  await page.click("#share");
  await page.locator(".notice").waitFor();
  const address = page.url();
  assert.match(address, /#w=/);
  const other = await fresh(DESK, address);
  await shows(other.locator(".cm-content"), /\/shared/);
};

tests.a_damaged_link_is_said_and_the_page_works = async ({ fresh }) => {
  for (const hash of ["#w=AAAA", "#w=%%%", "#w=" + "A".repeat(100_000), "#lesson=../../etc/passwd", "#lesson=nope"]) {
    const page = await fresh(DESK, page_address + hash);
    await page.locator(".notice").waitFor();
    await wait_verdict(page, "fails");
  }
};

tests.an_endless_script_does_not_freeze_the_page = async ({ page }) => {
  await change_line(page, "RUN go build", "RUN while true; do echo x; done");
  await page.locator("details.warnings:not(#size-parts)").waitFor();
  await change_line(page, "RUN while", "RUN go build -o server main.go");
  await wait_verdict(page, "fails");
};

tests.a_dockerfile_alone_builds_with_assumed_files = async ({ fresh }) => {
  const text = "FROM alpine\nCOPY run.sh other.sh /\nCMD [\"true\"]\n";
  const files = [{ path: "Dockerfile", mode: 420, text }];
  const workspace = { version: 1, engine: "docker-28", builder: "buildkit", dockerfile: "Dockerfile", files };
  const page = await fresh(DESK, `${page_address}#w=${Buffer.from(JSON.stringify(workspace)).toString("base64url")}`);
  await wait_verdict(page, "starts");
  assert.equal(await page.locator("#assumed-files li").count(), 2);
  await page.locator('#assumed-files [data-create="run.sh"]').click();
  await page.locator('#assumed-files [data-create="run.sh"]').waitFor({ state: "detached" });
  assert.equal(await page.locator("#assumed-files li").count(), 1);
  await wait_verdict(page, "starts");
};

tests.the_page_speaks_chinese = async ({ page }) => {
  await page.click("#language");
  await page.locator("#verdict strong", { hasText: "构建成功但不能启动" }).waitFor();
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  await open_lesson(page, "then/03-not-found-on-alpine", "FROM alpine:latest");
  await page.locator(".lesson h2", { hasText: "明明存在,却找不到" }).waitFor();
};

tests.everything_is_reached_by_keyboard = async ({ page }) => {
  await page.locator(".skip").focus();
  const seen = new Set();
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press("Tab");
    const what = await page.evaluate(() => {
      const at = document.activeElement;
      const name = at.getAttribute("aria-label") || at.textContent.trim() || at.getAttribute("title") || at.id;
      return { id: at.id, class: String(at.className), tag: at.tagName, name };
    });
    if (what.tag !== "BODY") assert.ok(what.name, `no name: ${JSON.stringify(what)}`);
    if (what.class.includes("cm-content")) await page.keyboard.press("Escape");
    for (const mark of [what.id, ...what.class.split(" ")]) seen.add(mark);
  }
  for (const wanted of ["lesson-select", "engine-select", "share", "language", "theme", "tab", "cm-content", "apply", "command"]) {
    assert.ok(seen.has(wanted), `${wanted} is not reached`);
  }
};

tests.a_phone_shows_every_part_without_scrolling_sideways = async ({ fresh }) => {
  const page = await fresh(PHONE);
  for (const part of ["lesson", "editor", "result", "terminal"]) {
    await page.click(`#panel-${part}`);
    await page.locator(`.page > .${part}`).waitFor({ state: "visible" });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 375, `${part} is ${wide} px wide`);
  }
};

// The image that tests/server makes on a Docker engine; without it there is nothing to build on.
const REAL_BASE = "stageplay-server-base:latest";

tests.a_real_build_stands_beside_its_simulation_and_its_base_is_kept = async ({ page }) => {
  const has_base = await page.evaluate(async (name) => {
    const token = document.querySelector("meta[name=stageplay-token]").content;
    const engine = await (await fetch("api/engine", { headers: { Authorization: `Bearer ${token}` } })).json();
    return engine.available && engine.images.includes(name);
  }, REAL_BASE);
  if (!has_base) return console.log(`    skipped: no engine that has ${REAL_BASE}`);
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(`FROM ${REAL_BASE} AS one\nRUN echo made $RANDOM && echo a > /a\nFROM ${REAL_BASE}\nCOPY --from=one /a /a\nENTRYPOINT ["cat", "/a"]\n`);
  await page.locator("#build-real").focus();
  await page.keyboard.press("Enter");
  await page.locator(".real-build[data-state=succeeded]").waitFor({ timeout: 60_000 });
  await shows(page.locator("#real"), /Built for real/);
  // The catalogue does not know this base; after it was taken over, nothing differs.
  await page.focus("#calibrate");
  await page.keyboard.press("Enter");
  await page.locator("#calibration").waitFor();
  await page.locator(".comparison tr.equal[data-what=base]").first().waitFor();
  assert.equal(await page.locator(".comparison tr.differs").count(), 0, await page.locator(".comparison").innerText());
  await wait_verdict(page, "starts");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#calibration a")]);
  assert.equal(download.suggestedFilename(), "stageplay-catalog.jsonl");
  const facts = JSON.parse(await (await import("node:fs/promises")).readFile(await download.path(), "utf8"));
  assert.equal(facts.name, "stageplay-server-base");
  await page.reload();
  await wait_verdict(page, "starts");
  await page.click("#forget-calibration");
  await wait_verdict(page, "error");
};

tests.a_real_build_is_cancelled = async ({ page }) => {
  if (!(await page.locator("#build-real").isVisible())) return console.log("    skipped: no engine");
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(`FROM ${REAL_BASE}\nRUN sleep 55\n`);
  await page.click("#build-real");
  if (await page.locator(".real-build[data-state=failed]").count()) return;
  await page.locator("#cancel-real").click();
  await page.locator(".real-build[data-state=cancelled]").waitFor({ timeout: 15_000 });
};

tests.dark_and_light_have_enough_contrast = async ({ fresh }) => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await fresh({ ...DESK, colorScheme });
    const weak = await page.evaluate(() => {
      const channel = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
      const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
      const parse = (text) => text.match(/[\d.]+/g).map(Number);
      const ground = (at) => {
        for (; at; at = at.parentElement) {
          const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
          if (a > 0.99) return [r, g, b];
        }
        return [255, 255, 255];
      };
      const bad = [];
      for (const at of document.querySelectorAll("p, strong, b, small, button, code, summary, .size, .tab, .base, label span, h2, li")) {
        if (!at.textContent.trim() || !at.getClientRects().length || at.closest("svg")) continue;
        const [a, b] = [light(parse(getComputedStyle(at).color)), light(ground(at))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) bad.push(`${at.tagName}.${at.className}: ${ratio.toFixed(2)} "${at.textContent.slice(0, 30)}"`);
      }
      return bad;
    });
    assert.deepEqual(weak, [], colorScheme);
  }
};

let [passed, failed] = [0, 0];
for (const [name, test] of Object.entries(tests)) {
  if (only.length && !only.includes(name)) continue;
  const contexts = [];
  const errors = [];
  const fresh = async (options, address = page_address, prepare = () => {}) => {
    const context = await browser.newContext(options);
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (/Content.Security.Policy/i.test(message.text())) errors.push(message.text());
    });
    await prepare(page);
    await page.goto(address);
    await page.locator(".cm-line").first().waitFor({ state: "attached" });
    return page;
  };
  const start = Date.now();
  try {
    await test({ page: test.length ? await fresh(DESK) : undefined, fresh });
    assert.deepEqual(errors, [], "errors on the page");
    passed += 1;
    console.log(`  ok      ${name} (${Date.now() - start} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`  FAILED  ${name}\n${error.stack}`);
  }
  for (const context of contexts) await context.close();
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
