// Every tab of the result in Firefox, driven by WebDriver BiDi over a socket, where Firefox is installed.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { page_address } from "./page.mjs";

export const tests = {};

// Node.js has WebSocket by itself only from version 22.
const WebSocket = globalThis.WebSocket ?? createRequire(import.meta.url)("playwright-core/lib/utilsBundle").ws;

const FIREFOX = process.env.FIREFOX ?? "firefox-esr";
const TABS = ["layers", "start", "bases", "cache", "checks", "real-build", "overview"];

/** The address at which Firefox listens, which it prints. */
function listening(firefox) {
  return new Promise((done, fail) => {
    let said = "";
    const timer = setTimeout(() => fail(new Error(`Firefox does not listen: ${said}`)), 60_000);
    firefox.stderr.on("data", (text) => {
      said += text;
      const found = said.match(/WebDriver BiDi listening on (ws:\/\/\S+)/);
      if (!found) return;
      clearTimeout(timer);
      done(found[1]);
    });
  });
}

/** A connection: `send(method, params)` gives the result, `errors` collects what the page logs as errors. */
async function connect(address) {
  const socket = new WebSocket(`${address}/session`);
  await new Promise((done, fail) => {
    socket.onopen = done;
    socket.onerror = () => fail(new Error(`no connection to ${address}`));
  });
  const waiting = new Map();
  const errors = [];
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.method === "log.entryAdded" && message.params.level === "error") errors.push(message.params.text);
    const answer = waiting.get(message.id);
    if (answer) message.type === "error" ? answer.fail(new Error(message.message)) : answer.done(message.result);
  };
  let count = 0;
  const send = (method, params) => new Promise((done, fail) => {
    waiting.set(++count, { done, fail });
    socket.send(JSON.stringify({ id: count, method, params }));
  });
  return { send, errors, close: () => socket.close() };
}

tests.every_tab_works_in_firefox = async () => {
  if (spawnSync(FIREFOX, ["--version"]).status !== 0) return console.log(`    skipped: no ${FIREFOX}`);
  const profile = await mkdtemp(join(tmpdir(), "stageplay-firefox-"));
  const firefox = spawn(FIREFOX, ["--headless", "--remote-debugging-port", "0", "--profile", profile, "--no-remote"]);
  try {
    const browser = await connect(await listening(firefox));
    await browser.send("session.new", { capabilities: {} });
    await browser.send("session.subscribe", { events: ["log.entryAdded"] });
    const { contexts } = await browser.send("browsingContext.getTree", {});
    const { context } = contexts[0];
    await browser.send("browsingContext.navigate", { context, url: page_address, wait: "complete" });
    const evaluate = async (expression) => {
      const answer = await browser.send("script.evaluate", { expression, target: { context }, awaitPromise: true });
      assert.equal(answer.type, "success", JSON.stringify(answer.exceptionDetails));
      return answer.result.value;
    };
    const until = (condition) => evaluate(`new Promise((done, fail) => {
      const end = Date.now() + 30000;
      const look = () => (${condition}) ? done(true) : Date.now() > end ? fail(new Error(${JSON.stringify(condition)})) : setTimeout(look, 30);
      look();
    })`);
    await until(`document.querySelector(".cm-line") && document.querySelector("#verdict [data-verdict=fails]")`);
    for (const tab of TABS) {
      await evaluate(`document.getElementById("tab-${tab}").click()`);
      await until(`document.querySelector("#tab-panel-${tab}")?.textContent.length > 10`);
    }
    await evaluate(`document.getElementById("next-step").click()`);
    await until(`document.querySelector("#verdict [data-verdict=starts]") && document.getElementById("toast")`);
    assert.deepEqual(browser.errors, []);
    browser.close();
  } finally {
    firefox.kill();
    await new Promise((done) => (firefox.exitCode === null && firefox.signalCode === null ? firefox.once("exit", done) : done()));
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
};
