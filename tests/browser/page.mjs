// What the browser tests do on the page, and what they look for.
import assert from "node:assert/strict";

/** The address of the page. */
export const page_address = process.env.STAGEPLAY_PAGE ?? "http://127.0.0.1:8080/";
export const DESK = { viewport: { width: 1440, height: 900 } };
export const PHONE = { viewport: { width: 375, height: 740 }, hasTouch: true };

export const editor_text = (page) => page.locator(".cm-content").innerText();
export const verdict = (page) => page.locator("#verdict .headline").getAttribute("data-verdict");
export const wait_verdict = (page, wanted) =>
  page.locator(`#verdict .headline[data-verdict=${wanted}]`).waitFor({ state: "attached", timeout: 10_000 });

/** Waits until what is shown matches: a slow machine may still show what stood there before the last key. */
export async function shows(at, wanted) {
  const deadline = Date.now() + 10_000;
  let text = await at.innerText();
  while (!wanted.test(text) && Date.now() < deadline) {
    await at.page().waitForTimeout(20);
    text = await at.innerText();
  }
  assert.match(text, wanted);
}

/** Shows a tab of the result: overview, layers, start, bases, cache, checks or real-build. */
export async function open_tab(page, id) {
  await page.click(`#tab-${id}`);
  await page.locator(`#tab-panel-${id}`).waitFor();
}

/** Waits until the lesson's host is set up and its Dockerfile is in the editor. */
export async function open_lesson(page, slug, first_line) {
  await page.click("#workspaces");
  await page.click(`#home [data-open="lesson/${slug}"]`);
  await page.locator(`.lesson[data-lesson="${slug}"]`).waitFor({ state: "attached" });
  await page.locator(".cm-line").filter({ hasText: first_line }).first().waitFor();
}

/** Selects a line of the editor by its text and types another one over it. */
export async function change_line(page, from, to) {
  await page.locator(".cm-line", { hasText: from }).first().click();
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+End");
  await page.keyboard.type(to);
}

/** Puts a text in place of the whole Dockerfile, as a person who pastes it. */
export async function paste(page, text) {
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

/** The share link of the workspace, from its dialog. */
export async function share_link(page) {
  await page.click("#share");
  const link = await page.locator("#share-link").inputValue();
  await page.keyboard.press("Escape");
  return link;
}

/** Lets a workspace be simulated that came by a link. */
export const simulate_link = (page) => page.click("#simulate-link");

/** Focuses the terminal and waits until xterm.js draws it. */
export async function open_terminal(page) {
  const field = page.locator("#command");
  // The field of the page's HTML, before the program runs, goes away with its focus.
  await page.locator(".cm-line").first().waitFor({ state: "attached" });
  if (await field.count()) await field.focus().catch(() => {});
  await page.locator(".terminal .xterm").waitFor();
  await page.locator("#command").waitFor({ state: "detached" });
  await page.locator(".xterm-helper-textarea").focus();
}

/** Types a command into the terminal and runs it. */
export async function enter(page, command) {
  await open_terminal(page);
  await page.keyboard.type(command);
  await page.keyboard.press("Enter");
}

/** Waits until the text of the terminal matches. */
export async function prints(page, wanted) {
  const text = () => page.evaluate(() => document.querySelector(".terminal-pane").shownText());
  const deadline = Date.now() + 10_000;
  let shown = await text();
  while (!wanted.test(shown) && Date.now() < deadline) {
    await page.waitForTimeout(20);
    shown = await text();
  }
  assert.match(shown, wanted);
}
