// Every view in both themes, both languages and at both widths, looked at by axe. Pictures of them are kept in
// target/test-pictures.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { open_lesson, open_tab, wait_verdict } from "./page.mjs";

export const tests = {};

const PICTURES = "target/test-pictures";
const TABS = ["overview", "layers", "start", "bases", "cache", "checks", "real-build"];
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds on a page, a line for each element. */
async function findings(page) {
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  return page.evaluate(async (tags) => {
    const { violations } = await globalThis.axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary.split("\n")[1]?.trim()}`));
  }, TAGS);
}

async function look(page, found, view, name) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))));
  for (const one of await findings(page)) found.push(`${view} ${name}: ${one}`);
  await page.screenshot({ path: `${PICTURES}/${name}-${view}.png` });
}

for (const [colorScheme, locale] of [["light", "en-GB"], ["dark", "en-GB"], ["light", "zh-CN"], ["dark", "zh-CN"]]) {
  tests[`axe_finds_nothing_in_${colorScheme}_${locale.slice(0, 2)}`] = async ({ fresh }) => {
    await mkdir(PICTURES, { recursive: true });
    const found = [];
    for (const [width, height] of [[1280, 720], [375, 740]]) {
      const name = `${colorScheme}-${locale.slice(0, 2)}-${width}`;
      const page = await fresh({ viewport: { width, height }, colorScheme, locale, hasTouch: width < 760, reducedMotion: "reduce" });
      await wait_verdict(page, "fails");
      await look(page, found, "first", name);
      if (width < 760) await page.click("#panel-result");
      for (const tab of TABS) {
        await open_tab(page, tab);
        await look(page, found, tab, name);
      }
      if (width < 760) {
        await page.click("#panel-terminal");
        await look(page, found, "terminal", name);
      } else {
        await page.keyboard.press("Control+k");
        await page.locator("#palette-query").waitFor();
        await look(page, found, "palette", name);
        await page.keyboard.press("Escape");
        await page.click("#next-step");
        await page.locator("#toast").waitFor();
        await wait_verdict(page, "starts");
        await look(page, found, "fixed", name);
        await open_lesson(page, "then/03-not-found-on-alpine", "FROM alpine:latest");
        await wait_verdict(page, "fails");
        await look(page, found, "lesson", name);
      }
    }
    assert.deepEqual(found, []);
  };
}

tests.pictures_of_other_widths_are_kept_and_nothing_scrolls_sideways = async ({ fresh }) => {
  await mkdir(PICTURES, { recursive: true });
  for (const [width, height] of [[320, 640], [768, 1024], [1024, 768], [1920, 1080]]) {
    const page = await fresh({ viewport: { width, height } });
    await wait_verdict(page, "fails");
    await page.screenshot({ path: `${PICTURES}/light-en-${width}-first.png` });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} px at ${width} px`);
  }
};
