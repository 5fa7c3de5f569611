// The start of the image as steps.
import assert from "node:assert/strict";
import { PHONE, paste, shows, wait_verdict } from "./page.mjs";

export const tests = {};

async function open_start(page) {
  await page.locator("#tab-start").click();
  await page.locator("#start-walk").waitFor();
}

tests.the_step_that_fails_is_shown_first_with_its_terms = async ({ page }) => {
  await wait_verdict(page, "fails");
  await open_start(page);
  await shows(page.locator("#start-walk .act"), /Kernel opens the loader \/lib64\/ld-linux-x86-64\.so\.2[\s\S]*ENOENT/);
  await shows(page.locator("#start-walk .places"), /\/lib64[\s\S]*not there/);
  await shows(page.locator("#start-walk .loaders"), /\/lib\/ld-musl-x86_64\.so\.1/);
  await shows(page.locator("#start-walk .terms"), /PT_INTERP[\s\S]*glibc[\s\S]*ENOENT/);
  await shows(page.locator("#start-walk .rows .now"), /PT_INTERP\s*\/lib64\/ld-linux-x86-64\.so\.2/);
  await shows(page.locator("#start-walk .rail"), /Program[\s\S]*not reached/);
};

tests.the_steps_are_walked_by_keys_buttons_and_by_themselves = async ({ page }) => {
  await wait_verdict(page, "fails");
  await open_start(page);
  const position = page.locator("#start-walk .position");
  await shows(position, /Step 5 of 5/);
  await page.locator("#walk-first").focus();
  await page.keyboard.press("Enter");
  await shows(position, /Step 1 of 5/);
  await shows(page.locator("#start-walk"), /ENTRYPOINT\s*\["\/server"\]/);
  await page.locator("#walk-next").focus();
  await page.keyboard.press("ArrowRight");
  await shows(position, /Step 2 of 5/);
  await page.keyboard.press("ArrowLeft");
  await shows(position, /Step 1 of 5/);
  await page.locator("#walk-play").click();
  await page.locator("#walk-pause").waitFor();
  await shows(position, /Step 3 of 5/);
  await page.locator("#walk-pause").click();
};

tests.a_program_that_starts_is_followed_to_its_entry_point = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM golang:latest AS builder\nWORKDIR /src\nCOPY main.go .\nRUN go build -o server main.go\nFROM debian:13-slim\nCOPY --from=builder /src/server /server\nENTRYPOINT [\"/server\"]\n");
  await wait_verdict(page, "starts");
  await open_start(page);
  await page.locator("#start-walk .point").last().click();
  await shows(page.locator("#start-walk .act"), /Program runs from its entry point: \/server/);
  await page.locator("#start-walk .point", { hasText: "6" }).first().click();
  await shows(page.locator("#start-walk .places .taken"), /found/);
};

tests.a_script_without_its_interpreter_is_explained_by_its_first_line = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM alpine:3.20\nRUN printf '#!/bin/bash\\necho hi\\n' > /run.sh && chmod 755 /run.sh\nCMD [\"/run.sh\"]\n");
  await open_start(page);
  await shows(page.locator("#start-walk .rows .now"), /#!\/bin\/bash/);
  await shows(page.locator("#start-walk .terms"), /shebang/);
};

tests.the_start_is_told_in_chinese_without_english_actors = async ({ fresh }) => {
  const page = await fresh({ locale: "zh-CN", viewport: { width: 1440, height: 900 } });
  await wait_verdict(page, "fails");
  await open_start(page);
  const text = await page.locator("#start-walk").innerText();
  assert.doesNotMatch(text, /\b(engine|kernel|Step|not there)\b/);
  assert.match(text, /内核/);
};

tests.a_run_that_fails_shows_what_it_printed = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM alpine:3.20\nRUN echo before; cat /nothing\n");
  await wait_verdict(page, "error");
  await shows(page.locator("#failed-step"), /line 2[\s\S]*echo before; cat \/nothing[\s\S]*exit code 1[\s\S]*can't open '\/nothing'/);
};

tests.a_phone_walks_through_the_start = async ({ fresh }) => {
  const page = await fresh(PHONE);
  await page.locator("#panel-result").click();
  await open_start(page);
  await page.locator("#walk-previous").tap();
  await shows(page.locator("#start-walk .position"), /Step 4 of 5/);
  const panel = page.locator("#tab-panel-start");
  const [width, seen] = await panel.evaluate((panel) => [panel.scrollWidth, panel.clientWidth]);
  assert.ok(width <= seen, `${width} of ${seen} pixels`);
};
