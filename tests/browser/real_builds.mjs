// Real builds, with a Docker engine.
import assert from "node:assert/strict";
import { open_tab, shows, wait_verdict } from "./page.mjs";

export const tests = {};

// The image that tests/server makes on a Docker engine; without it there is nothing to build on.
const REAL_BASE = "stageplay-server-base:latest";

tests.a_real_build_stands_beside_its_simulation_and_its_base_is_kept = async ({ page }) => {
  const has_base = await page.evaluate(async (name) => {
    const token = document.querySelector("meta[name=stageplay-token]").content;
    const engine = await (await fetch("api/engine", { headers: { Authorization: `Bearer ${token}` } })).json();
    return engine.available && engine.images.includes(name);
  }, REAL_BASE);
  if (!has_base) return console.log(`    skipped: no engine that has ${REAL_BASE}`);
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(`FROM ${REAL_BASE} AS one\nRUN echo made $RANDOM && echo a > /a\nFROM ${REAL_BASE}\nCOPY --from=one /a /a\nENTRYPOINT ["cat", "/a"]\n`);
  await open_tab(page, "real-build");
  await page.locator("#build-real").focus();
  await page.keyboard.press("Enter");
  await page.locator(".real-build[data-state=succeeded]").waitFor({ timeout: 60_000 });
  await shows(page.locator("#real"), /Built for real/);
  // The graph shows what became of each stage beside its simulation.
  await open_tab(page, "overview");
  await page.locator(".node.stage .real-done").nth(1).waitFor();
  await open_tab(page, "real-build");
  // The catalogue does not know this base; after it was taken over, nothing differs.
  await page.focus("#calibrate");
  await page.keyboard.press("Enter");
  await page.locator("#calibration").waitFor();
  await page.locator(".comparison tr.equal[data-what=base]").first().waitFor();
  assert.equal(await page.locator(".comparison tr.differs").count(), 0, await page.locator(".comparison").innerText());
  await wait_verdict(page, "starts");
  await open_tab(page, "overview");
  await page.locator(".node.stage", { hasText: "one" }).click();
  await shows(page.locator("#stage-details .real-done").first(), /✓|=/);
  await open_tab(page, "real-build");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#calibration a")]);
  assert.equal(download.suggestedFilename(), "stageplay-catalog.jsonl");
  const facts = JSON.parse(await (await import("node:fs/promises")).readFile(await download.path(), "utf8"));
  assert.equal(facts.name, "stageplay-server-base");
  await page.reload();
  await open_tab(page, "real-build");
  await wait_verdict(page, "starts");
  await page.click("#forget-calibration");
  await wait_verdict(page, "error");
};

tests.a_real_build_is_cancelled = async ({ page }) => {
  await open_tab(page, "real-build");
  if (!(await page.locator("#build-real").isVisible())) return console.log("    skipped: no engine");
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(`FROM ${REAL_BASE}\nRUN sleep 55\n`);
  await page.click("#build-real");
  if (await page.locator(".real-build[data-state=failed]").count()) return;
  await page.locator("#cancel-real").click();
  await page.locator(".real-build[data-state=cancelled]").waitFor({ timeout: 15_000 });
};
