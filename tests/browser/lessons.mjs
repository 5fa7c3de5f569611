// The lessons.
import assert from "node:assert/strict";
import { change_line, editor_text, open_lesson, open_tab, shows, wait_verdict } from "./page.mjs";

export const tests = {};

tests.build_3_fails_is_explained_and_a_fix_makes_it_start = async ({ page }) => {
  await open_lesson(page, "then/03-not-found-on-alpine", "FROM alpine:latest");
  await wait_verdict(page, "fails");
  await shows(page.locator("#image-size"), /16\.3MB/);
  await shows(page.locator("#overview"), /standard_init_linux\.go:185: exec user process caused "no such file or directory"/);
  await open_tab(page, "start");
  await shows(page.locator("#tab-panel-start"), /opens the loader \/lib64\/ld-linux-x86-64\.so\.2/);
  await open_tab(page, "layers");
  await shows(page.locator(".layers"), /in this layer once more/);
  await open_tab(page, "overview");
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
  assert.match(await page.locator("#stage-graph").textContent(), /builder[\s\S]*myhttpserver|myhttpserver[\s\S]*builder/);
  await change_line(page, "FROM golang:alpine", "FROM golang AS builder");
  await wait_verdict(page, "fails");
  await page.locator(".apply[data-fix=builder-alpine]").click();
  await wait_verdict(page, "starts");
};

tests.lesson_commands_are_played_and_compared = async ({ page }) => {
  await open_lesson(page, "then/01-on-ubuntu", "FROM ubuntu:14.04");
  assert.equal(await page.locator(".command pre").count(), 0, "what is expected is not shown before");
  assert.equal(await page.locator(".tab", { hasText: "myhttpserver" }).count(), 0, "the lesson makes it");
  await page.click("#run-lesson");
  await page.locator(".task.done").waitFor();
  assert.equal(await page.locator(".outcome.other").count(), 0);
  await shows(page.locator(".command").nth(2), /REPOSITORY[\s\S]*200MB/);
  await shows(page.locator(".task"), /5 of 5 commands run/);
};

tests.a_run_that_fails_as_expected_says_so_and_the_goal_is_met_by_a_fix = async ({ page }) => {
  await open_lesson(page, "then/03-not-found-on-alpine", "FROM alpine:latest");
  await page.click("#run-lesson");
  await shows(page.locator(".console").first(), /as expected: it fails with exit code 1/);
  await shows(page.locator(".task"), /to do:\s+the image starts/);
  await page.locator(".apply[data-fix=build-inside]").click();
  await wait_verdict(page, "starts");
  await page.locator(".task.done").waitFor();
  await page.locator(".play").last().click();
  await page.locator(".command").last().locator(".outcome").waitFor();
};

tests.a_lesson_is_begun_anew_and_that_can_be_undone = async ({ page }) => {
  await open_lesson(page, "then/01-on-ubuntu", "FROM ubuntu:14.04");
  await change_line(page, "WORKDIR", "WORKDIR /mine");
  await page.click("#restart-lesson");
  await shows(page.locator(".cm-content"), /WORKDIR \/root/);
  await page.click("#undo");
  await shows(page.locator(".cm-content"), /WORKDIR \/mine/);
};

tests.the_next_lesson_begins_at_its_top = async ({ page }) => {
  await open_lesson(page, "then/03-not-found-on-alpine", "FROM alpine:latest");
  await shows(page.locator("#next-lesson"), /Next: 4 · Linked statically/);
  await page.click("#next-lesson");
  await page.locator(".lesson[data-lesson='then/04-static']").waitFor();
  assert.equal(await page.locator(".lesson").evaluate((lesson) => lesson.scrollTop), 0);
  await page.click("#previous-lesson");
  await page.locator(".lesson[data-lesson='then/03-not-found-on-alpine']").waitFor();
};

tests.lessons_of_today_come_first_and_have_neighbours_of_their_own = async ({ page }) => {
  await wait_verdict(page, "fails");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("home.open");
  await page.keyboard.press("Enter");
  const set = page.locator("#home .lesson-sets h4").first();
  await shows(set, /Today/);
  await page.locator("#home [data-open='lesson/today/01-on-ubuntu']").click();
  await page.locator(".lesson[data-lesson='today/01-on-ubuntu']").waitFor();
  await page.locator("#next-lesson").waitFor();
  assert.equal(await page.locator("#previous-lesson").count(), 0);
};
