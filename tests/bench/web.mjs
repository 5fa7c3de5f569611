// What the page weighs, and when a visitor sees what, on slow networks and a slow processor.
//   CHROME=… node tests/bench/web.mjs DIST
import { launch } from "../chromium.mjs";
import { createServer } from "node:http";
import { existsSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { kB, packed, table, weigh } from "./weights.mjs";

const [dist] = process.argv.slice(2);
const PROCESSOR = 4;
const NETWORKS = [
  { name: "9 Mbit/s, 165 ms", bytes_per_ms: 9e6 / 8e3, latency: 165 },
  { name: "1.6 Mbit/s, 300 ms", bytes_per_ms: 1.6e6 / 8e3, latency: 300 },
];
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".json": "application/json" };
// BuildKit's own parser, compiled to WebAssembly with Go 1.24: what a page with it begins with.
const BUILDKIT_PARSER_BROTLI = 1.56e6;

const parts = weigh(dist);
table(parts);
console.log(`BuildKit's parser as wasm            ${kB(BUILDKIT_PARSER_BROTLI)} of brotli\n`);

/** Serves the page over a network that all connections share. Returns its address and how to end it. */
async function serve({ bytes_per_ms, latency }) {
  let free_at = 0;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://x").pathname).replace(/\/$/, "/index.html");
    const path = join(dist, name);
    await wait(latency);
    if (!existsSync(path) || !statSync(path).isFile()) return response.writeHead(404, { "Content-Type": "text/plain" }).end("not found\n");
    const is_packed = !path.endsWith(".gz");
    const bytes = packed(path);
    const kept = /[0-9a-f]{16}/.test(name) ? "public, max-age=31536000, immutable" : "no-cache";
    response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream", "Cache-Control": kept, ...(is_packed && { "Content-Encoding": "br" }) });
    const PART = 16_384;
    for (let at = 0; at < bytes.length; at += PART) {
      const part = bytes.subarray(at, at + PART);
      free_at = Math.max(free_at, performance.now()) + part.length / bytes_per_ms;
      await wait(free_at - performance.now());
      response.write(part);
    }
    response.end();
  });
  // A new connection costs a journey there and back before its first request.
  server.on("connection", (socket) => { socket.pause(); setTimeout(() => socket.resume(), latency); });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { address: `http://127.0.0.1:${server.address().port}/`, end: () => { server.closeAllConnections(); server.close(); } };
}

const browser = await launch();

/** Loads the page; milliseconds until the first content, the verdict and the editor are there. */
async function visit(page, address) {
  await page.addInitScript(() => {
    const seen = (globalThis.seen = { long: [] });
    const look = () => {
      if (!seen.verdict && document.querySelector("#verdict .headline:not([data-verdict=loading])")) seen.verdict = performance.now();
      if (!seen.editor && document.querySelector(".cm-line")) seen.editor = performance.now();
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
    new PerformanceObserver((list) => seen.long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  });
  await page.goto(address);
  await page.locator(".cm-line").first().waitFor({ state: "attached", timeout: 120_000 });
  await page.waitForFunction(() => globalThis.seen.verdict, null, { timeout: 120_000 });
  return page.evaluate(() => {
    const paint = performance.getEntriesByType("paint").find(({ name }) => name === "first-contentful-paint");
    return { first: paint?.startTime ?? NaN, verdict: seen.verdict, editor: seen.editor };
  });
}

const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`.padStart(8);
console.log(`processor ${PROCESSOR} × slower             first   verdict    editor   first edit`);
for (const network of NETWORKS) {
  const { address, end } = await serve(network);
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  const slow = async (page) => (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: PROCESSOR });
  await slow(page);
  const { first, verdict, editor } = await visit(page, address);
  await page.locator(".cm-line", { hasText: "WORKDIR" }).click();
  await page.keyboard.press("End");
  await page.keyboard.type("1");
  await page.waitForFunction(() => document.documentElement.hasAttribute("data-edit-ms"), null, { timeout: 120_000 });
  const edited = await page.evaluate(() => performance.now());
  console.log(`${network.name.padEnd(30)}${[first, verdict, editor, edited].map(seconds).join("  ")}`);
  // Typing, once everything is there.
  await page.waitForTimeout(2_000);
  await page.evaluate(() => { seen.long.length = 0; });
  const took = [];
  for (const key of "2345678901234567890123456789") {
    await page.evaluate(() => document.documentElement.removeAttribute("data-edit-ms"));
    await page.keyboard.type(key);
    await page.waitForFunction(() => document.documentElement.hasAttribute("data-edit-ms"), null, { polling: 5 });
    took.push(Number(await page.getAttribute("html", "data-edit-ms")));
  }
  took.sort((a, b) => a - b);
  const long = await page.evaluate(() => seen.long);
  const memory = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? NaN);
  console.log(`  typing: result in ${took[took.length >> 1]} ms, 95 % in ${took[Math.floor(took.length * 0.95)]} ms; tasks over 50 ms: ${long.length}${long.length ? `, the longest ${Math.max(...long).toFixed(0)} ms` : ""}; heap ${kB(memory).trim()}`);
  await page.waitForFunction(() => navigator.serviceWorker?.controller, null, { timeout: 60_000 }).catch(() => {});
  for (const [name, prepare] of [["second visit", async () => {}], ["offline", async () => end()]]) {
    await prepare();
    const again = await context.newPage();
    await slow(again);
    const times = await visit(again, address).catch((error) => ({ error: error.message.split("\n")[0] }));
    console.log(`  ${name.padEnd(28)}${times.error ?? [times.first, times.verdict, times.editor].map(seconds).join("  ")}`);
    await again.close();
  }
  await context.close();
}
await browser.close();
