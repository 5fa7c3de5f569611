// A page left open under edits holds its memory.
import assert from "node:assert/strict";
import { DESK, page_address, wait_verdict } from "./page.mjs";
import { chromium } from "playwright-core";

export const tests = {};

// The number of edits. What is kept of them is bounded: the simulator's cache reaches its bound after about 700 edits, at
// 25 MB, so that a shorter run sees it grow a little. STAGEPLAY_EDITS=1500 sees everything level off.
const EDITS = Number(process.env.STAGEPLAY_EDITS ?? 300);
const ROUNDS = 6;

// Notes the memory of each WebAssembly program that a script starts.
const NOTE_MEMORY = `globalThis.wasmMemories = [];
for (const name of ["instantiate", "instantiateStreaming"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...all) => {
    const made = await original.apply(WebAssembly, all);
    const memory = (made.instance ?? made).exports.memory;
    if (memory) globalThis.wasmMemories.push(memory);
    return made;
  };
}
`;
const wasm_bytes = () => globalThis.wasmMemories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);

// Another text for each edit: a step that was never run, a base with packages, a text that cannot be built.
const text = (number) => {
  const end = `RUN echo ${number} > /number-${number % 7}\nCMD ["cat", "/number-${number % 7}"]\n`;
  return [`FROM debian:12\nRUN apt-get update && apt-get install -y curl\n${end}`, `FROM golang:1.26 AS b\nWORKDIR /src\nCOPY main.go .\nRUN go build -o /s${number} main.go\nFROM alpine\nCOPY --from=b /s${number} /s\n${end}`, `FROM alpine\nEXPO ${number}\n`][number % 3];
};

tests.a_page_left_open_under_edits_holds_its_memory = async () => {
  const browser = await chromium.launch({
    executablePath: process.env.CHROME ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--js-flags=--expose-gc", "--enable-precise-memory-info"],
  });
  try {
    const context = await browser.newContext({ ...DESK, serviceWorkers: "block" });
    await context.addInitScript(NOTE_MEMORY);
    await context.route(/\/worker-[0-9a-f]+\.m?js$/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: NOTE_MEMORY + await answer.text() });
    });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(page_address);
    await wait_verdict(page, "fails");
    const devtools = await context.newCDPSession(page);
    await page.locator(".cm-content").focus();
    const measured = [];
    for (let number = 1; number <= EDITS; number += 1) {
      await page.evaluate(() => document.documentElement.removeAttribute("data-edit-ms"));
      await page.keyboard.press("Control+a");
      await page.keyboard.insertText(text(number));
      await page.waitForFunction(() => document.documentElement.hasAttribute("data-edit-ms"), null, { polling: 5 });
      // Each tab is seen with many texts.
      if (number % 10 === 0) {
        await page.locator(".result-tabs [role=tab]").nth((number / 10) % 6).click();
        await page.locator(".cm-content").focus();
      }
      if (number % Math.ceil(EDITS / ROUNDS)) continue;
      const worker = page.workers()[0];
      const [heap, wasm] = await page.evaluate(`gc(), [performance.memory.usedJSHeapSize, (${wasm_bytes})()]`);
      const simulator = await worker.evaluate(wasm_bytes);
      const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
      measured.push({ number, heap, wasm, simulator, nodes, jsEventListeners });
      console.log(`    ${number} edits: page ${(heap / 1e6).toFixed(1)} MB and ${(wasm / 1e6).toFixed(1)} MB of wasm, simulator ${(simulator / 1e6).toFixed(1)} MB, ${nodes} nodes, ${jsEventListeners} listeners`);
    }
    const [half, last] = [measured[ROUNDS / 2 - 1], measured.at(-1)];
    for (const [what, tolerance] of [["heap", 1.3], ["wasm", 1.2], ["simulator", EDITS < 1400 ? 1.5 : 1.1], ["nodes", 1.5], ["jsEventListeners", 1.5]]) {
      assert.ok(last[what] <= half[what] * tolerance, `${what}: ${half[what]} after ${half.number} edits, ${last[what]} after ${last.number}`);
    }
  } finally {
    await browser.close();
  }
};
