// The page as a unit of a learning platform, in scorm-again's SCORM 1.2 runtime.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { unzipSync } from "fflate";
import { DESK, page_address, shows } from "./page.mjs";

export const tests = {};

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml" };
const RUNTIME = readFileSync(new URL("../../node_modules/scorm-again/dist/scorm12.min.js", import.meta.url));
const HELLO = "FROM alpine\nCMD [\"echo\", \"hello\"]\n";

/** A platform: its page makes the runtime with what it kept, and shows the package in a frame. */
async function platform(files) {
  const kept = { cmi: { core: { student_id: "s1", student_name: "Lovelace, Ada" } } };
  const statements = [];
  const server = createServer((request, answer) => {
    const path = new URL(request.url, "http://x").pathname.slice(1);
    if (path === "xapi/statements") {
      let body = "";
      request.on("data", (part) => { body += part; });
      request.on("end", () => { statements.push(JSON.parse(body)); answer.end("[]"); });
      return;
    }
    const own = {
      "": `<!doctype html><meta charset="utf-8"><title>Platform</title><script src="runtime.js"></script><script src="platform.js"></script><iframe title="unit" src="unit/launch.html" width="1400" height="860"></iframe>`,
      "runtime.js": RUNTIME,
      "platform.js": `window.API = new Scorm12API({ autocommit: false, logLevel: 5 }); window.API.loadFromJSON(${JSON.stringify(kept.cmi)}, "");`,
    }[path];
    const content = own ?? files[path.replace(/^unit\//, "")];
    if (content === undefined) {
      answer.statusCode = 404;
      return answer.end();
    }
    answer.setHeader("Content-Type", TYPES[extname(path) || ".html"] ?? "application/octet-stream");
    answer.end(content);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { address: `http://127.0.0.1:${server.address().port}/`, kept, statements, close: () => server.close() };
}

/** A package that the page makes of a draft. */
async function package_of(fresh, endpoint) {
  const page = await fresh(DESK);
  await page.evaluate((hello) => {
    localStorage.setItem("stageplay.draft", JSON.stringify({
      version: 1, name: "say-hello", languages: ["en"], title: { en: "Say hello" }, text: { en: "Make it say hello." }, explanation: {},
      settings: null, start: [{ path: "Dockerfile", text: "FROM alpine\n" }], solution: [{ path: "Dockerfile", text: hello }],
      goals: [
        { name: "starts", message: { en: "It starts." }, points: 1, hidden: false, conditions: [{ kind: "starts", not: false, values: {} }] },
        { name: "hello", message: { en: "It says hello." }, points: 3, hidden: false, conditions: [{ kind: "output-contains", not: false, values: { value: "hello" } }] },
      ],
      hints: [],
    }));
  }, HELLO);
  await page.goto(`${page_address}#author`);
  await page.reload();
  await page.locator("#tool-author").waitFor();
  await page.locator("details:has(#author-xapi) summary").click();
  await page.fill("#author-xapi", endpoint);
  const saved = page.waitForEvent("download", { timeout: 60_000 });
  await page.click("#save-scorm");
  return unzipSync(readFileSync(await (await saved).path()));
}

tests.a_package_reports_score_status_and_state_to_the_platform = async ({ fresh }) => {
  const files = {};
  const lms = await platform(files);
  try {
    Object.assign(files, await package_of(fresh, `${lms.address}xapi`));
    const manifest = new TextDecoder().decode(files["imsmanifest.xml"]);
    assert.match(manifest, /<schemaversion>1\.2<\/schemaversion>[\s\S]*adlcp:scormtype="sco" href="launch\.html"/);
    for (const [, path] of manifest.matchAll(/<file href="([^"]*)"/g)) assert.ok(files[path], path);
    assert.ok(!new TextDecoder().decode(files["index.html"]).includes("stageplay-token"), "a server's token is not in the package");

    const visit = async () => {
      const page = await fresh(DESK, lms.address);
      const unit = page.frameLocator("iframe");
      await unit.locator("#exercise-title").waitFor();
      await unit.locator(".x-goals li").first().waitFor();
      return { page, unit, get: (name) => page.evaluate((name) => window.API.lmsGetValue(name), name) };
    };
    const first = await visit();
    assert.equal(await first.get("cmi.core.lesson_status"), "incomplete");
    await first.unit.locator(".cm-content").focus();
    await first.page.keyboard.press("Control+a");
    await first.page.keyboard.insertText(`${HELLO}# ${"x".repeat(200)}\n`);
    await first.unit.locator(".x-solved").waitFor();
    await first.page.waitForFunction(() => window.API.lmsGetValue("cmi.core.lesson_status") === "passed");
    assert.equal(await first.get("cmi.core.score.raw"), "100");
    const suspended = await first.get("cmi.suspend_data");
    assert.ok(suspended.length <= 4096 && suspended.startsWith("1:d:"), suspended);
    assert.equal(await first.page.evaluate(() => window.API.lmsGetLastError()), "0");
    assert.equal(await first.page.evaluate(() => Object.keys(localStorage).filter((key) => /exercises|pack/.test(key)).length), 0, "nothing is kept in the browser");
    // The platform keeps what was committed, and the next visit goes on from there.
    lms.kept.cmi = { core: { student_id: "s1", student_name: "Lovelace, Ada", lesson_status: "passed", entry: "resume" }, suspend_data: suspended };
    await first.page.evaluate(() => document.querySelector("iframe").remove());
    const again = await visit();
    await again.unit.locator(".x-solved").waitFor();
    await shows(again.unit.locator(".cm-content"), /echo", "hello"/);
    const verbs = lms.statements.map(({ verb }) => verb.id.split("/").pop());
    assert.deepEqual(verbs.slice(0, 3), ["launched", "attempted", "passed"], verbs.join(" "));
    assert.equal(lms.statements[0].actor.account.name, "s1");
  } finally {
    lms.close();
  }
};
