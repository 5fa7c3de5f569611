// The pieces of the simulator that the first example does not need.
import assert from "node:assert/strict";
import { DESK, change_line, paste, shows, wait_verdict } from "./page.mjs";

export const tests = {};

/** A build for which the simulator needs all its pieces: few builds factor numbers. */
const RARE = "FROM debian:13\nRUN test \"$(factor 12)\" = \"12: 2 2 3\"\nENTRYPOINT [\"/rare\"]\n";

/** Opens the page without a service worker, which would load the files by itself; `handle` answers requests for pieces. */
const open = (fresh, handle) => fresh(DESK, undefined, async (page) => {
  await page.context().route("**/service-worker.js", (route) => route.abort());
  await page.context().route(/stageplay-simulator-(builds|rest)-[0-9a-f]+\.wasm$/, handle);
});

tests.the_first_example_needs_only_the_main_piece = async ({ fresh }) => {
  let asked = 0;
  const page = await open(fresh, (route) => { asked += 1; return route.abort(); });
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/other\"]");
  await shows(page.locator("#verdict"), /\/other/);
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/server\"]");
  await page.locator(".apply[data-fix=static-go]").click();
  await wait_verdict(page, "starts");
  assert.ok(asked > 0, "the pieces are asked for once there is a result");
  assert.equal(await page.locator("#simulator-stopped").count(), 0);
};

tests.a_build_waits_for_the_pieces_that_it_needs = async ({ fresh }) => {
  // Longer than a simulation may take.
  const page = await open(fresh, async (route) => { await new Promise((done) => setTimeout(done, 12_000)); await route.continue(); });
  await paste(page, RARE);
  await page.locator("#verdict", { hasText: "/rare" }).waitFor({ timeout: 30_000 });
  assert.equal(await page.locator("#simulator-stopped").count(), 0);
};

tests.without_a_piece_the_text_is_kept_and_another_worker_goes_on = async ({ fresh }) => {
  let is_lost = true;
  const page = await open(fresh, (route) => (is_lost ? route.fulfill({ status: 503, body: "" }) : route.continue()));
  await paste(page, RARE);
  await shows(page.locator("#simulator-stopped"), /503[\s\S]*Your files are kept|Your files are kept/);
  await shows(page.locator(".cm-content"), /factor 12/);
  is_lost = false;
  await page.click("#restart-simulator");
  await shows(page.locator("#verdict"), /\/rare/);
};

tests.all_pieces_are_there_offline = async ({ fresh }) => {
  const page = await fresh(DESK);
  await page.waitForFunction(() => navigator.serviceWorker.controller, null, { timeout: 30_000 });
  await page.context().setOffline(true);
  await page.reload();
  await page.locator(".cm-line").first().waitFor();
  await paste(page, RARE);
  await shows(page.locator("#verdict"), /\/rare/);
  await page.context().setOffline(false);
};
