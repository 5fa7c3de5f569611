// Embeds in sites of many kinds, each built by its real generator and then opened in a browser:
//   node tests/embed/recipes.mjs DIST STAGEPLAY [name…]
// The folders of `recipes` are the sites. A generator that is not on PATH and not in `target/recipes` is skipped.
import { launch } from "../chromium.mjs";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { host } from "./server.mjs";
import { GO, MAIN, escape } from "./pages.mjs";

const [dist, stageplay, ...only] = process.argv.slice(2);
const installed = resolve("target/recipes");
const modules = join(installed, "npm/node_modules");

/** The path of a program, or undefined. */
function program(name, ...places) {
  const folders = [...places.map((place) => join(installed, place)), ...process.env.PATH.split(delimiter)];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

const run = (folder, command, ...words) => execFileSync(command, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, DOCUSAURUS_NO_UPDATE: "1", NODE_ENV: "production" } });

/** How each site is built: the document with the embed, the built folder, the page's path, and the generator. */
const RECIPES = {
  plain: { document: "index.html", out: ".", page: "/", build: () => () => {} },
  hugo: { document: "content/post.md", out: "public", page: "/post/", build: () => { const hugo = program("hugo"); return hugo && ((folder) => run(folder, hugo)); } },
  jekyll: { document: "post.md", out: "_site", page: "/post.html", build: () => { const jekyll = program("jekyll"); return jekyll && ((folder) => run(folder, jekyll, "build")); } },
  // Python-Markdown writes four spaces for a tab.
  mkdocs: { document: "docs/index.md", out: "site", page: "/", tab: "    ", build: () => { const mkdocs = program("mkdocs", "mkdocs/bin"); return mkdocs && ((folder) => run(folder, mkdocs, "build", "--quiet")); } },
  // Its highlighter writes four spaces for a tab.
  mdbook: { document: "src/post.md", out: "book", page: "/post.html", tab: "    ", build: () => { const mdbook = program("mdbook", "mdbook/bin"); return mdbook && ((folder) => run(folder, mdbook, "build")); } },
  docusaurus: {
    document: "docs/index.md", out: "build", page: "/", isNpm: true,
    build: () => existsSync(join(modules, "@docusaurus/core")) && ((folder) => {
      writeFileSync(join(folder, "package.json"), '{ "name": "a-site", "private": true, "dependencies": { "@docusaurus/core": "*", "@docusaurus/preset-classic": "*", "react": "*", "react-dom": "*" } }\n');
      run(folder, process.execPath, join(modules, "@docusaurus/core/bin/docusaurus.mjs"), "build");
    }),
  },
  hexo: {
    document: "source/_posts/post.md", out: "public", page: "/post/", isNpm: true,
    build: () => existsSync(join(modules, "hexo")) && ((folder) => {
      writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name: "a-blog", private: true, hexo: {}, dependencies: { hexo: "*", "hexo-renderer-marked": "*", "hexo-renderer-ejs": "*" } })}\n`);
      run(folder, process.execPath, join(modules, "hexo/bin/hexo"), "generate");
    }),
  },
  wordpress: {
    document: "post.html", out: "out", page: "/",
    build: () => {
      const includes = [join(installed, "wp/usr/share/wordpress/wp-includes"), "/usr/share/wordpress/wp-includes"].find((path) => existsSync(path));
      const php = program("php");
      return includes && php && ((folder) => {
        const content = execFileSync(php, [join(folder, "filter.php"), includes], { input: readFileSync(join(folder, "post.html")), encoding: "utf8" });
        assert.doesNotMatch(content, /stageplay-not-there|<br \/>\s*<div/);
        const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A blog</title><script type="module" src="/play/stage-play.mjs"></script><article>${content}</article></html>`;
        execFileSync("mkdir", ["-p", join(folder, "out")]);
        writeFileSync(join(folder, "out/index.html"), html);
      });
    },
  },
};

/** Puts the files of the example into a recipe. */
function fill(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    const text = readFileSync(path, "utf8");
    const filled = text.replaceAll("{folder}", "/play/").replace("{dockerfile}", GO).replace("{main}", MAIN)
      .replace("{dockerfile-html}", escape(GO)).replace("{main-html}", escape(MAIN));
    if (filled !== text) writeFileSync(path, filled);
  }
}

const browser = await launch();

async function recipe({ document, out, page: path, tab = "\t" }, folder, build) {
  fill(folder);
  run(folder, resolve(stageplay), "embed", "render", document);
  run(folder, resolve(stageplay), "embed", "check", document);
  build(folder);
  const site = await host({ folders: { "/": `${join(folder, out)}/`, "/play/": `${resolve(dist)}/` } });
  try {
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const reader = await plain.newPage();
    await reader.goto(site.origin + path);
    assert.match(await reader.locator("body").innerText(), /FROM golang AS build[\s\S]*ListenAndServe[\s\S]*Builds, but does not start/);
    await plain.close();
    const page = await browser.newPage();
    const errors = [];
    // Themes load scripts of their own from elsewhere, which may not be reached.
    page.on("pageerror", (error) => error.stack.includes("/play/") && errors.push(error.message));
    await page.goto(site.origin + path);
    await page.locator("stage-play").waitFor({ state: "attached" });
    await page.waitForTimeout(300);
    assert.deepEqual(await page.evaluate(() => document.querySelector("stage-play").files), { Dockerfile: GO, "main.go": MAIN.replaceAll("\t", tab) });
    await page.getByRole("button", { name: "Try it" }).click();
    await page.locator(".panel .verdict[data-verdict=fails]").waitFor({ timeout: 60_000 });
    await page.getByRole("tab", { name: "Stages" }).click();
    await page.locator("svg.graph").waitFor();
    assert.equal(await page.locator("[data-stage-play-answer]").isVisible(), false, "the live answer stands in the place of the recorded one");
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    site.close();
  }
}

let [passed, failed, skipped] = [0, 0, 0];
for (const [name, one] of Object.entries(RECIPES)) {
  if (only.length && !only.includes(name)) continue;
  const build = one.build();
  if (!build) {
    skipped += 1;
    console.log(`  ${name} skipped: no ${name}`);
    continue;
  }
  const began = Date.now();
  // Sites of npm's generators stand below their packages.
  const place = one.isNpm ? realpathSync(join(installed, "npm")) : tmpdir();
  const folder = mkdtempSync(join(place, `stageplay-${name}-`));
  cpSync(`tests/embed/recipes/${name}`, folder, { recursive: true });
  try {
    await recipe(one, folder, build);
    passed += 1;
    console.log(`  ok      ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`  FAILED  ${name} in ${folder}\n${error.stderr ?? ""}${error.stdout ?? ""}${error.stack}`);
    continue;
  }
  rmSync(folder, { recursive: true, force: true });
}
await browser.close();
console.log(failed ? `test result: FAILED. ${passed} passed; ${failed} failed` : `test result: ok. ${passed + skipped} passed; 0 failed`);
process.exit(failed ? 1 : 0);
