// The stage graph, the build cache, the base images.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { PHONE, change_line, editor_text, open_tab, paste, shows, wait_verdict } from "./page.mjs";

export const tests = {};

tests.an_edit_shows_what_runs_anew_and_why = async ({ page }) => {
  await wait_verdict(page, "fails");
  await open_tab(page, "cache");
  const card = page.locator("#cache");
  await shows(card, /see here which steps run again, and why/);
  await page.locator("#play-edits").waitFor();
  await change_line(page, "COPY main.go .", "COPY main.go ./");
  await page.locator(".result[aria-busy=false]").waitFor();
  await shows(card, /COPY main\.go \.\/ runs again: the instruction changed/);
  await shows(card.locator("ol"), /WORKDIR \/src[\s\S]*from the cache[\s\S]*the step before it runs again/);
};

tests.a_stage_of_the_graph_is_examined_by_a_click_and_the_cursor_opens_nothing = async ({ page }) => {
  await wait_verdict(page, "fails");
  const builder = page.locator(".node.stage", { hasText: "builder" });
  await page.locator(".cm-line", { hasText: "WORKDIR" }).click();
  await page.locator(".node.at-cursor", { hasText: "builder" }).waitFor();
  assert.equal(await page.locator("#stage-details").count(), 0);
  await builder.click();
  await shows(page.locator("#stage-details"), /go build -o server/);
  await page.locator(".cm-stage").first().waitFor();
  await open_tab(page, "layers");
  await page.locator(".layers button.layer", { hasText: "RUN go build" }).waitFor();
  assert.equal(await page.locator("#layers-of-stage option:checked").innerText(), "stage builder");
  await open_tab(page, "overview");
  await builder.click();
  await open_tab(page, "layers");
  await page.locator(".layers button.layer", { hasText: "COPY --from=builder" }).waitFor();
};

// The texts of a node that lie over each other or outside of it.
const misplaced = () => [...document.querySelectorAll("#stage-graph .node")].flatMap((node) => {
  const box = node.querySelector(".box").getBoundingClientRect();
  const texts = [...node.querySelectorAll("text")].filter((text) => text.textContent).map((text) => [text.textContent, text.getBoundingClientRect()]);
  const outside = texts.filter(([, at]) => at.left < box.left || at.right > box.right + 1 || at.bottom > box.bottom);
  const over = texts.filter(([, one], index) => texts.slice(index + 1).some(([, two]) =>
    one.left < two.right && two.left < one.right && Math.abs(one.top - two.top) < 8));
  return [...outside, ...over].map(([text]) => text);
});

tests.no_text_of_the_graph_covers_another = async ({ page, fresh }) => {
  for (const at of [page, await fresh(PHONE)]) {
    await at.locator("#stage-graph .node").first().waitFor({ state: "attached" });
    if (at !== page) await at.click("#show-editor").catch(() => {});
    await paste(at, "FROM node:22 AS deps\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nFROM python:3.12-slim AS py\nRUN pip install requests flask\nFROM deps\nCOPY --from=py /usr/local /usr/local\nCMD [\"node\"]\n");
    await at.locator(".node.stage", { hasText: "deps" }).waitFor({ state: "attached" });
    await at.locator(".result[aria-busy=false]").waitFor({ state: "attached" });
    await at.waitForLoadState("networkidle");
    await at.locator(".node.stage .time", { hasText: "≥" }).first().waitFor({ state: "attached" });
    assert.deepEqual(await at.evaluate(misplaced), []);
  }
};

tests.a_base_is_chosen_from_those_on_which_the_program_starts = async ({ page }) => {
  await wait_verdict(page, "fails");
  await open_tab(page, "bases");
  await page.click("#compare");
  const starts = page.locator("#matrix li.starts");
  await starts.first().waitFor({ timeout: 30_000 });
  const name = await starts.first().locator("code").innerText();
  await starts.first().getByRole("button").click();
  await wait_verdict(page, "starts");
  assert.ok((await editor_text(page)).includes(`\nFROM ${name}`), await editor_text(page));
  await page.click("#undo");
  await wait_verdict(page, "fails");
};

tests.the_graph_is_saved_as_a_drawing_and_as_a_picture = async ({ page }) => {
  await wait_verdict(page, "fails");
  const save = async (id) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(id)]);
    return [download.suggestedFilename(), await readFile(await download.path())];
  };
  const [name, svg] = await save("#stages-svg");
  assert.equal(name, "stages.svg");
  assert.match(svg.toString(), /^<svg[^]*>builder<[^]*<\/svg>$/);
  assert.doesNotMatch(svg.toString(), /var\(|class=|fill=""/, "it needs no style sheet");
  const size = await page.locator("#stage-graph").evaluate((graph) => [graph.viewBox.baseVal.width, graph.viewBox.baseVal.height]);
  const [picture, png] = await save("#stages-png");
  assert.equal(picture, "stages.png");
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], size.map((pixels) => 2 * pixels));
};

tests.a_phone_shows_what_an_edit_costs_beside_the_steps = async ({ fresh }) => {
  const page = await fresh(PHONE);
  await wait_verdict(page, "fails");
  await paste(page, "FROM alpine:latest\nRUN echo one > /one && echo two > /two && echo three > /three\nRUN echo four > /four\n");
  await page.click("#panel-result");
  await open_tab(page, "cache");
  await page.locator(".result[aria-busy=false]").waitFor();
  await page.click("#play-edits");
  const cell = page.locator(".plays tbody td").first();
  await cell.waitFor();
  const { x, width } = await cell.boundingBox();
  assert.ok(x + width < 375, `the first result ends at ${x + width} px`);
};
