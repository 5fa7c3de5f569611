// Embeds on other people's hosts: another origin, strict policies, files that are not there, markup of generators.
import assert from "node:assert/strict";
import { host } from "./server.mjs";
import { ANSWER, GO, MAIN, element, escape, post } from "./pages.mjs";

export const hosting = {};

hosting.it_works_from_another_origin_under_the_strict_policy = async ({ goto, result, open, verdict, dist }) => {
  const cdn = await host({ folders: { "/cdn/": `${dist}/` } });
  const policy = `default-src 'none'; script-src ${cdn.other} 'wasm-unsafe-eval'; worker-src blob: ${cdn.other}; connect-src ${cdn.other}; base-uri 'none'`;
  const blog = await host({ pages: { "/a": post(`${cdn.other}/cdn/`, element("open")) }, headers: { "content-security-policy": policy } });
  const page = await goto(`${blog.origin}/a`);
  await result(page);
  await verdict(page, "fails");
  await page.getByRole("tab", { name: "Stages" }).click();
  await page.locator("svg.graph").waitFor();
  assert.ok((await page.locator("a.link").getAttribute("href")).startsWith(`${cdn.other}/cdn/#w=`));
  cdn.close();
  blog.close();
};

hosting.it_works_on_its_own_origin_under_the_strict_policy = async ({ goto, result, verdict, dist }) => {
  const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";
  const blog = await host({ folders: { "/a/b/play/": `${dist}/` }, pages: { "/a/post": post("b/play/", element("open")) }, headers: { "content-security-policy": policy }, cors: false });
  const page = await goto(`${blog.origin}/a/post`);
  await result(page);
  await verdict(page, "fails");
  blog.close();
};

hosting.nothing_is_stored_and_the_address_stays = async ({ visit, result, open, write, verdict }) => {
  const page = await visit(element());
  await result(page);
  const before = await page.evaluate(() => [location.href, history.length]);
  await open(page);
  await write(page, "FROM alpine\nCMD [\"ls\"]\n");
  await verdict(page, "starts");
  const after = await page.evaluate(async () => [location.href, history.length, localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, (await caches.keys()).length]);
  assert.deepEqual(after, [...before, 0, 0, "", 0, 0]);
};

hosting.a_simulator_that_is_not_there_leaves_the_text_and_says_so = async ({ goto, address, errors }) => {
  const page = await goto(address(element("", ANSWER)), {}, (page) => page.route("**/*.wasm", (route) => route.fulfill({ status: 200, contentType: "text/html", body: "<!doctype html>" })));
  await page.evaluate(() => document.querySelector("stage-play").addEventListener("error", (event) => { globalThis.problem = event.detail; }));
  await page.getByRole("button", { name: "Try it" }).click();
  await page.locator(".verdict[data-verdict=problem]").waitFor({ timeout: 30_000 });
  assert.equal(await page.evaluate(() => globalThis.problem.code), "worker");
  assert.equal(await page.locator(".editor textarea").inputValue(), GO);
  await page.unroute("**/*.wasm");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".verdict[data-verdict=fails]").waitFor({ timeout: 60_000 });
  errors.length = 0;
};

hosting.a_worker_that_dies_is_replaced = async ({ visit, result, open, write, verdict }) => {
  const page = await visit(element('view="editor start"'));
  await result(page);
  await open(page);
  await page.workers()[0].evaluate(() => { setTimeout(() => { throw new Error("unreachable"); }); });
  await page.waitForFunction(() => true);
  await page.waitForTimeout(300);
  await write(page, "FROM alpine\nCMD [\"ls\"]\n");
  await verdict(page, "starts");
};

hosting.far_off_the_screen_an_element_is_freed_and_its_text_stays = async ({ visit, result, open, write, verdict }) => {
  const page = await visit(`${element()}<div id="long"></div>`, {}, (page) => page.clock.install());
  await page.evaluate(() => { document.querySelector("#long").style.height = "20000px"; });
  await result(page);
  await open(page);
  await write(page, "FROM alpine\nCMD [\"ls\"]\n");
  await page.clock.fastForward(1_000);
  await verdict(page, "starts");
  assert.equal(page.workers().length, 1);
  await page.evaluate(() => scrollTo(0, 15_000));
  await page.waitForTimeout(500);
  await page.clock.fastForward(30_000);
  await page.waitForTimeout(500);
  assert.equal(page.workers().length, 0, "the worker ended");
  await page.evaluate(() => scrollTo(0, 0));
  assert.equal(await page.locator(".editor textarea").inputValue(), "FROM alpine\nCMD [\"ls\"]\n");
  await write(page, "FROM alpine\nCMD [\"/none\"]\n");
  await page.waitForTimeout(200);
  await page.clock.fastForward(1_000);
  await verdict(page, "fails");
};

/** What generators and highlighters make of a fenced block. */
const MADE = {
  "line breaks as elements, numbers in a table": `<figure class="highlight dockerfile"><table><tr><td class="gutter"><pre><span class="line">1</span><br><span class="line">2</span><br></pre></td><td class="code"><pre><span class="line"><span class="keyword">FROM</span> alpine</span><br><span class="line"><span class="keyword">CMD</span> ["ls"]</span><br></pre></td></tr></table></figure>`,
  "a table of line numbers": `<div class="highlight"><table class="lntable"><tr><td class="lntd"><pre tabindex="0" class="chroma"><code><span class="lnt">1\n</span><span class="lnt">2\n</span></code></pre></td><td class="lntd"><pre tabindex="0" class="chroma"><code class="language-docker"><span class="line"><span class="k">FROM</span> alpine\n</span><span class="line">CMD ["ls"]\n</span></code></pre></td></tr></table></div>`,
  "lines as elements with breaks": `<div class="codeBlockContainer"><pre class="prism-code language-docker"><code><span class="token-line"><span class="token plain">FROM alpine</span><br></span><span class="token-line">CMD ["ls"]<br></span></code></pre><div class="buttonGroup"><button>Copy</button></div></div>`,
};

hosting.the_markup_of_highlighters_is_read = async ({ visit, result }) => {
  for (const [name, made] of Object.entries(MADE)) {
    const page = await visit(`<stage-play>${made}</stage-play>`);
    await result(page);
    assert.deepEqual(await page.evaluate(() => document.querySelector("stage-play").files), { Dockerfile: "FROM alpine\nCMD [\"ls\"]\n" }, name);
  }
};

hosting.a_div_becomes_an_element_where_hosts_remove_unknown_ones = async ({ visit, result }) => {
  const page = await visit(`<div class="stage-play" data-view="stages layers" data-files="Dockerfile main.go" onclick=""><pre>${escape(GO)}</pre><pre>${escape(MAIN)}</pre></div>`);
  await result(page);
  assert.deepEqual(await page.evaluate(() => { const play = document.querySelector("stage-play"); return [play.views, Object.keys(play.files), play.getAttribute("onclick")]; }), [["stages", "layers"], ["Dockerfile", "main.go"], null]);
};

hosting.hostile_content_and_attributes_do_no_harm = async ({ visit, result, open }) => {
  const page = await visit(`<stage-play lesson="../../../../etc/passwd" site="javascript:alert(1)" height="1e99" view="editor start nonsense"><pre>FROM &lt;img src=x onerror=alert(1)&gt;\n</pre></stage-play>${element('theme="x" engine="&quot;&gt;&lt;b&gt;" date="tomorrow"')}<stage-play><pre data-file="../../x">FROM scratch</pre></stage-play>${element()}`);
  page.on("dialog", () => assert.fail("a script ran"));
  await result(page, 3);
  await page.getByRole("button", { name: "Try it" }).first().click();
  await page.locator(".panel").first().waitFor();
  assert.equal(await page.locator("a.link").first().getAttribute("href"), null);
  assert.equal(await page.locator("stage-play img").count(), 0);
  // A text that is read as lines of a Dockerfile is never a long task: 200,000 characters in one line, and many lines.
  const slow = await page.evaluate(async () => {
    const play = document.querySelectorAll("stage-play")[3];
    await play.open();
    const began = performance.now();
    play.files = { Dockerfile: `FROM scratch\nRUN ${"\"a$".repeat(60_000)}\n${"RUN x\n".repeat(2_000)}` };
    return performance.now() - began;
  });
  assert.ok(slow < 1_500, `${slow} ms`);
};
