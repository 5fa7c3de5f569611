// The command palette and its list of keys.
import assert from "node:assert/strict";
import { shows, wait_verdict } from "./page.mjs";

export const tests = {};

tests.commands_are_found_and_run_by_keyboard = async ({ page }) => {
  await wait_verdict(page, "fails");
  // The palette is in the piece that draws the findings, too.
  await page.locator(".cm-lint-marker-error").waitFor();
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("layers");
  // The list is that of the typed word.
  await page.locator("[data-command=next-step]").waitFor({ state: "detached" });
  await page.locator("[data-command=tab-layers]").waitFor();
  await page.keyboard.press("Enter");
  await page.locator("#tab-panel-layers").waitFor();
  await page.locator("#palette").waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement.id === "tab-panel-layers");
  // Escape leaves the editor; a question mark lists the keys there.
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.id), "editor-end");
  await page.keyboard.press("?");
  await shows(page.locator("#palette"), /Ctrl\+K[\s\S]*F12/);
  await page.keyboard.press("Escape");
  await page.locator("#palette").waitFor({ state: "detached" });
  await page.click("#commands");
  await page.keyboard.type("dark");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await page.getAttribute("html", "data-theme"), "dark");
};
