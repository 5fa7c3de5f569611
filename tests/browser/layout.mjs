// The frame of the page: languages, themes, keyboard, phone.
import assert from "node:assert/strict";
import { DESK, PHONE, change_line, open_lesson, open_tab, open_terminal, page_address, shows, wait_verdict } from "./page.mjs";

export const tests = {};

tests.the_page_speaks_chinese = async ({ page }) => {
  await page.click("#language");
  await page.locator("#verdict strong", { hasText: "构建成功，但不能启动" }).waitFor();
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  await open_lesson(page, "then/03-not-found-on-alpine", "FROM alpine:latest");
  await page.locator(".lesson h2", { hasText: "明明存在，却找不到" }).waitFor();
};

tests.everything_is_reached_by_keyboard = async ({ page }) => {
  await page.locator(".skip").focus();
  const seen = new Set();
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press("Tab");
    const what = await page.evaluate(() => {
      const at = document.activeElement;
      const name = at.getAttribute("aria-label") || at.textContent.trim() || at.getAttribute("title") || at.id;
      return { id: at.id, class: String(at.className), tag: at.tagName, name };
    });
    if (what.tag !== "BODY") assert.ok(what.name, `no name: ${JSON.stringify(what)}`);
    if (what.class.includes("cm-content")) await page.keyboard.press("Escape");
    // xterm.js is loaded at the first focus in the terminal, takes the place of the plain log and field and their focus.
    if (await page.evaluate(() => document.activeElement.closest(".plain") !== null)) {
      await page.locator("#command").waitFor({ state: "detached" });
      await page.locator(".xterm-helper-textarea:focus").waitFor({ state: "attached" });
      seen.add("xterm-helper-textarea");
    }
    for (const mark of [what.id, ...what.class.split(" ")]) seen.add(mark);
  }
  for (const wanted of ["workspaces", "engine-select", "share", "language", "theme", "tab", "cm-content", "apply", "xterm-helper-textarea"]) {
    assert.ok(seen.has(wanted), `${wanted} is not reached`);
  }
};

tests.a_phone_shows_every_part_without_scrolling_sideways = async ({ fresh }) => {
  const page = await fresh(PHONE);
  await page.evaluate(() => { location.hash = "lesson=then/01-on-ubuntu"; location.reload(); });
  for (const part of ["lesson", "editor", "result", "terminal"]) {
    await page.click(`#panel-${part}`);
    await page.locator(`.page .${part}`).waitFor({ state: "visible" });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 375, `${part} is ${wide} px wide`);
  }
};

tests.dark_and_light_have_enough_contrast = async ({ fresh }) => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await fresh({ ...DESK, colorScheme });
    const weak_texts = () => page.evaluate(() => {
      const channel = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
      const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
      const parse = (text) => text.match(/[\d.]+/g).map(Number);
      const ground = (at) => {
        for (; at; at = at.parentElement) {
          const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
          if (a > 0.99) return [r, g, b];
        }
        return [255, 255, 255];
      };
      const bad = [];
      for (const at of document.querySelectorAll("p, strong, b, small, button, code, summary, .size, .tab, .base, label span, h2, li")) {
        if (!at.textContent.trim() || !at.getClientRects().length || at.closest("svg")) continue;
        const [a, b] = [light(parse(getComputedStyle(at).color)), light(ground(at))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) bad.push(`${at.tagName}.${at.className}: ${ratio.toFixed(2)} "${at.textContent.slice(0, 30)}"`);
      }
      return bad;
    });
    assert.deepEqual(await weak_texts(), [], colorScheme);
    await open_tab(page, "layers");
    await page.locator(".toggle:disabled").first().waitFor();
    // No contrast is lost to see-through letters either.
    assert.equal(await page.locator(".toggle:disabled").first().evaluate((at) => getComputedStyle(at).opacity), "1");
    assert.deepEqual(await weak_texts(), [], `${colorScheme}, layers`);
  }
};

tests.the_tabs_of_the_result_are_chosen_by_arrow_keys = async ({ page }) => {
  await page.focus("#tab-overview");
  await page.keyboard.press("ArrowRight");
  await page.locator("#tab-layers[aria-selected=true]").waitFor();
  await page.locator("#tab-panel-layers .layers").waitFor();
  await page.keyboard.press("End");
  await page.locator("#tab-real-build[aria-selected=true]").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.locator("#tab-overview[aria-selected=true]").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-overview");
};

tests.splitters_are_dragged_and_moved_by_keys_and_kept = async ({ page }) => {
  const width = async () => (await page.locator(".result").boundingBox()).width;
  const first = await width();
  const { x, y, height } = await page.locator("#splitter-result").boundingBox();
  await page.mouse.move(x + 3, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x - 200, y + height / 2, { steps: 4 });
  await page.mouse.up();
  const dragged = await width();
  assert.ok(dragged > first + 150, `${first} → ${dragged}`);
  await page.focus("#splitter-result");
  await page.keyboard.press("ArrowRight");
  assert.ok(await width() < dragged);
  await page.focus("#splitter-terminal");
  await page.keyboard.press("End");
  assert.ok((await page.locator(".terminal").boundingBox()).height > 500);
  await page.keyboard.press("Enter");
  await page.locator("#command").waitFor({ state: "hidden" });
  const kept = await width();
  await page.reload();
  await page.locator(".cm-line").first().waitFor();
  await page.locator(".result").waitFor();
  assert.equal(await width(), kept);
  assert.equal(await page.locator("#command").isVisible(), false);
  await page.click("#fold-terminal");
  // The pointer is over the terminal, which xterm.js draws from then on.
  await page.locator("#command, .terminal .xterm").first().waitFor();
  await page.dblclick("#splitter-result");
  assert.equal(await width(), first);
};

tests.a_lesson_is_folded_and_unfolded = async ({ page }) => {
  await open_lesson(page, "then/03-not-found-on-alpine", "FROM alpine:latest");
  await page.click("#fold-lesson");
  await page.locator(".lesson").waitFor({ state: "hidden" });
  await page.click("#fold-lesson");
  await page.locator(".lesson").waitFor();
};

tests.undo_and_redo_have_buttons = async ({ page }) => {
  await change_line(page, "ENTRYPOINT", "ENTRYPOINT [\"/other\"]");
  await shows(page.locator("#verdict"), /\/other/);
  await page.click("#undo");
  await shows(page.locator(".cm-content"), /"\/server"/);
  await page.click("#redo");
  await shows(page.locator(".cm-content"), /"\/other"/);
};

tests.a_phone_shows_the_verdict_over_every_panel_and_nothing_below_the_bar = async ({ fresh }) => {
  const page = await fresh(PHONE);
  await wait_verdict(page, "fails");
  const bar = await page.locator(".panels").boundingBox();
  for (const part of ["editor", "result", "terminal"]) {
    await page.click(`#panel-${part}`);
    const title = await page.locator("#verdict .title").boundingBox();
    assert.ok(title.y > 0 && title.y + title.height < 160, `${part}: ${title.y}`);
    const panel = await page.locator(`.page .${part}`).boundingBox();
    assert.ok(panel.y + panel.height <= bar.y + 1, `${part} ends at ${panel.y + panel.height}, the bar begins at ${bar.y}`);
  }
  assert.ok((await page.locator("header.bar").boundingBox()).height <= 48);
  assert.equal(await page.locator("#editor-end").isVisible(), false);
};

tests.the_first_screen_of_a_desktop_tells_the_story = async ({ fresh }) => {
  const page = await fresh({ viewport: { width: 1280, height: 720 } });
  await wait_verdict(page, "fails");
  for (const part of ["#verdict .title", "#image-size", "#next-step", "#stage-graph"]) {
    const box = await page.locator(part).first().boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= 720, `${part}: ${JSON.stringify(box)}`);
  }
  assert.ok((await page.locator("header.bar").boundingBox()).height <= 50);
};

const LANDSCAPE = { viewport: { width: 740, height: 375 }, hasTouch: true };

/** Whether two boxes have a point in common. */
const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

tests.the_menu_of_a_phone_says_what_leads_to_the_start_page = async ({ fresh }) => {
  const page = await fresh({ ...PHONE, locale: "zh-CN" });
  await page.click("[popovertarget=settings]");
  const way = page.locator("#workspaces");
  assert.equal(await way.evaluate((at) => getComputedStyle(at, "::before").content), `"${await way.getAttribute("title")}"`);
  const name = await way.locator(".name").boundingBox();
  assert.ok(name.width > 50 && name.height > 10, JSON.stringify(name));
  await way.click();
  await page.locator("#home").waitFor();
};

tests.the_page_is_as_high_as_the_window_in_every_tab = async ({ fresh }) => {
  for (const [width, height] of [[1280, 720], [960, 540], [375, 740], [740, 375]]) {
    const page = await fresh({ viewport: { width, height } });
    await wait_verdict(page, "fails");
    if (width <= 760) await page.click("#panel-result");
    for (const tab of ["overview", "layers", "start", "bases", "cache", "checks", "real-build"]) {
      await open_tab(page, tab);
      const high = await page.evaluate(() => document.documentElement.scrollHeight);
      assert.equal(high, height, `${tab} at ${width} × ${height}`);
    }
  }
};

tests.a_phone_on_its_side_shows_the_reason_and_the_fix = async ({ fresh }) => {
  for (const viewport of [LANDSCAPE.viewport, { width: 640, height: 360 }, { width: 844, height: 390 }]) {
    const page = await fresh({ ...LANDSCAPE, viewport });
    await wait_verdict(page, "fails");
    for (const part of ["#verdict .headline p:not(.title)", "#next-step", "#image-size"]) {
      await page.locator(part).first().waitFor();
      const box = await page.locator(part).first().boundingBox();
      assert.ok(box.y >= 0 && box.x + box.width <= viewport.width, `${part}: ${JSON.stringify(box)}`);
    }
    const verdict = await page.locator("#verdict").boundingBox();
    assert.ok(verdict.height <= 70, `the verdict is ${verdict.height} px high`);
    const editor = await page.locator(".page .editor").boundingBox();
    assert.ok(editor.height >= 0.6 * viewport.height, `the editor is ${editor.height} px high`);
    const choices = await page.locator(".panels").boundingBox();
    for (const other of [".bar .home", "#undo"]) {
      assert.ok(!overlap(choices, await page.locator(other).boundingBox()), `the choice of panels covers ${other}`);
    }
  }
};

tests.what_is_touched_is_44_px_high_and_what_is_clicked_24 = async ({ fresh }) => {
  for (const [options, least] of [[PHONE, 44], [{ viewport: { width: 1280, height: 720 } }, 24]]) {
    const page = await fresh(options);
    await wait_verdict(page, "fails");
    const small = (where) => page.evaluate(([where, least]) => {
      const bad = [];
      for (const at of document.querySelectorAll("button, summary, select, input:not([type=file]), label.upload, label.button")) {
        const { width, height } = at.getBoundingClientRect();
        if (at.checkVisibility({ visibilityProperty: true }) && (height < least || width < 24)) bad.push(`${where}: ${at.id || at.className || at.textContent} ${width} × ${height}`);
      }
      return bad;
    }, [where, least]);
    const found = await small("first");
    if (options === PHONE) {
      await page.click("#file-tree-button");
      await page.locator("#file-tree").waitFor();
      found.push(...await small("files"));
      await page.click("#panel-result");
    }
    for (const tab of ["overview", "layers", "start", "bases", "cache", "checks"]) {
      await open_tab(page, tab);
      await page.evaluate(() => { for (const at of document.querySelectorAll(".tab-panel details")) at.open = true; });
      found.push(...await small(tab));
    }
    assert.deepEqual(found, []);
  }
};

tests.a_toast_covers_neither_the_prompt_nor_keys_and_closes_at_its_right_end = async ({ fresh }) => {
  for (const options of [PHONE, LANDSCAPE, { viewport: { width: 1280, height: 720 } }]) {
    const page = await fresh(options);
    await wait_verdict(page, "fails");
    const is_small = options.viewport.width <= 760;
    if (is_small) await page.click("#panel-terminal");
    await open_terminal(page);
    // Where a terminal is shown alone, the fix is taken in another panel.
    await page.locator("#next-step").evaluate((at) => at.click());
    await page.locator("#toast").waitFor();
    const box = await page.locator("#toast").boundingBox();
    for (const part of ["section.terminal", ".panels", "#verdict"]) {
      if (!await page.locator(part).isVisible()) continue;
      assert.ok(!overlap(box, await page.locator(part).boundingBox()), `${part} is covered at ${options.viewport.width} px`);
    }
    const close = await page.locator("#toast .icon-button").boundingBox();
    assert.ok(box.x + box.width - close.x - close.width < 20, "the button that closes it stands at the right end");
    const actions = await page.locator("#toast [data-action]").evaluateAll((all) => all.map((at) => at.getBoundingClientRect().y));
    assert.equal(new Set(actions).size, 1, `one row: ${actions}`);
  }
};

tests.no_part_of_the_header_covers_another = async ({ fresh }) => {
  for (const width of [760, 900, 960, 1005, 1152]) {
    const page = await fresh({ viewport: { width, height: 720 } });
    await wait_verdict(page, "fails");
    const parts = await page.locator("header.bar :is(button, select, input)").all();
    const boxes = [];
    for (const part of parts) if (await part.isVisible()) boxes.push(await part.boundingBox());
    boxes.sort((a, b) => a.x - b.x);
    for (const [index, box] of boxes.entries()) {
      const next = boxes[index + 1];
      assert.ok(box.x + box.width <= (next?.x ?? width) + 0.5, `at ${width} px: ${JSON.stringify([box, next])}`);
    }
  }
};

tests.tabs_that_go_on_behind_the_edge_have_a_shadow_there = async ({ fresh }) => {
  const page = await fresh(PHONE);
  await wait_verdict(page, "fails");
  await page.click("#panel-result");
  await page.locator("#tab-real-build").waitFor();
  const tabs = page.locator(".result-tabs");
  assert.ok(await tabs.evaluate((at) => at.scrollWidth > at.clientWidth));
  assert.match(await tabs.evaluate((at) => getComputedStyle(at).backgroundAttachment), /local, local, scroll, scroll/);
};

const TABLET = { viewport: { width: 768, height: 1024 }, hasTouch: true };
const LESSON = `${page_address}#lesson=then/03-not-found-on-alpine`;

tests.a_lesson_on_a_tablet_is_wide_enough_and_nothing_is_cut = async ({ fresh }) => {
  for (const [viewport, locale] of [[TABLET.viewport, "en-US"], [TABLET.viewport, "zh-CN"], [{ width: 1000, height: 700 }, "en-US"]]) {
    const page = await fresh({ ...TABLET, viewport, locale }, LESSON);
    await page.locator(".lesson h2").waitFor();
    await page.locator("#stage-graph").waitFor();
    await page.locator(".cm-line", { hasText: "alpine" }).first().waitFor();
    await page.click("#run-lesson");
    await page.locator(".command .outcome").last().waitFor();
    const lesson = await page.locator(".lesson").boundingBox();
    assert.ok(lesson.width >= 280, `the lesson is ${lesson.width} px wide`);
    for (const code of await page.locator(".command .line code").all()) {
      const { width } = await code.boundingBox();
      assert.ok(width >= 120, `a command has ${width} px`);
    }
    // A control ends where the panel around it ends, and a heading has one line.
    const cut = await page.evaluate(() => {
      const bad = [];
      for (const panel of document.querySelectorAll(".lesson, .terminal-bar, .stages")) {
        const edge = panel.getBoundingClientRect().right + 0.5;
        for (const at of panel.querySelectorAll("button")) {
          if (at.checkVisibility() && (at.getBoundingClientRect().right > edge || at.scrollWidth > at.clientWidth + 1)) bad.push(at.textContent || at.id);
        }
      }
      return bad;
    });
    assert.deepEqual(cut, []);
    assert.ok((await page.locator(".terminal-bar h2").boundingBox()).height < 30);
    assert.ok((await page.locator(".terminal .xterm-host, .terminal .log").first().boundingBox()).height >= 50);
    const [result, work] = [await page.locator(".result").boundingBox(), await page.locator(".work").boundingBox()];
    assert.ok(result.y >= work.y + work.height && result.x === work.x, JSON.stringify([work, result]));
  }
};

tests.the_tab_of_the_open_file_is_scrolled_into_view = async ({ fresh }) => {
  const page = await fresh(TABLET, LESSON);
  const tabs = page.locator(".file-bar .tabs");
  await tabs.locator("[aria-selected=true]", { hasText: "Dockerfile.alpine" }).waitFor();
  const is_seen = async () => {
    const [row, tab] = [await tabs.boundingBox(), await tabs.locator("[aria-selected=true]").boundingBox()];
    return tab.x >= row.x - 1 && tab.x + tab.width <= row.x + row.width + 1;
  };
  const waits_until_seen = async (what) => {
    for (let i = 0; i < 50 && !await is_seen(); i++) await page.waitForTimeout(20);
    assert.ok(await is_seen(), what);
  };
  await waits_until_seen("at first");
  assert.ok(await tabs.evaluate((at) => at.scrollWidth > at.clientWidth), "the row scrolls");
  for (const end of ["last", "first"]) {
    await tabs.locator(".tab:not(.binary)")[end]().evaluate((at) => at.click());
    await waits_until_seen(end);
  }
  await page.setViewportSize({ width: 770, height: 1024 });
  await waits_until_seen("after the window was made wider");
};

tests.the_link_to_the_editor_focuses_its_text = async ({ fresh }) => {
  const in_editor = (page) => page.waitForFunction(() => document.activeElement.matches(".cm-content"));
  for (const options of [DESK, PHONE]) {
    const page = await fresh(options);
    await wait_verdict(page, "fails");
    // On a phone another panel is shown.
    if (options === PHONE) await page.click("#panel-result");
    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    await in_editor(page);
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText("FROM alpine:3.20\nCMD [\"true\"]\n");
    await shows(page.locator(".cm-content"), /^FROM alpine:3\.20\nCMD/);
    assert.equal(new URL(page.url()).hash, "");
  }
};
