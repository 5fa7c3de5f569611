// The terminal.
import assert from "node:assert/strict";
import { searchPrompt } from "../../www/terminal/history_search.mjs";
import { LineEditor, keys } from "../../www/terminal/line_editor.mjs";
import { commonBeginning, inColumns } from "../../www/terminal/tab_completion.mjs";
import { linksIn } from "../../www/terminal/links.mjs";
import { DESK, PHONE, editor_text, enter, open_terminal, paste, prints, shows, wait_verdict } from "./page.mjs";

export const tests = {};

/** Feeds a line editor with what a keyboard sends; returns what the last key asks for. */
function feed(editor, data) {
  let done = {};
  for (const key of keys(data)) done = editor.feed(key);
  return done;
}

tests.lines_are_edited_with_the_keys_of_readline = async () => {
  const editor = new LineEditor();
  const at = (text, cursor) => assert.deepEqual([editor.text, editor.cursor], [text, cursor]);
  feed(editor, "echo one two");
  feed(editor, "\x17");
  at("echo one ", 9);
  feed(editor, "\x01");
  feed(editor, "\x1bf");
  at("echo one ", 4);
  feed(editor, "\x0b");
  at("echo", 4);
  feed(editor, "\x15");
  feed(editor, "\x19\x19");
  at("echoecho", 8);
  feed(editor, "\x1b\x7f");
  at("", 0);
  // Letters that take several code units are one step.
  feed(editor, "é👩‍💻中");
  feed(editor, "\x1b[D");
  feed(editor, "\x7f");
  at("é中", 1);
  assert.deepEqual(feed(editor, "\r"), { enter: "é中" });
  at("", 0);
  feed(editor, "abc");
  assert.deepEqual(feed(editor, "\x03"), { interrupt: "abc" });
  assert.deepEqual(feed(editor, "\x04"), { endInput: true });
  assert.deepEqual(feed(editor, "\x1b[200~"), {});
};

tests.the_history_is_recalled_and_searched = async () => {
  const editor = new LineEditor();
  editor.setHistory(["ls", "docker build .", "docker run x"]);
  feed(editor, "half");
  feed(editor, "\x1b[A");
  feed(editor, "\x1b[A");
  assert.equal(editor.text, "docker build .");
  feed(editor, "\x1b[B");
  feed(editor, "\x1b[B");
  assert.equal(editor.text, "half");
  feed(editor, "\x12");
  feed(editor, "docker");
  assert.deepEqual([editor.text, searchPrompt(editor)], ["docker run x", "(reverse-i-search)`docker': "]);
  feed(editor, "\x12");
  assert.equal(editor.text, "docker build .");
  feed(editor, "\x07");
  assert.equal(editor.text, "half");
  feed(editor, "\x12");
  feed(editor, "nothing");
  assert.match(searchPrompt(editor), /^\(failed reverse-i-search\)/);
};

tests.candidates_and_links_are_found = async () => {
  assert.equal(commonBeginning(["docker", "dockerd", "doc"]), "doc");
  assert.deepEqual(inColumns(["a", "bb", "ccc", "d"], 10), ["a    ccc", "bb   d"]);
  const known = { files: ["Dockerfile", "src/main.go"], steps: { 3: 8, "builder 2": 4, "[2]": 2 } };
  const found = (text) => linksIn(text, known).map(({ from, to, opens }) => [text.slice(from, to), opens]);
  assert.deepEqual(found("./src/main.go:12: no"), [["./src/main.go:12", { file: ["src/main.go", 12] }]]);
  assert.deepEqual(found("#5 [builder 2/4] RUN x"), [["[builder 2/4]", { line: 4 }]]);
  assert.deepEqual(found("#5 [2/4] RUN x, Step 3/9 : CMD"), [["[2/4]", { line: 2 }], ["Step 3/9", { line: 8 }]]);
  assert.deepEqual(found("see main.go and Dockerfile."), [["Dockerfile.", { file: ["Dockerfile", null] }]]);
};

tests.the_terminal_pulls_any_official_image = async ({ page }) => {
  await wait_verdict(page, "fails");
  await enter(page, "docker pull node:18-alpine");
  await prints(page, /18-alpine: Pulling from library\/node[\s\S]*docker\.io\/library\/node:18-alpine/);
};

tests.the_terminal_builds_and_runs_and_recalls = async ({ page }) => {
  await enter(page, "docker build -t app .");
  await prints(page, /naming to docker.io\/library\/app/);
  await enter(page, "docker run app");
  await prints(page, /exec \/server: no such file or directory/);
  await prints(page, /~\/work \$$/);
  await page.keyboard.press("ArrowUp");
  await prints(page, /~\/work \$ docker run app$/);
  await page.keyboard.press("Control+c");
  await prints(page, /docker run app\^C\n~\/work \$$/);
  // The commands are there after a reload.
  await page.reload();
  await open_terminal(page);
  await page.keyboard.press("Control+r");
  await page.keyboard.type("build");
  await prints(page, /\(reverse-i-search\)`build': docker build -t app \.$/);
};

tests.hello_world_and_servers_run_as_with_docker = async ({ page }) => {
  await enter(page, "docker run hello-world");
  await prints(page, /Hello from Docker!/);
  await enter(page, "docker run -d --name web -p 8080:80 nginx");
  await prints(page, /\n[0-9a-f]{64}\n/);
  await enter(page, "docker ps");
  await prints(page, /0\.0\.0\.0:8080->80\/tcp.*web/);
};

tests.a_shell_in_a_container_has_its_prompt_and_ends_with_ctrl_d = async ({ page }) => {
  await enter(page, "docker run -it --rm alpine sh");
  await prints(page, /\n\/ #$/);
  await page.keyboard.type("cd /etc\n");
  await prints(page, /\n\/etc #$/);
  await page.keyboard.press("Control+d");
  await prints(page, /~\/work \$$/);
};

tests.tab_completes_and_escape_then_tab_leaves = async ({ page }) => {
  await open_terminal(page);
  await page.keyboard.type("docker hist");
  await page.keyboard.press("Tab");
  await prints(page, /docker history$/);
  await page.keyboard.press("Control+u");
  await page.keyboard.type("docker im");
  await page.keyboard.press("Tab");
  await prints(page, /docker image$/);
  await page.keyboard.press("Tab");
  await prints(page, /image +images +import|image +images/);
  const is_inside = () => page.evaluate(() => document.querySelector(".terminal-pane").contains(document.activeElement));
  assert.equal(await is_inside(), true);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await is_inside(), false);
};

tests.pasted_lines_run_one_by_one_and_a_command_goes_on_in_the_next_line = async ({ page }) => {
  await open_terminal(page);
  const paste = (text) => page.evaluate((pasted) => {
    const data = new DataTransfer();
    data.setData("text/plain", pasted);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
  await paste("$ echo one > a.txt\r\n$ cat <<END >> a.txt\ntwo\nEND\ncat a.txt\nls");
  await prints(page, /> END\n~\/work \$ cat a\.txt\none\ntwo\n~\/work \$ ls$/);
  await page.keyboard.press("Control+c");
  await page.keyboard.type("echo 'a\n");
  await prints(page, /\n> *$/);
  await page.keyboard.press("Control+c");
  await prints(page, /~\/work \$$/);
};

tests.output_opens_files_and_lines = async ({ page }) => {
  await enter(page, "echo see Dockerfile:3");
  await prints(page, /\nsee Dockerfile:3\n/);
  const link = page.locator(".xterm-rows > div", { hasText: /^see Dockerfile:3/ }).first();
  const box = await link.boundingBox();
  const letter = await page.evaluate(() => document.querySelector(".xterm-screen").clientWidth) / 80;
  await page.mouse.move(box.x + letter * 5, box.y + box.height / 2);
  await page.mouse.move(box.x + letter * 6, box.y + box.height / 2);
  await page.locator(".xterm-screen.xterm-cursor-pointer, .xterm.xterm-cursor-pointer").first().waitFor();
  await page.mouse.click(box.x + letter * 6, box.y + box.height / 2);
  await page.waitForFunction(() => document.activeElement.closest(".cm-editor"));
  await enter(page, "vim notes.txt");
  await page.locator(".cm-content[aria-label*='notes.txt']").waitFor();
  assert.equal((await editor_text(page)).trim(), "");
};

tests.output_is_found_enlarged_and_cleared = async ({ page }) => {
  await enter(page, "seq 1 300");
  await prints(page, /\n300\n/);
  await page.keyboard.press("Control+Shift+f");
  await page.locator(".terminal .find input").fill("25");
  await shows(page.locator(".terminal .find output"), /^\d+\/\d+$/);
  await page.keyboard.press("Escape");
  const rows = () => page.locator(".xterm-rows > div").count();
  const before = await rows();
  await page.click("[data-action='terminal.full-screen']");
  await page.waitForFunction((n) => document.querySelectorAll(".xterm-rows > div").length > n * 2, before);
  const size = () => page.evaluate(() => getComputedStyle(document.querySelector(".xterm-rows")).fontSize);
  assert.equal(await size(), "13px");
  for (let i = 0; i < 3; i++) await page.click("[data-action='terminal.larger']");
  assert.equal(await size(), "16px");
  await page.locator(".xterm-helper-textarea").focus();
  await page.keyboard.press("Escape");
  await page.locator(".terminal.full-screen").waitFor({ state: "detached" });
  await page.keyboard.press("Control+l");
  await prints(page, /^\s*~\/work \$$/);
};

tests.a_folded_terminal_can_be_unfolded = async ({ page }) => {
  await open_terminal(page);
  await page.click("#fold-terminal");
  await page.locator(".terminal-pane").waitFor({ state: "hidden" });
  await page.click("#fold-terminal");
  await page.locator(".terminal-pane .xterm").waitFor();
};

tests.hostile_output_neither_moves_nor_hides_what_is_typed = async ({ page }) => {
  await enter(page, "printf '\\033[2J\\033[1;1H\\033]0;x\\007ok\\033[31mred\\033[0m\\n'");
  await prints(page, /printf[\s\S]*\nokred\n~\/work \$$/);
};

tests.without_its_script_the_plain_terminal_works = async ({ fresh }) => {
  const page = await fresh(DESK, undefined, (page) => page.route("**/terminal-*.js", (route) => route.abort()));
  await page.fill("#command", "echo plain");
  await page.press("#command", "Enter");
  await shows(page.locator(".terminal .log"), /~\/work \$ echo plain\s+plain/);
  await page.press("#command", "ArrowUp");
  assert.equal(await page.inputValue("#command"), "echo plain");
};

tests.what_is_typed_before_the_script_is_there_goes_on = async ({ fresh }) => {
  const page = await fresh(DESK, undefined, (page) => page.route("**/terminal-*.js", async (route) => {
    await new Promise((done) => setTimeout(done, 600));
    await route.continue();
  }));
  await page.click("#command");
  await page.keyboard.type("echo early");
  await page.locator(".terminal .xterm").waitFor();
  await page.locator("#command").waitFor({ state: "detached" });
  await page.keyboard.press("Enter");
  await prints(page, /\nearly\n/);
};

tests.a_phone_has_a_row_of_keys = async ({ fresh }) => {
  const page = await fresh(PHONE);
  await page.locator(".panels button").last().tap();
  await open_terminal(page);
  await page.keyboard.type("docker hist");
  const row = page.locator(".key-row");
  await row.getByText("Tab", { exact: true }).tap();
  await prints(page, /docker history$/);
  await row.getByText("Ctrl", { exact: true }).tap();
  assert.equal(await row.getByText("Ctrl", { exact: true }).getAttribute("aria-pressed"), "true");
  await page.keyboard.type("c");
  await prints(page, /\^C\n~\/work \$$/);
};

tests.rows_and_columns_end_within_the_terminal_and_beside_its_scrollbar = async ({ fresh }) => {
  for (const options of [PHONE, DESK, { viewport: { width: 1280, height: 720 } }]) {
    const page = await fresh(options);
    await wait_verdict(page, "fails");
    if (options === PHONE) await page.click("#panel-terminal");
    await open_terminal(page);
    const host = await page.locator(".xterm-host").boundingBox();
    const screen = await page.locator(".xterm-screen").boundingBox();
    const bar = await page.locator(".xterm .scrollbar.vertical").boundingBox();
    assert.ok(screen.y + screen.height <= host.y + host.height, JSON.stringify({ host, screen }));
    assert.ok(screen.x + screen.width <= bar.x, JSON.stringify({ screen, bar }));
    assert.ok(bar.width <= 10, `the scrollbar is ${bar.width} px wide`);
  }
};

tests.a_build_in_the_terminal_assumes_what_the_page_assumes_and_a_note_says_so = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM alpine:3.20\nCOPY config.yml /config.yml\nCMD [\"cat\", \"/config.yml\"]\n");
  await page.locator("#assumed-files").waitFor();
  await open_terminal(page);
  await enter(page, "docker build -t app .");
  await prints(page, /this build takes files to be there that the workspace lacks, as the page does[\s\S]*config\.yml/);
};
