// The verdict, the base images, the fixes and the checks.
import assert from "node:assert/strict";
import { DESK, change_line, editor_text, enter, open_tab, page_address, paste, prints, share_link, shows, simulate_link, verdict, wait_verdict } from "./page.mjs";

export const tests = {};

tests.a_newcomer_sees_a_failure_explained_and_repairs_it = async ({ page }) => {
  await wait_verdict(page, "fails");
  await shows(page.locator("#verdict"), /needs the loader \/lib64\/ld-linux-x86-64\.so\.2/);
  await page.locator(".apply[data-fix=static-go]").click();
  await wait_verdict(page, "starts");
  await shows(page.locator(".cm-content"), /CGO_ENABLED=0 go build/);
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

tests.a_dockerfile_of_one_s_own_finds_its_base_image = async ({ fresh }) => {
  // The worker loads them, too.
  const loaded = [];
  const page = await fresh(DESK, page_address, (page) => page.on("request", (request) => loaded.push(request.url().split("/").pop())));
  await wait_verdict(page, "fails");
  const asked = page.waitForResponse((answer) => answer.url().endsWith("/official/python.gz"));
  await paste(page, "FROM python:3.9-slim\nRUN pip --version\nCMD [\"python3\", \"--version\"]\n");
  assert.equal((await asked).status(), 200);
  assert.equal((await asked).headers()["content-encoding"], undefined);
  await open_tab(page, "bases");
  const base = page.locator("#bases li[data-how=derived]");
  await shows(base, /python:3\.9-slim → python:3\.9\.25-slim-trixie[\s\S]*\d+MB[\s\S]*estimated/);
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
  await open_tab(page, "bases");
  await page.locator("#bases li", { hasText: "ruby:3.2-alpine" }).waitFor();
  await page.locator(".image-data[data-state=failed]").waitFor({ state: "detached" });
};

tests.an_unknown_image_goes_on_and_says_what_can_be_done = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM ghcr.io/example/app:1\nRUN apk add curl\n");
  await open_tab(page, "bases");
  await shows(page.locator("#bases"), /ghcr\.io\/example\/app:1[\s\S]*nothing is known of it[\s\S]*stageplay catalog add/);
  assert.notEqual(await verdict(page), "error");
};

tests.the_day_changes_what_a_tag_means = async ({ page, fresh }) => {
  await wait_verdict(page, "fails");
  await open_tab(page, "bases");
  const base = page.locator("#bases li", { hasText: "golang:latest" });
  await shows(base, /golang:1\.2\d/);
  assert.match(await page.inputValue("#as-of"), /^202\d-/);
  await page.fill("#as-of", "2018-01-08");
  await shows(base, /golang:1\.9\.2-stretch[\s\S]*2018-01-08/);
  // It is kept with the workspace, and goes into links.
  await page.reload();
  await wait_verdict(page, "fails");
  assert.equal(await page.inputValue("#as-of"), "2018-01-08");
  const other = await fresh(DESK, await share_link(page));
  await simulate_link(other);
  await wait_verdict(other, "fails");
  assert.equal(await other.inputValue("#as-of"), "2018-01-08");
  await enter(other, "docker run golang:latest go version");
  await prints(other, /go version go1\.9\.2/);
  await other.locator("#as-of-clear").focus();
  await other.keyboard.press("Enter");
  await other.locator("#as-of-clear").waitFor({ state: "detached" });
  assert.match(await other.inputValue("#as-of"), /^202\d-/);
};

tests.a_mistake_is_marked_in_its_line = async ({ page }) => {
  await change_line(page, "WORKDIR", "WROKDIR /src");
  await wait_verdict(page, "error");
  await shows(page.locator("#verdict"), /line 2: unknown instruction: WROKDIR \(did you mean WORKDIR\?\)/);
  await page.locator(".cm-lint-marker-error").waitFor();
  await open_tab(page, "checks");
  await page.locator("#checks li[data-rule=error] .apply").click();
  await wait_verdict(page, "fails");
  await shows(page.locator(".cm-content"), /^WORKDIR \/src$/m);
};

tests.checks_are_listed_and_applied_and_undone = async ({ page }) => {
  await change_line(page, "ENTRYPOINT", "RUN chmod 755 /server");
  await open_tab(page, "checks");
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

tests.a_program_is_compared_with_every_base_image_by_keyboard = async ({ page }) => {
  await page.locator(".picture .asks", { hasText: "/lib64/ld-linux-x86-64.so.2" }).waitFor();
  await shows(page.locator(".picture .has"), /ld-musl-x86_64\.so\.1/);
  await open_tab(page, "bases");
  await page.focus("#compare");
  await page.keyboard.press("Enter");
  await page.locator("#matrix li").first().waitFor();
  assert.ok(await page.locator("#matrix li.starts").count() > 20);
  await page.locator("#not-starting summary").click();
  const alpine = page.locator("#not-starting li.fails", { hasText: /^alpine:/ }).first();
  await shows(alpine, /needs the loader/);
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
  await shows(page.locator("#verdict"), /needs the loader \/lib64\/ld-linux-x86-64\.so\.2/);
  await open_tab(page, "bases");
  await page.click("#compare");
  await page.locator("#matrix li.starts, #not-starting li.unknown").first().waitFor();
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

tests.a_dockerfile_alone_builds_with_assumed_files = async ({ fresh }) => {
  const text = "FROM alpine\nCOPY run.sh other.sh /\nCMD [\"true\"]\n";
  const files = [{ path: "Dockerfile", mode: 420, text }];
  const workspace = { version: 1, engine: "docker-28", builder: "buildkit", dockerfile: "Dockerfile", files };
  const page = await fresh(DESK, `${page_address}#w=${Buffer.from(JSON.stringify(workspace)).toString("base64url")}`);
  await simulate_link(page);
  await wait_verdict(page, "starts");
  assert.equal(await page.locator("#assumed-files li").count(), 2);
  await page.locator('#assumed-files [data-create="run.sh"]').click();
  await page.locator('#assumed-files [data-create="run.sh"]').waitFor({ state: "detached" });
  assert.equal(await page.locator("#assumed-files li").count(), 1);
  await wait_verdict(page, "starts");
};

tests.an_image_near_the_one_that_does_not_exist_is_taken_by_a_click = async ({ page }) => {
  await wait_verdict(page, "fails");
  await change_line(page, "FROM alpine", "FROM alpine:2.99");
  await wait_verdict(page, "error");
  const chip = page.locator(".suggestion").first();
  await shows(chip, /^Use alpine:\S+$/);
  const name = (await chip.innerText()).replace("Use ", "");
  await chip.click();
  await shows(page.locator(".cm-content"), new RegExp(`^FROM ${name.replaceAll(".", "\\.")}$`, "m"));
  await wait_verdict(page, "fails");
};

tests.a_fix_by_keyboard_leaves_the_focus_at_the_verdict_and_its_cause_in_reach = async ({ page }) => {
  await wait_verdict(page, "fails");
  await page.locator("#next-step").focus();
  await page.keyboard.press("Enter");
  await wait_verdict(page, "starts");
  const fixed = await editor_text(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), "verdict");
  for (let i = 0; i < 2; i += 1) await page.keyboard.press("Tab");
  assert.equal(await editor_text(page), fixed, "Tab indents nothing");
  await page.click("#toast .icon-button");
  await page.locator("#why-failed").focus();
  await page.keyboard.press("Enter");
  await shows(page.locator("#fixed-cause"), /ld-linux-x86-64\.so\.2/);
  await page.waitForFunction(() => document.activeElement.id === "fixed-cause");
  await page.click("#fixed-cause .icon-button");
  await page.waitForFunction(() => document.activeElement.id === "why-failed");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("why did it fail");
  await page.keyboard.press("Enter");
  await shows(page.locator("#fixed-cause"), /ld-linux-x86-64\.so\.2/);
};

tests.a_fix_is_told_with_its_line_and_taken_back_and_its_cause_is_kept = async ({ page }) => {
  await wait_verdict(page, "fails");
  await shows(page.locator("#next-step"), /Apply the fix and see it start/);
  const before = await editor_text(page);
  await page.click("#next-step");
  await shows(page.locator("#toast"), /Applied:[\s\S]*RUN CGO_ENABLED=0 go build/);
  await wait_verdict(page, "starts");
  await page.click("#tab-layers");
  await page.click("#toast [data-action='toast.why-failed']");
  await shows(page.locator("#fixed-cause"), /ld-linux-x86-64\.so\.2/);
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+z");
  await wait_verdict(page, "fails");
  assert.equal(await editor_text(page), before);
  await page.locator("#fixed-cause").waitFor({ state: "detached" });
  await page.click("#next-step");
  await wait_verdict(page, "starts");
  await page.click("#toast [data-action=undo]");
  await wait_verdict(page, "fails");
};

tests.a_failed_command_has_its_reason_and_a_fix_that_builds = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM debian:12\nRUN apt-get update && apt-get install -y python3-pip\nRUN pip install flask\nCMD [\"python3\", \"-V\"]\n");
  await wait_verdict(page, "error");
  await shows(page.locator("#verdict .last-line"), /^error: externally-managed-environment$/);
  await shows(page.locator(".verdict .next"), /Install into a virtual environment/);
  await page.click("#next-step");
  await wait_verdict(page, "starts");
  await shows(page.locator(".cm-content"), /python3 -m venv \/opt\/venv && \/opt\/venv\/bin\/pip install flask/);
  assert.equal(await page.locator("#why-failed").count(), 0, "no start failed");
};

tests.what_a_failed_command_lacks_is_said_in_both_languages = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM scratch\nRUN echo hello\nCMD [\"/hello\"]\n");
  await shows(page.locator("#verdict"), /FROM scratch is empty: it has no \/bin\/sh/);
  await change_line(page, "FROM", "FROM debian:12-slim");
  await change_line(page, "RUN", "RUN apk add --no-cache curl");
  await shows(page.locator("#verdict"), /apk is the package manager of Alpine/);
  await shows(page.locator(".verdict .next"), /Install with apt-get/);
  await page.click("#language");
  await shows(page.locator("#verdict"), /apk 是 Alpine 的包管理器。这个镜像属于另一个发行版，应当用 apt-get install。/);
};

tests.what_makes_the_image_smaller_begins_with_what_only_the_build_needs = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM alpine:3.20\nRUN apk add --no-cache build-base postgresql-dev\nUSER 65534:65534\nCMD [\"sleep\", \"9\"]\n");
  await wait_verdict(page, "starts");
  await shows(page.locator("#next-step"), /See what makes the image smaller/);
  await page.click("#next-step");
  await shows(page.locator("#build-only li").first(), /≈\d+(\.\d+)?MB[\s\S]*(A compiler or another tool of the build|Headers and static libraries)/);
  await shows(page.locator("#build-only"), /gcc/);
  await shows(page.locator("#build-only"), /A second stage leaves them behind/);
};

tests.an_amount_has_its_mark_wherever_it_stands = async ({ page }) => {
  await wait_verdict(page, "fails");
  const size = (await page.locator("#image-size").innerText()).match(/^\S+/)[0];
  assert.match(size, /^≈/);
  assert.ok((await page.locator("#stage-graph").textContent()).includes(size), size);
  const bare = (text) => (text.match(/(?<![≈≥–−(.\d])\b\d[\d.]*(?:MB|GB)\b/g) ?? []).filter((one) => one !== "0B");
  assert.deepEqual(bare(await page.locator("#stage-graph").textContent()), []);
  await open_tab(page, "layers");
  await page.locator("#explorer [role=treeitem]").first().waitFor();
  await shows(page.locator("#explorer .weight").first(), /^≈/);
  assert.deepEqual(bare((await page.locator("#treemap .amount").allTextContents()).join(" ")), []);
  assert.deepEqual(bare((await page.locator("#largest-files .amount").allTextContents()).join(" ")), []);
};

tests.the_line_that_fails_is_seen_after_a_dockerfile_is_pasted = async ({ fresh }) => {
  const page = await fresh({ viewport: { width: 1280, height: 560 } }, page_address);
  await wait_verdict(page, "fails");
  const labels = Array.from({ length: 40 }, (_, at) => `LABEL l${at}=${at}`).join("\n");
  await paste(page, `FROM debian:12\n${labels}\nRUN nope\nCMD ["true"]\n`);
  await wait_verdict(page, "error");
  const line = page.locator(".cm-line", { hasText: "RUN nope" });
  await line.waitFor();
  const [top, place] = await Promise.all([line.evaluate((at) => at.getBoundingClientRect().bottom), page.locator(".cm-scroller").evaluate((at) => at.getBoundingClientRect().bottom)]);
  assert.ok(top <= place + 1, `${top} ${place}`);
};
