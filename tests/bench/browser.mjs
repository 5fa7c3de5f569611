// How fast the page's wasm checks Dockerfiles in Chromium, beside dockerfile-utils in the same browser.
//   CHROME=… STAGEPLAY_PAGE=… node tests/bench/browser.mjs DIR
import { launch } from "../chromium.mjs";
import { build } from "esbuild";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const ROUNDS = 5;
const texts = [];
const walk = (place) => {
  if (statSync(place).isDirectory()) for (const name of readdirSync(place).sort()) walk(join(place, name));
  else if (/dockerfile/i.test(place)) texts.push(readFileSync(place, "utf8"));
};
walk(process.argv[2]);
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

const bundle = await build({
  stdin: {
    // It asks for node's Buffer where it looks at characters.
    contents: 'const encoder = new TextEncoder(); globalThis.Buffer = { from: (text) => encoder.encode(text) }; import { validate } from "dockerfile-utils"; globalThis.peer = (text) => validate(text).length;', resolveDir: process.cwd(),
  },
  bundle: true, write: false, format: "iife", logLevel: "warning",
});
const browser = await launch();
const page = await browser.newPage();
await page.goto(process.env.STAGEPLAY_PAGE);
await page.locator(".cm-line").first().waitFor();
await page.waitForFunction(() => globalThis.stageplayLint);
await page.addScriptTag({ content: bundle.outputFiles[0].text });
// Both by turns, the best round of each: what else the machine does hurts both alike.
const best = await page.evaluate(({ texts, rounds }) => {
  const best = { wasm: Infinity, peer: Infinity };
  const run = { wasm: window.stageplayLint, peer: window.peer };
  let failed = 0, reason = "";
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(run)) {
      const start = performance.now();
      for (const text of texts) try { run[name](text); } catch (error) { failed++; reason = String(error); }
      best[name] = Math.min(best[name], performance.now() - start);
    }
  }
  return { ...best, failed, reason };
}, { texts, rounds: ROUNDS });
await browser.close();
const rate = (ms) => bytes / ms / 1000;
console.log(`${texts.length} files, ${bytes} bytes, Chromium`);
console.log(`                                      MB/s   of dockerfile-utils`);
console.log(`parse and check, wasm               ${rate(best.wasm).toFixed(1).padStart(6)}   ${(best.peer / best.wasm).toFixed(2).padStart(8)}`);
console.log(`dockerfile-utils                    ${rate(best.peer).toFixed(1).padStart(6)}       1.00`);
if (best.failed) console.log(`${best.failed / ROUNDS} files stopped a checker: ${best.reason}`);
