// Stageplay in an iframe: who is listened to, what is answered, and how high it is.
import assert from "node:assert/strict";
import { host } from "./server.mjs";
import { GO, MAIN } from "./pages.mjs";

export const frames = {};

const workspace = { version: 1, engine: "docker-28", builder: "buildkit", dockerfile: "Dockerfile", files: [{ path: "Dockerfile", mode: 420, text: GO }, { path: "main.go", mode: 420, text: MAIN }] };
const link = `#w=${Buffer.from(JSON.stringify(workspace)).toString("base64url")}`;

const blogPage = (body, script = "") => `<!doctype html><html lang="en"><meta charset="utf-8"><title>A blog</title>${script}<body>${body}</body></html>`;

frames.a_frame_shows_a_workspace_and_tells_its_height_to_any_host = async ({ goto, dist, FOLDER, site }) => {
  const blog = await host({ pages: { "/a": blogPage(`<iframe src="${site.other}${FOLDER}embed.html?view=editor+start&theme=dark${link}" width="700" height="100" title="Stageplay"></iframe>`) } });
  const page = await goto(`${blog.origin}/a`, {}, (page) => page.addInitScript(() => {
    globalThis.told = [];
    addEventListener("message", ({ data }) => told.push(data));
  }));
  const frame = page.frames().find((one) => one.url().includes("embed.html"));
  await frame.locator(".verdict[data-verdict=fails]").waitFor({ timeout: 60_000 });
  assert.equal(await frame.locator(".editor textarea").inputValue(), GO);
  await page.waitForFunction(() => told.some((data) => data?.type === "resize" && data.height > 300));
  const told = await page.evaluate(() => globalThis.told);
  const canvas = told.filter((data) => data?.subject === "lti.frameResize");
  const text = told.filter((data) => typeof data === "string").map((data) => JSON.parse(data));
  assert.ok(canvas.at(-1).height > 300 && text.at(-1).subject === "lti.frameResize");
  // Nobody said hello: nothing else is told.
  assert.ok(told.every((data) => typeof data === "string" || data.type === "resize" || data.subject), JSON.stringify(told));
  blog.close();
};

frames.the_host_s_element_follows_the_height_and_passes_requests_and_events_on = async ({ goto, site, FOLDER }) => {
  const script = `<script type="module" src="${site.other}${FOLDER}stage-play-frame.mjs"></script>`;
  const blog = await host({ pages: { "/a": blogPage(`<stage-play-frame src="${site.other}${FOLDER}embed.html?view=editor+start${link}"></stage-play-frame>`, script) } });
  const page = await goto(`${blog.origin}/a`, {}, (page) => page.addInitScript(() => {
    globalThis.told = [];
    for (const name of ["connected", "result", "change"]) addEventListener(name, (event) => told.push([name, event.detail]));
  }));
  await page.waitForFunction(() => told.some(([name]) => name === "connected"), null, { timeout: 60_000 });
  await page.waitForFunction(() => told.some(([name, detail]) => name === "result" && detail.verdict === "fails"), null, { timeout: 60_000 });
  assert.ok(Number(await page.locator("iframe").getAttribute("height")) > 300);
  const steps = await page.evaluate(() => history.length);
  const answers = await page.evaluate(async () => {
    const play = document.querySelector("stage-play-frame");
    const files = await play.call("files", { Dockerfile: "FROM alpine\nCMD [\"echo\", \"hi\"]\n" });
    const report = await play.call("run");
    const bad = await play.call("set", { onload: "x" }).catch((error) => error.message);
    await play.call("set", { theme: "dark", view: "layers" });
    return [files, report.run.stdout, bad];
  });
  assert.deepEqual(answers, [{ Dockerfile: "FROM alpine\nCMD [\"echo\", \"hi\"]\n" }, "hi\n", 'there is no setting "onload"']);
  // Another address is another frame and no step of the reader's history.
  await page.evaluate(() => { const play = document.querySelector("stage-play-frame"); play.setAttribute("src", play.getAttribute("src").replace("editor", "stages")); });
  await page.waitForFunction(() => told.filter(([name]) => name === "connected").length === 2, null, { timeout: 60_000 });
  assert.equal(await page.evaluate(() => history.length), steps);
  blog.close();
};

frames.messages_of_others_are_ignored_on_both_sides = async ({ goto, site, FOLDER }) => {
  const script = `<script type="module" src="${site.other}${FOLDER}stage-play-frame.mjs"></script>`;
  const evil = await host({ pages: { "/evil": "<!doctype html><title>evil</title>" } });
  const blog = await host({ pages: { "/a": blogPage(`<stage-play-frame src="${site.other}${FOLDER}embed.html${link}"></stage-play-frame><iframe id="evil" src="${evil.other}/evil" title="x"></iframe>`, script) } });
  const page = await goto(`${blog.origin}/a`, {}, (page) => page.addInitScript(() => { globalThis.told = []; for (const name of ["connected", "result", "change", "error"]) addEventListener(name, (event) => told.push([name, event.detail]), true); }));
  await page.waitForFunction(() => told.some(([name]) => name === "result"), null, { timeout: 60_000 });
  // The other frame talks to the host and to the embed.
  const other = page.frames().find((one) => one.url().includes("/evil"));
  await other.evaluate(() => {
    for (const data of [{ stageplay: 1, type: "resize", height: 9999 }, { stageplay: 1, type: "event", name: "change", detail: "evil" }, { stageplay: 1, type: "answer", id: 1, result: "evil" }, { stageplay: 1, type: "ready", id: "hello" }]) {
      parent.postMessage(data, "*");
    }
    for (const data of [{ stageplay: 1, type: "hello", id: 1 }, { stageplay: 1, type: "files", id: 2, value: { Dockerfile: "FROM evil" } }]) parent.frames[0].postMessage(data, "*");
  });
  // The host itself sends what is no message.
  await page.evaluate(() => {
    const { contentWindow } = document.querySelector("iframe[title=Stageplay]");
    for (const data of [null, 1, "x", {}, { stageplay: 2, type: "run", id: 1 }, { stageplay: 1, type: "constructor", id: 1 }, { stageplay: 1, type: "files", id: {}, value: { Dockerfile: "FROM evil" } },
      { stageplay: 1, type: "files", id: 9, value: { "../x": "FROM evil" } }, { stageplay: 1, type: "set", id: 10, value: { view: 7, nothing: 1 } }]) contentWindow.postMessage(data, "*");
  });
  await page.waitForTimeout(1_000);
  assert.ok(Number(await page.locator("iframe[title=Stageplay]").getAttribute("height")) < 5_000);
  const told = await page.evaluate(() => globalThis.told);
  assert.ok(!JSON.stringify(told).includes("evil"), JSON.stringify(told.slice(-3)));
  const embed = page.frames().find((one) => one.url().includes("embed.html"));
  assert.equal(await embed.evaluate(() => document.querySelector("stage-play").files.Dockerfile.includes("evil")), false);
  evil.close();
  blog.close();
};

frames.a_frame_that_does_not_answer_is_said_to = async ({ goto, site, FOLDER }) => {
  const script = `<script type="module" src="${site.other}${FOLDER}stage-play-frame.mjs"></script>`;
  const dead = await host({ pages: { "/embed.html": "<!doctype html><title>dead</title>" } });
  const blog = await host({ pages: { "/a": blogPage(`<stage-play-frame src="${dead.other}/embed.html"></stage-play-frame>`, script) } });
  const page = await goto(`${blog.origin}/a`, {}, (page) => page.clock.install());
  await page.locator("iframe").waitFor();
  await page.waitForTimeout(500);
  for (let at = 0; at < 40; at += 1) await page.clock.runFor(500);
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").innerText(), /does not answer here/);
  dead.close();
  blog.close();
};

frames.a_link_that_cannot_be_read_is_said_to = async ({ goto, site, FOLDER }) => {
  for (const hash of ["#w=", "#w=%%%", "#w=e30", `#w=${Buffer.from('{"version":9,"files":[]}').toString("base64url")}`, `#w=${"A".repeat(600_000)}`]) {
    const page = await goto(`${site.origin}${FOLDER}embed.html${hash}`);
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").innerText(), /cannot be read/);
    await page.context().close();
  }
};
