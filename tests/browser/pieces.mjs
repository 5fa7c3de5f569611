// The pieces of the page's program that load when they are first needed.
import assert from "node:assert/strict";
import { DESK, shows } from "./page.mjs";

export const tests = {};

tests.a_view_that_cannot_be_loaded_says_so_and_is_loaded_again = async ({ fresh }) => {
  let is_lost = true;
  const page = await fresh(DESK, undefined, async (page) => {
    await page.route("**/stageplay-app-others-*.wasm", (route) => (is_lost ? route.fulfill({ status: 503, body: "" }) : route.fallback()));
    // The failure is told on the page; the console repeats it.
    await page.addInitScript(() => { console.error = () => {}; });
  });
  await page.click("#share");
  await shows(page.locator(".piece[role=alert]"), /could not be loaded/);
  is_lost = false;
  await page.click(".retry-piece");
  await page.locator("#share-dialog").waitFor();
  assert.equal(await page.locator(".piece").count(), 0);
};
