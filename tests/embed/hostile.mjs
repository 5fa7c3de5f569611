// Lessons, frames and pages around them that mean no good.
import assert from "node:assert/strict";
import { host } from "./server.mjs";
import { GO, MAIN } from "./pages.mjs";

export const hostile = {};

const TOML = 'format = 1\ntitle = "<img src=x onerror=alert(1)> \u202e"\n[[goals]]\nname = "a"\nmessage = "<script>alert(1)</script>"\nwhen = "starts"\n';
const pack = (files, name = "x") => JSON.stringify({ stageplay_pack: 1, name, files });
const good = [{ path: "pack.toml", text: TOML }, { path: "en.md", text: "![dot](https://tracker.example/a.png)" }, { path: "start/Dockerfile", text: "FROM scratch\n" }];

hostile.a_lesson_that_is_none_is_told_as_an_error_and_stops_nothing_else = async ({ goto, address, errors, result, site }) => {
  const bad = ["", "null", "[]", "{}", "7", '{"files":7}', '{"files":[null,7,{"path":7,"text":"x"}]}', "[".repeat(200_000), '{"a":'.repeat(200_000), pack([]), pack([{ path: "pack.toml", text: "a = [".repeat(5_000) }]),
    pack([...good, { path: "start/../../x", text: "x" }]), pack([...good, { path: "start/__proto__/x", text: "x" }]).replace("1,", "1e999,"), pack(good, "../../x").replace("format = 1", "format = 99"), `"${"x".repeat(9 << 20)}"`];
  bad.forEach((text, at) => { site.pages[`/bad-${at}.json`] = text; });
  const page = await goto(address(`${bad.map((_, at) => `<stage-play lesson="/bad-${at}.json" loading="eager"></stage-play>`).join("")}<stage-play id="good" loading="eager"><pre>FROM scratch</pre></stage-play>`), {}, (page) => page.addInitScript(() => {
    globalThis.told = new Map();
    addEventListener("error", (event) => event.target.getAttribute?.("lesson") && told.set(event.target.getAttribute("lesson"), event.detail.code), true);
  }));
  await page.waitForFunction((count) => told.size === count, bad.length, { timeout: 60_000 });
  await page.waitForFunction(() => document.querySelector("#good").report, null, { timeout: 60_000 });
  errors.length = 0;
};

hostile.texts_of_a_lesson_stay_texts_and_nothing_is_fetched_for_them = async ({ goto, address, site }) => {
  site.pages["/evil.json"] = pack(good);
  const asked = [];
  const page = await goto(address('<stage-play lesson="/evil.json" open></stage-play>'), {}, (page) => page.on("request", (request) => asked.push(request.url())));
  await page.locator(".goals li").first().waitFor({ timeout: 60_000 });
  assert.match(await page.locator(".goals").innerText(), /<script>alert\(1\)<\/script>/);
  assert.equal(await page.locator("stage-play script, stage-play img").count(), 0);
  assert.ok(asked.every((url) => url.startsWith(site.origin) || url.startsWith("blob:")), asked.join(" "));
};

hostile.a_frame_cannot_grow_without_bound_and_its_flood_is_survived = async ({ goto, site, FOLDER }) => {
  const script = `<script type="module" src="${site.other}${FOLDER}stage-play-frame.mjs"></script>`;
  const evil = await host({ pages: { "/embed.html": `<!doctype html><title>evil</title><script>
    addEventListener("message", ({ data, source, origin }) => {
      if (data.type !== "hello") return;
      source.postMessage({ stageplay: 1, type: "ready", id: data.id }, origin);
      for (const height of [1e9, Infinity, NaN, -1, "1e9", {}, null]) source.postMessage({ stageplay: 1, type: "resize", height }, origin);
      for (let id = 0; id < 5000; id += 1) source.postMessage({ stageplay: 1, type: "answer", id, result: "evil" }, origin);
      for (const name of ["click", "load", "__proto__"]) source.postMessage({ stageplay: 1, type: "event", name, detail: "evil" }, origin);
      source.postMessage({ stageplay: 1, type: "resize", height: 1e9 }, origin);
    });</script>` } });
  const page = await goto((await host({ pages: { "/a": `<!doctype html><html lang="en"><title>A blog</title>${script}<body><stage-play-frame src="${evil.other}/embed.html"></stage-play-frame>` } })).origin + "/a");
  await page.waitForFunction(() => document.querySelector("iframe")?.height === "10000", null, { timeout: 30_000 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollHeight < 12_000));
  evil.close();
};

hostile.a_page_that_floods_a_frame_is_answered = async ({ goto, site, FOLDER }) => {
  const workspace = { version: 1, engine: "docker-28", builder: "buildkit", dockerfile: "Dockerfile", files: [{ path: "Dockerfile", mode: 420, text: GO }, { path: "main.go", mode: 420, text: MAIN }] };
  const link = `#w=${Buffer.from(JSON.stringify(workspace)).toString("base64url")}`;
  const blog = await host({ pages: { "/a": `<!doctype html><html lang="en"><title>A blog</title><body><iframe title="x" width="700" height="600" src="${site.other}${FOLDER}embed.html?view=start${link}"></iframe>` } });
  const page = await goto(`${blog.origin}/a`);
  const frame = page.frames().find((one) => one.url().includes("embed.html"));
  await frame.locator(".verdict[data-verdict=fails]").waitFor({ timeout: 60_000 });
  const answers = await page.evaluate(() => new Promise((done) => {
    const { contentWindow } = document.querySelector("iframe");
    const heard = new Map();
    addEventListener("message", ({ data }) => {
      if (data?.type !== "answer") return;
      heard.set(data.id, data.error ?? "done");
      // Answers come in any order: a build takes longer than a change of attributes.
      if (heard.has(1) && heard.has("last")) done([heard.size, heard.get(1), heard.get("last")]);
    });
    const send = (message) => contentWindow.postMessage({ stageplay: 1, ...message }, "*");
    send({ type: "hello", id: 0 });
    for (let id = 1; id <= 300; id += 1) send({ type: "run", id });
    for (let id = 301; id <= 600; id += 1) send({ type: "set", id, value: { height: "1e9", theme: `"><script>${id}`, view: "x ".repeat(1_000) } });
    send({ type: "files", id: 601, value: { Dockerfile: "FROM scratch\n", "a/../b": "x" } });
    send({ type: "set", id: "last", value: { view: "start", theme: "dark", height: "400" } });
  }));
  assert.deepEqual(answers.slice(1).map((one) => one === "done"), [true, true]);
  await page.waitForTimeout(500);
  assert.ok(await frame.evaluate(() => document.body.getBoundingClientRect().height < 2_000));
  blog.close();
};
