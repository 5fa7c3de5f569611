// What is done on the page while its program, its pieces and the editor are being loaded, and what a reload brings back.
import assert from "node:assert/strict";
import { DESK, PHONE, change_line, editor_text, page_address, prints, shows, wait_verdict } from "./page.mjs";
import { browser } from "./runner.mjs";

export const tests = {};

/** The piece with the result, the palette and the Dockerfile language. */
const RESULT = /stageplay-app-result-[0-9a-f]+\.wasm/;

/** Opens the page, of which files whose address matches wait until `release` is called. */
async function held(fresh, pattern, options = DESK, prepare = () => {}) {
  let release;
  const released = new Promise((done) => { release = done; });
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await prepare(page);
  await page.route(pattern, async (route) => { await released; await route.continue().catch(() => {}); });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(page_address, { waitUntil: "commit" });
  return { page, release, end: async () => { assert.deepEqual(errors, []); await context.close(); } };
}

const editor_is_there = (page) => page.locator(".cm-line").first().waitFor({ state: "attached" });
const at_end_of = (page, words) => page.locator(".static-code").evaluate((code, words) => {
  const all = [];
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) all.push(walker.currentNode);
  const node = all.find((one) => one.data.includes(words));
  code.focus();
  getSelection().collapse(node, node.data.indexOf(words) + words.length);
}, words);

for (const [what, pattern] of [["program", "**/stageplay-app-*.wasm"], ["editor", "**/editor-*.js"]]) {
  tests[`what_is_typed_before_the_${what}_is_there_goes_into_the_editor`] = async ({ fresh }) => {
    const { page, release, end } = await held(fresh, pattern);
    await page.locator(".static-code[contenteditable]").waitFor();
    if (what === "editor") await page.locator("#app > header").waitFor();
    await at_end_of(page, "/src/server /server");
    await page.keyboard.type("2");
    await page.keyboard.press("Enter");
    await page.keyboard.type("# early");
    release();
    await editor_is_there(page);
    await page.keyboard.type(" and late");
    await shows(page.locator(".cm-content"), /\/src\/server \/server2\n# early and late\nENTRYPOINT/);
    await wait_verdict(page, "fails");
    await page.reload();
    await shows(page.locator(".cm-content"), /# early and late/);
    await end();
  };
}

tests.the_link_to_the_editor_focuses_the_text_that_stands_there_before_it = async ({ fresh }) => {
  for (const pattern of ["**/stageplay-app-*.wasm", "**/editor-*.js"]) {
    const { page, release, end } = await held(fresh, pattern);
    await page.locator(".static-code[contenteditable]").waitFor();
    if (pattern.includes("editor")) await page.locator("#app > header").waitFor();
    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement.matches(".static-code"));
    await page.keyboard.type("# early");
    release();
    await editor_is_there(page);
    await page.waitForFunction(() => document.activeElement.matches(".cm-content"));
    await page.keyboard.type(" and late ");
    await shows(page.locator(".cm-content"), /^# early and late FROM/);
    await end();
  }
};

tests.what_is_typed_and_left_before_the_program_is_there_comes_back = async ({ fresh }) => {
  const { page, release, end } = await held(fresh, "**/stageplay-app-*.wasm");
  await page.locator(".static-code[contenteditable]").waitFor();
  await at_end_of(page, "WORKDIR");
  await page.keyboard.type("X");
  await page.reload({ waitUntil: "commit" });
  await page.locator(".static-code[contenteditable]").waitFor();
  release();
  await editor_is_there(page);
  await shows(page.locator(".cm-content"), /WORKDIRX \/src/);
  await end();
};

tests.what_is_clicked_before_the_program_is_there_is_done_once_it_is = async ({ fresh }) => {
  for (const pattern of ["**/stageplay-app-*.wasm", RESULT]) {
    const { page, release, end } = await held(fresh, pattern);
    await page.locator(pattern === RESULT ? ".cm-line >> nth=0" : ".static-code[contenteditable]").waitFor();
    await page.click("#next-step");
    release();
    await wait_verdict(page, "starts");
    await shows(page.locator(".cm-content"), /CGO_ENABLED/);
    await end();
  }
};

tests.the_terminal_s_field_keeps_what_was_typed_and_its_focus = async ({ fresh }) => {
  const { page, release, end } = await held(fresh, "**/stageplay-app-*.wasm");
  await page.locator(".static-code[contenteditable]").waitFor();
  await page.fill("#command", "docker im");
  release();
  await page.locator(".terminal .xterm").waitFor();
  await page.locator("#command").waitFor({ state: "detached" });
  await page.keyboard.type("ages");
  await page.keyboard.press("Enter");
  await prints(page, /docker images[\s\S]*REPOSITORY/);
  await end();
};

// The program renders the page out of sight before it takes the place of the HTML. What is typed between is typed here.
tests.keys_that_come_while_the_program_takes_over_are_kept = async ({ fresh }) => {
  const { page, release, end } = await held(fresh, "**/stageplay-app-*.wasm", DESK, (page) => page.addInitScript(() => {
    let visit;
    Object.defineProperty(globalThis, "stageplayFirstVisit", { get: () => visit, set(made) {
      visit = made;
      const { rendered } = made;
      made.rendered = (...all) => {
        document.execCommand("insertText", false, "ges");
        return rendered(...all);
      };
    } });
  }));
  await page.locator(".static-code[contenteditable]").waitFor();
  await page.click("#command");
  await page.keyboard.type("docker ixma");
  for (let i = 0; i < 2; i++) await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Backspace");
  for (let i = 0; i < 2; i++) await page.keyboard.press("ArrowRight");
  release();
  await page.locator(".terminal .xterm").waitFor();
  await page.keyboard.press("Enter");
  await prints(page, /docker images\n[\s\S]*REPOSITORY/);
  await end();
};

tests.lines_that_are_entered_before_the_program_is_there_run_in_their_order = async ({ fresh }) => {
  for (const pattern of ["**/stageplay-app-*.wasm", RESULT, "**/terminal-*.js"]) {
    const { page, release, end } = await held(fresh, pattern);
    await page.locator(pattern.includes?.("app-*") ? ".static-code[contenteditable]" : ".cm-line >> nth=0").waitFor();
    await page.click("#command");
    await page.keyboard.type("echo one\necho two\necho thr");
    release();
    await page.keyboard.type("ee");
    await page.locator(".terminal .xterm").waitFor();
    await page.locator("#command").waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await prints(page, /echo one\none\n[\s\S]*echo two\ntwo\n[\s\S]*echo three\nthree\n/);
    await end();
  }
};

const PIECES = { program: "**/stageplay-app-*.wasm", result: RESULT };

for (const [what, pattern] of Object.entries(PIECES)) {
  tests[`the_palette_s_key_before_the_${what}_is_there_opens_it_with_what_is_typed`] = async ({ fresh }) => {
    const { page, release, end } = await held(fresh, pattern);
    await page.locator(what === "program" ? ".static-code[contenteditable]" : ".cm-line >> nth=0").waitFor();
    const code = page.locator(".static-code, .cm-content");
    const before = await code.innerText();
    await code.focus();
    assert.equal(await page.evaluate(() => {
      const event = new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true, cancelable: true });
      return document.activeElement.dispatchEvent(event);
    }), false, "the browser's own command is prevented");
    await page.keyboard.type("lay");
    await page.locator("dialog.palette input").waitFor();
    release();
    await page.locator("#palette").waitFor();
    await page.keyboard.type("ers");
    // The early field is in front until the palette shows what was typed.
    await page.waitForFunction(() => document.querySelectorAll("dialog.palette").length === 1);
    assert.equal(await page.inputValue("#palette-query"), "layers");
    await page.locator("[data-command=tab-layers]").waitFor();
    await page.keyboard.press("Enter");
    await page.locator("#tab-panel-layers").waitFor();
    await page.waitForFunction(() => document.activeElement.getAttribute("role") === "tabpanel");
    const lines = (text) => text.split(/\n+/).filter(Boolean);
    assert.deepEqual(lines(await editor_text(page)), lines(before));
    await end();
  };

  tests[`a_command_that_is_entered_before_the_${what}_is_there_runs_and_escape_cancels`] = async ({ fresh }) => {
    for (const key of ["Enter", "Escape"]) {
      const { page, release, end } = await held(fresh, pattern);
      await page.locator(what === "program" ? ".static-code[contenteditable]" : ".cm-line >> nth=0").waitFor();
      await page.keyboard.press("Control+k");
      await page.keyboard.type("layers");
      await page.keyboard.press(key);
      release();
      if (key === "Enter") await page.locator("#tab-panel-layers").waitFor();
      await page.locator(".cm-lint-marker-error").waitFor();
      await page.locator("dialog.palette").waitFor({ state: "detached" });
      assert.equal(await page.locator("#tab-panel-layers").count(), key === "Enter" ? 1 : 0);
      await end();
    }
  };
}

for (const [what, pattern] of Object.entries({ ...PIECES, editor: "**/editor-*.js" })) {
  tests[`a_stage_that_is_renamed_before_the_${what}_is_there_is_renamed`] = async ({ fresh }) => {
    const { page, release, end } = await held(fresh, pattern);
    page.on("dialog", (dialog) => dialog.accept(dialog.defaultValue() === "builder" ? "maker" : "wrong"));
    await page.locator(what === "result" ? ".cm-line >> nth=0" : ".static-code[contenteditable]").waitFor();
    await page.locator(".token-stage", { hasText: "builder" }).click();
    await page.keyboard.press("F2");
    await page.keyboard.press("Home");
    await page.keyboard.type("# new\n");
    release();
    await shows(page.locator(".cm-content"), /^# new\nFROM golang:latest AS maker\n[\s\S]*--from=maker/);
    await end();
  };

  tests[`a_click_below_the_text_before_the_${what}_is_there_goes_to_its_end`] = async ({ fresh }) => {
    const { page, release, end } = await held(fresh, pattern);
    const code = page.locator(what === "result" ? ".cm-content" : ".static-code[contenteditable]");
    await code.waitFor();
    const last = await page.locator(what === "result" ? ".cm-line >> nth=-1" : ".line-number >> nth=-1").boundingBox();
    await page.mouse.click(last.x + 150, last.y + last.height + 20);
    await page.keyboard.type("LABEL a=b\n");
    release();
    await editor_is_there(page);
    await page.keyboard.type("# c");
    await shows(page.locator(".cm-content"), /\nENTRYPOINT \["\/server"\]\nLABEL a=b\n# c$/);
    await end();
  };
}

/** The places of what is seen, in CSS pixels. */
const places = (page) => page.evaluate(() => Object.fromEntries(["header.bar", "#verdict", "#next-step", ".result-tabs", "#overview", ".terminal", ".static-code, .cm-content"].map((one) => {
  const element = [...document.querySelectorAll(one)].find((element) => element.checkVisibility());
  const box = element?.getBoundingClientRect();
  return [one, box && [box.left, box.top, box.width].map(Math.round)];
})));

tests.nothing_moves_while_the_page_is_loaded = async ({ fresh }) => {
  for (const options of [DESK, PHONE, { ...DESK, locale: "zh-CN" }]) {
    const { page, release, end } = await held(fresh, /stageplay-app-.*\.wasm|editor-.*\.js/, options);
    await page.locator(".static-code[contenteditable]").waitFor({ state: "attached" });
    const before = await places(page);
    const first_line = await text_at(page, ".static-code");
    await page.evaluate(() => {
      globalThis.shift = 0;
      new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) globalThis.shift += one.value; }).observe({ type: "layout-shift", buffered: true });
    });
    release();
    await editor_is_there(page);
    await page.waitForTimeout(1_500);
    const after = await places(page);
    // The editor's content is as wide as its longest line may be.
    const code = ".static-code, .cm-content";
    delete before[code]; delete after[code];
    assert.deepEqual(after, before);
    assert.deepEqual(await text_at(page, ".cm-content"), first_line);
    assert.ok(await page.evaluate(() => globalThis.shift) < 0.01, `layout shift ${await page.evaluate(() => globalThis.shift)}`);
    await end();
  }
};

/** Where the words `WORKDIR` and `ENTRYPOINT` stand inside an element, in CSS pixels. */
const text_at = (page, selector) => page.locator(selector).first().evaluate((top) => ["WORKDIR", "ENTRYPOINT"].map((words) => {
  const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(words);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(walker.currentNode, at);
    range.setEnd(walker.currentNode, at + words.length);
    const { left, top } = range.getBoundingClientRect();
    return [Math.round(left), Math.round(top)];
  }
  return null;
}));

// Yew gives the browser a turn in between when messages take long; until then what came later waits.
tests.a_reload_right_after_a_key_brings_that_key_back = async ({ fresh }) => {
  const page = await fresh(DESK, page_address, (page) => page.addInitScript(() => {
    const { setTimeout: later } = globalThis;
    const { now } = Date;
    globalThis.slowly = false;
    globalThis.setTimeout = (work, ms, ...rest) => later(work, globalThis.slowly && !ms ? 2_000 : ms, ...rest);
    let ahead = 0;
    Date.now = () => now() + (globalThis.slowly ? (ahead += 50) : ahead);
  }));
  await wait_verdict(page, "fails");
  await page.locator(".result[aria-busy=false]").waitFor();
  await page.locator(".cm-line", { hasText: "WORKDIR" }).click();
  await page.keyboard.press("End");
  await page.evaluate(() => { globalThis.slowly = true; });
  await page.keyboard.type("1234");
  await page.reload();
  await shows(page.locator(".cm-content"), /WORKDIR \/src1234\n/);
};

tests.a_page_of_somebody_s_own_has_everything_at_once = async ({ page }) => {
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/mine\"]");
  await shows(page.locator("#verdict"), /\/mine/);
  await page.reload();
  await editor_is_there(page);
  assert.ok(await page.locator(".cm-line .token-keyword").count() > 3, "the colours are there with the text");
  assert.match(await editor_text(page), /\/mine/);
  await shows(page.locator("#verdict"), /\/mine/);
};
