// Workspaces and their files: what is kept, shared, undone, opened.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DESK, PHONE, change_line, editor_text, open_lesson, page_address, paste, share_link, shows, simulate_link, wait_verdict,
} from "./page.mjs";

export const tests = {};

const OWN = "FROM debian:12\nCMD [\"echo\", \"mine\"]\n";
const undo = (page) => page.locator("#undo").click();
const tabs = (page) => page.locator(".tabs .tab").allInnerTexts();
const link_of = (workspace) => `${page_address}#w=${Buffer.from(JSON.stringify(workspace)).toString("base64url")}`;
const workspace_of = (text) => ({
  version: 1, engine: "docker-28", builder: "buildkit", dockerfile: "Dockerfile", files: [{ path: "Dockerfile", mode: 420, text }],
});

/** Another page of the same browser. */
async function second_page(page, address = page_address) {
  const other = await page.context().newPage();
  await other.goto(address);
  await other.locator(".cm-line").first().waitFor({ state: "attached" });
  return other;
}

tests.everything_is_there_after_a_reload = async ({ page }) => {
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/kept\"]");
  await page.selectOption("#engine-select", "docker-20.10 classic");
  await page.reload();
  await wait_verdict(page, "fails");
  await shows(page.locator(".cm-content"), /\/kept/);
  assert.equal(await page.inputValue("#engine-select"), "docker-20.10 classic");
};

tests.the_workspace_of_an_earlier_version_is_kept = async ({ fresh }) => {
  const page = await fresh(DESK);
  await page.evaluate((json) => {
    localStorage.clear();
    sessionStorage.clear();
    localStorage.setItem("stageplay.workspace", json);
  }, JSON.stringify(workspace_of("FROM scratch\n# of before\n")));
  await page.reload();
  await shows(page.locator(".cm-content"), /of before/);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("workspace"))), ["stageplay.workspace/files"]);
};

tests.a_lesson_leaves_one_s_own_files_alone_and_undo_goes_back = async ({ page }) => {
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/mine\"]");
  const mine = await editor_text(page);
  await open_lesson(page, "then/01-on-ubuntu", "FROM ubuntu:14.04");
  await page.click("#workspaces");
  await page.click("#home [data-open=start]");
  await shows(page.locator(".cm-content"), /\/mine/);
  assert.equal(await editor_text(page), mine);
  await undo(page);
  await shows(page.locator(".cm-content"), /FROM ubuntu:14\.04/);
  await undo(page);
  await shows(page.locator(".cm-content"), /\/mine/);
};

tests.a_pasted_dockerfile_is_a_workspace_of_its_own = async ({ page }) => {
  await paste(page, OWN);
  await wait_verdict(page, "starts");
  assert.deepEqual((await tabs(page)).map((tab) => tab.trim()), ["▸ Dockerfile"]);
  await shows(page.locator("#workspaces"), /debian:12/);
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+z");
  await wait_verdict(page, "fails");
  await shows(page.locator(".cm-content"), /golang:latest/);
  await page.keyboard.press("Control+y");
  await wait_verdict(page, "starts");
  await page.click("#workspaces");
  await page.locator("#home .recent li", { hasText: "debian:12" }).waitFor();
};

tests.undo_has_one_order_for_typing_fixes_and_files = async ({ page }) => {
  const first = await editor_text(page);
  await page.locator(".apply[data-fix=static-go]").first().click();
  await wait_verdict(page, "starts");
  await page.click("#new-file");
  await page.fill("#ask input", "docs/notes.txt");
  await page.keyboard.press("Enter");
  await page.locator(".cm-content[aria-label$='docs/notes.txt']").focus();
  await page.keyboard.type("hello");
  await shows(page.locator(".cm-content"), /hello/);
  for (const wanted of [/^\s*$/, /CGO_ENABLED/, /RUN go build/]) {
    await page.keyboard.press("Control+z");
    await shows(page.locator(".cm-content"), wanted);
    await page.locator(".cm-content").focus();
  }
  assert.equal(await editor_text(page), first);
  await page.keyboard.press("Control+Shift+Z");
  await shows(page.locator(".cm-content"), /CGO_ENABLED/);
};

tests.files_are_made_renamed_copied_and_deleted_in_the_tree = async ({ page }) => {
  await page.click("#file-tree-button");
  await page.click("#new-file");
  await page.fill("#ask input", "../out");
  await page.keyboard.press("Enter");
  assert.ok(await page.locator("#ask input").evaluate((input) => input.validationMessage.length > 10));
  await page.fill("#ask input", "src/a.txt");
  await page.keyboard.press("Enter");
  const row = (path) => page.locator(`#file-tree [data-path="${path}"]`);
  await row("src/a.txt").focus();
  await page.keyboard.press("F2");
  await page.fill("#ask input", "lib/deep/b.txt");
  await page.keyboard.press("Enter");
  await row("lib/deep/b.txt").waitFor();
  assert.equal(await row("src").count(), 0);
  await row("lib").focus();
  await page.keyboard.press("ArrowLeft");
  await row("lib/deep/b.txt").waitFor({ state: "detached" });
  await page.keyboard.press("ArrowRight");
  await row("lib/deep/b.txt").waitFor();
  await row("main.go").click({ button: "right" });
  await page.locator(".file-menu button", { hasText: "Duplicate" }).click();
  await row("main-2.go").waitFor();
  await row("lib").focus();
  await page.keyboard.press("Delete");
  await row("lib").waitFor({ state: "detached" });
  await undo(page);
  await row("lib/deep/b.txt").waitFor();
};

tests.an_upload_shows_in_the_open_editor_and_is_undone = async ({ page }) => {
  const buffer = Buffer.from("FROM scratch\n# uploaded\n");
  await page.locator("#upload").setInputFiles({ name: "Dockerfile", mimeType: "text/plain", buffer });
  await shows(page.locator(".cm-content"), /uploaded/);
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("# typed");
  await shows(page.locator(".cm-content"), /uploaded\n# typed/);
  await undo(page);
  await undo(page);
  await shows(page.locator(".cm-content"), /golang:latest/);
};

tests.a_folder_keeps_its_paths_and_an_archive_is_unpacked = async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "stageplay-"));
  mkdirSync(join(folder, "src/deep"), { recursive: true });
  writeFileSync(join(folder, "Dockerfile"), "FROM alpine\nCOPY src /src\nCMD [\"cat\", \"/src/deep/a.txt\"]\n");
  writeFileSync(join(folder, "src/deep/a.txt"), "in the folder\n");
  writeFileSync(join(folder, ".dockerignore"), "*.log\n");
  writeFileSync(join(folder, "x.log"), "log\n");
  await page.click("#workspaces");
  await page.locator("#open-folder").setInputFiles(folder);
  await wait_verdict(page, "starts");
  await shows(page.locator(".cm-content"), /COPY src/);
  await page.keyboard.press("Escape");
  await page.click("#file-tree-button");
  await page.locator("#file-tree [data-path='src/deep/a.txt']").waitFor();
  assert.match(await page.locator("#file-tree [data-path='x.log']").getAttribute("title"), /\*\.log/);
  // What is saved as a zip is opened as one.
  await page.click("#share");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download-files")]);
  const zip = join(folder, "saved.zip");
  await download.saveAs(zip);
  assert.equal(readFileSync(zip).subarray(0, 2).toString(), "PK");
  await page.keyboard.press("Escape");
  await page.click("#workspaces");
  await page.click("#new-workspace");
  await shows(page.locator(".cm-content"), /^FROM alpine:latest\s*$/);
  await page.click("#workspaces");
  await page.locator("#open-archive").setInputFiles(zip);
  await shows(page.locator(".cm-content"), /COPY src/);
  rmSync(folder, { recursive: true });
};

tests.a_shared_link_brings_the_workspace_to_somebody_else = async ({ page, fresh }) => {
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/shared\"]");
  await shows(page.locator("#verdict"), /\/shared/);
  const link = await share_link(page);
  assert.match(link, /#w=2\./);
  assert.equal(new URL(page.url()).hash, "", "the address stays");
  const asked = [];
  const other = await fresh(DESK, link, (page) => page.on("request", (request) => asked.push(request.url())));
  await shows(other.locator(".cm-content"), /\/shared/);
  await other.waitForTimeout(1_500);
  assert.deepEqual(asked.filter((url) => /\.gz$|simulator/.test(url)), [], "nothing is fetched before it is touched");
  await simulate_link(other);
  await shows(other.locator("#verdict"), /\/shared/);
  // The first edit makes it the reader's own: a reload shows the edit.
  await change_line(other, "ENTRYPOINT", "ENTRYPOINT [\"/edited\"]");
  assert.equal(new URL(other.url()).hash, "");
  await other.reload();
  await shows(other.locator(".cm-content"), /\/edited/);
};

tests.an_older_link_is_read_and_what_is_newer_or_damaged_is_said = async ({ fresh }) => {
  const older = await fresh(DESK, link_of(workspace_of(OWN)));
  await simulate_link(older);
  await wait_verdict(older, "starts");
  const damaged = ["#w=AAAA", "#w=%%%", "#w=2.AAAA", "#w=" + "A".repeat(100_000), "#lesson=../../etc/passwd", "#lesson=nope", "#example=../x"];
  for (const hash of damaged) {
    const page = await fresh(DESK, page_address + hash);
    await page.locator(".notice").waitFor();
    await wait_verdict(page, "fails");
  }
  const newer = await fresh(DESK, `${page_address}#w=3.AAAA`);
  await shows(newer.locator(".notice"), /newer version/);
};

tests.an_address_brings_files_and_waits = async ({ fresh }) => {
  const query = new URLSearchParams({ dockerfile: OWN, files: JSON.stringify({ "a/b.txt": "b\n" }) });
  const page = await fresh(DESK, `${page_address}?${query}`);
  await shows(page.locator(".cm-content"), /mine/);
  await shows(page.locator("#verdict"), /came by a link/);
  await simulate_link(page);
  await wait_verdict(page, "starts");
  const named = await fresh(DESK, `${page_address}?url=${encodeURIComponent("https://github.com/a/b/blob/main/Dockerfile")}`);
  assert.match(await named.locator("#ask input").inputValue(), /raw\.githubusercontent\.com\/a\/b\/main\/Dockerfile/);
};

tests.two_pages_do_not_write_over_each_other = async ({ page }) => {
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/first\"]");
  const other = await second_page(page);
  await shows(other.locator(".cm-content"), /\/first/);
  await change_line(other, "ENTRYPOINT", "ENTRYPOINT [\"/second\"]");
  await page.locator("#changed-elsewhere").waitFor();
  // Whoever goes on typing has a copy.
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/third\"]");
  await page.locator("#changed-elsewhere").waitFor({ state: "detached" });
  await page.reload();
  await shows(page.locator(".cm-content"), /\/third/);
  await other.reload();
  await shows(other.locator(".cm-content"), /\/second/);
  assert.equal(await other.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("stageplay.workspace/")).length), 2);
};

tests.a_full_or_blocked_storage_is_said_and_survived = async ({ fresh }) => {
  const full = await fresh(DESK);
  await full.evaluate(() => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; });
  await change_line(full, "ENTRYPOINT", "ENTRYPOINT [\"/other\"]");
  await shows(full.locator("#not-kept"), /storage of this browser is full/);
  await shows(full.locator("#verdict"), /\/other/);
  const block = () => Object.defineProperty(window, "localStorage", { get() { throw new DOMException("blocked", "SecurityError"); } });
  const blocked = await fresh(DESK, page_address, (page) => page.addInitScript(block));
  await change_line(blocked, "ENTRYPOINT", "ENTRYPOINT [\"/other\"]");
  await shows(blocked.locator("#not-kept"), /blocks storage/);
};

tests.a_record_that_cannot_be_read_stays = async ({ page }) => {
  await page.evaluate(() => localStorage.setItem("stageplay.workspace/start", "{\"format\":9}"));
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/other\"]");
  await page.click("#workspaces");
  await shows(page.locator("#home .recent li[data-id=start]"), /newer version/);
  assert.equal(await page.evaluate(() => localStorage.getItem("stageplay.workspace/start")), "{\"format\":9}");
};

tests.a_workspace_is_named_copied_deleted_and_brought_back = async ({ page }) => {
  await paste(page, OWN);
  await page.click("#workspaces");
  const row = (text) => page.locator("#home .recent li", { hasText: text });
  await row("debian:12").locator("[title='Rename workspace']").click();
  await page.fill("#ask input", "Echo");
  await page.keyboard.press("Enter");
  await row("Echo").locator("[title=Duplicate]").click();
  await row("Echo (copy)").locator("[title=Delete]").click();
  await row("Echo (copy)").waitFor({ state: "detached" });
  await page.click("#restore-removed");
  await row("Echo (copy)").waitFor();
  await page.keyboard.press("Escape");
  await shows(page.locator("#workspaces"), /Echo/);
};

tests.examples_are_found_opened_and_left_as_they_were = async ({ page }) => {
  await page.click("#workspaces");
  await page.locator("#home [data-open='example/c-scratch']").waitFor();
  assert.ok(await page.locator("#home .choice").count() > 25);
  await page.fill("#home-search", "distroless");
  await page.locator("#home [data-open='example/c-scratch']").waitFor({ state: "detached" });
  await page.click("#home [data-open='example/go-static']");
  await wait_verdict(page, "starts");
  await page.reload();
  await wait_verdict(page, "starts");
  await shows(page.locator("#workspaces"), /go-static|Go without cgo/);
};

tests.a_phone_reaches_workspaces_and_files = async ({ fresh }) => {
  const page = await fresh(PHONE);
  await page.click("h1 .home");
  await page.locator("#home").waitFor();
  const box = await page.locator("#home").boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 375, JSON.stringify(box));
  await page.locator("#home .modal-head button").click();
  await page.click("#panel-editor");
  await page.click("#file-tree-button");
  await page.locator("#file-tree [data-path='main.go']").click();
  await shows(page.locator(".cm-content"), /package main/);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 375);
};

tests.what_was_opened_comes_back_by_a_button_and_that_can_be_undone = async ({ page, fresh }) => {
  await wait_verdict(page, "fails");
  assert.equal(await page.locator("#start-over").count(), 0, "nothing was changed");
  const before = await editor_text(page);
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/mine\"]");
  await shows(page.locator("#verdict"), /\/mine/);
  const link = await share_link(page);
  await page.click("#start-over");
  await shows(page.locator(".toast"), /Back as it was opened/);
  assert.equal(await editor_text(page), before);
  await page.locator("#start-over").waitFor({ state: "detached" });
  await page.locator(".toast button", { hasText: "Undo" }).click();
  await shows(page.locator(".cm-content"), /\/mine/);
  const other = await fresh(DESK, link);
  await simulate_link(other);
  await change_line(other, "WORKDIR", "WORKDIR /elsewhere");
  await other.locator(".result[aria-busy=false]").waitFor();
  await other.reload();
  await shows(other.locator(".cm-content"), /WORKDIR \/elsewhere/);
  await other.click("#start-over");
  await shows(other.locator(".cm-content"), /WORKDIR \/src/);
  assert.match(await editor_text(other), /\/mine/);
};
