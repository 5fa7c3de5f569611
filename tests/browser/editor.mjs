// The editor.
import assert from "node:assert/strict";
import { change_line, editor_text, open_lesson, open_tab, shows, wait_verdict } from "./page.mjs";

export const tests = {};

tests.the_editor_offers_tags_of_the_day = async ({ page }) => {
  await wait_verdict(page, "fails");
  await change_line(page, "FROM alpine", "FROM postgres:16");
  await open_tab(page, "bases");
  await page.locator("#bases li", { hasText: "postgres:16" }).waitFor();
  await page.locator(".cm-content").focus();
  await page.keyboard.type(".");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: /^postgres:16\.\d+$/ }).first().waitFor();
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
  // What the text tells is a piece that loads after the first screen.
  await page.locator(".cm-lint-marker-error").waitFor();
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

tests.what_is_typed_right_after_a_lesson_opened_stays_where_it_was_typed = async ({ page }) => {
  await open_lesson(page, "then/06-multi-stage", "FROM golang:alpine AS builder");
  await wait_verdict(page, "starts");
  // The first letter is a finding, whose mark is drawn around it within the moment that follows the focus.
  await change_line(page, "FROM golang:alpine", "FROM golang AS builder");
  await page.locator(".result[aria-busy=false]").waitFor();
  assert.match(await editor_text(page), /^FROM golang AS builder\n/);
};

tests.findings_of_a_line_open_by_keyboard_and_close = async ({ page }) => {
  await wait_verdict(page, "fails");
  await page.locator(".cm-lint-marker-error").waitFor();
  await page.locator(".cm-line", { hasText: "ENTRYPOINT" }).click();
  const findings = page.locator(".findings");
  await page.keyboard.press("Control+.");
  // The failed start comes before the hint at root.
  await shows(findings.locator("li").first(), /ld-linux/);
  const [line, box] = [await page.locator(".cm-line", { hasText: "ENTRYPOINT" }).boundingBox(), await findings.boundingBox()];
  assert.ok(box.y >= line.y + line.height - 6, "it covers the line");
  await page.keyboard.press("Escape");
  await findings.waitFor({ state: "detached" });
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("cm-content")));
  await page.locator(".cm-lint-marker-error").click();
  await findings.waitFor();
  await page.keyboard.press("End");
  await findings.waitFor({ state: "detached" });
  await page.keyboard.press("F8");
  await findings.waitFor();
  await page.keyboard.type(" ");
  await findings.waitFor({ state: "detached" });
  await page.keyboard.press("Backspace");
  // A fix that was found for another text is passed over.
  await page.locator(".result[aria-busy=false]").waitFor({ timeout: 20_000 });
  await wait_verdict(page, "fails");
  await page.locator(".cm-lint-marker-error").waitFor();
  await page.keyboard.press("Control+.");
  await page.keyboard.press("Enter");
  await wait_verdict(page, "starts");
};

tests.a_hovered_base_gives_its_facts_below_the_word = async ({ page }) => {
  await wait_verdict(page, "fails");
  const word = page.locator(".token-image", { hasText: "alpine" });
  await word.hover();
  const popup = page.locator(".cm-tooltip .hover");
  await popup.waitFor();
  const [at, box] = [await word.boundingBox(), await popup.boundingBox()];
  assert.ok(box.y >= at.y + at.height - 6 && box.height < 160, JSON.stringify(box));
  await page.locator(".cm-content").focus();
  await page.keyboard.type("#");
  await popup.waitFor({ state: "detached" });
};

tests.a_hovered_finding_opens_the_same_pop_up_as_its_mark = async ({ page }) => {
  await wait_verdict(page, "fails");
  await page.locator(".cm-lint-marker-error").waitFor();
  const line = page.locator(".cm-line", { hasText: "ENTRYPOINT" });
  await line.locator(".token-keyword").hover();
  await shows(page.locator(".cm-tooltip .findings li").first(), /ld-linux/);
  assert.equal(await page.locator(".cm-tooltip-lint").count(), 0);
  await page.locator(".findings .close").click();
  await page.locator(".findings").waitFor({ state: "detached" });
  await line.locator(".token-keyword").hover({ position: { x: 3, y: 3 } });
  await page.locator(".findings .apply").first().click();
  await wait_verdict(page, "starts");
};
