// The layers and the files of the image.
import assert from "node:assert/strict";
import { PHONE, change_line, paste, shows, wait_verdict } from "./page.mjs";

export const tests = {};

/** Shows the layers, and waits until the simulator lists their files. */
async function open_layers(page) {
  await page.locator("#tab-layers").click();
  await page.locator("#explorer").waitFor();
  await page.locator("#explorer [role=treeitem]").first().waitFor();
}

tests.the_files_of_the_image_are_searched_seen_and_saved = async ({ page }) => {
  await wait_verdict(page, "fails");
  await open_layers(page);
  const card = page.locator("#explorer");
  // By keyboard: the first folder opens with the right arrow, and its first child is the next line.
  const first = card.locator("[role=treeitem]").first();
  await first.focus();
  assert.equal(await first.getAttribute("aria-expanded"), null, "the heaviest thing is the program");
  await shows(first, /server/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await card.locator("[aria-expanded=true]").first().waitFor();
  assert.ok((await card.locator("[aria-level='2']").count()) > 0);
  await page.locator("#find-file").fill("etc/passwd");
  await card.locator("[role=treeitem]", { hasText: "/etc/passwd" }).first().click();
  await shows(card.locator("#viewed pre").first(), /^root:x:0:0/);
  await shows(card.locator("#viewed"), /Why is this here\?[\s\S]*from the base image[\s\S]*alpine/);
  const saved = page.waitForEvent("download");
  await page.locator("#save-file").click();
  assert.equal((await saved).suggestedFilename(), "passwd");
  await page.locator("#find-file").fill("/server");
  await card.locator("[role=treeitem]", { hasText: "/server" }).first().click();
  await shows(card.locator("#viewed"), /added by[\s\S]*line 7[\s\S]*COPY --from=builder/);
  await shows(card.locator("#viewed"), /ld-linux-x86-64\.so\.2/);
};

tests.layers_of_the_dockerfile_come_first_and_the_base_is_one_row_that_opens = async ({ page }) => {
  await wait_verdict(page, "fails");
  await open_layers(page);
  const rows = page.locator(".layers > li");
  await shows(rows.nth(1), /COPY --from=builder[\s\S]*line \d/);
  const base = page.locator("#base-layers");
  assert.equal(await base.getAttribute("aria-expanded"), "false");
  const before = await rows.count();
  await base.focus();
  await page.keyboard.press("Enter");
  assert.ok((await rows.count()) > before);
  // A line of the Dockerfile is shown in the editor.
  await rows.nth(1).locator(".line").click();
  await page.locator(".cm-editor.cm-focused").waitFor();
  await page.locator(".layers .at-cursor", { hasText: "COPY --from=builder" }).waitFor();
  // The scale is a choice.
  const bar = rows.nth(1).locator(".bar-of-layer .all");
  await page.locator("#scale-logarithmic").click();
  assert.equal(await page.locator("#scale-logarithmic").getAttribute("aria-pressed"), "true");
  assert.ok(Number(await bar.getAttribute("width")) > 0);
};

tests.a_layer_shows_what_it_adds_and_what_could_be_saved = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM alpine:3.20\nRUN mkdir -p /srv/app && head -c 150 /dev/zero >/srv/app/main.go\nRUN chmod 700 /srv/app/main.go\nCMD [\"true\"]\n");
  await wait_verdict(page, "starts");
  await open_layers(page);
  await shows(page.locator("#space summary"), /could be saved/);
  await page.locator("#space summary").click();
  await shows(page.locator("#space"), /\/srv\/app\/main\.go[\s\S]*dive/);
  await page.locator(".layers button.layer", { hasText: "RUN chmod" }).click();
  await shows(page.locator("#explorer h3"), /Files of layer 3/);
  await shows(page.locator("#show-changed"), /Changed\s*1/);
  assert.equal(await page.locator("#show-unchanged").getAttribute("aria-pressed"), "false");
  await page.locator("#show-unchanged").click();
  await page.locator("#explorer [role=treeitem]", { hasText: "bin" }).first().waitFor();
  // A half-typed word keeps what is open.
  await change_line(page, "CMD", "EXPO");
  await wait_verdict(page, "error");
  await page.locator(".outdated-note").waitFor();
  await shows(page.locator("#explorer h3"), /Files of layer 3/);
};

tests.the_map_of_files_zooms_by_keyboard_and_back = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM alpine:3.20\nRUN mkdir -p /srv/data && head -c 300000 /dev/zero > /srv/data/one && head -c 90000 /dev/zero > /srv/two\nCMD [\"true\"]\n");
  await open_layers(page);
  await page.locator(".layers button.layer", { hasText: "RUN mkdir" }).click();
  const tile = page.locator("#treemap .tile[role=button]").first();
  await shows(page.locator(".crumbs"), /^\s*\/\s*$/);
  await page.locator("#treemap .tile[role=button]", { hasText: "srv" }).first().waitFor();
  await tile.focus();
  await page.keyboard.press("Enter");
  await shows(page.locator(".crumbs"), /srv/);
  await page.locator("#treemap .tile[role=button]", { hasText: "data" }).first().waitFor();
  await page.keyboard.press("Tab");
  await page.locator(".crumbs button").first().click();
  await shows(page.locator(".crumbs"), /^\s*\/\s*$/);
};

tests.images_are_compared_file_by_file = async ({ page }) => {
  await wait_verdict(page, "fails");
  await open_layers(page);
  // The image that is compared with is one of which all data has arrived.
  await page.waitForLoadState("networkidle");
  const kept = { label: "the image when the workspace was opened or kept" };
  await page.locator("#compare-with").selectOption(kept);
  await page.click("#keep-state");
  await shows(page.locator("#show-added"), /Added\s*0\b/);
  await change_line(page, "COPY --from=builder", "COPY --from=builder /src/server /other");
  await page.locator("#comparison-line").waitFor();
  await shows(page.locator("#show-added"), /Added\s*1\b/);
  await shows(page.locator("#show-removed"), /Removed\s*1\b/);
  await page.locator("#compare-with").selectOption({ label: "nothing" });
  await page.locator("#comparison-line").waitFor({ state: "detached" });
};

tests.the_layers_of_another_stage_can_be_seen = async ({ page }) => {
  await wait_verdict(page, "fails");
  await open_layers(page);
  await page.locator("#layers-of-stage").selectOption({ label: "stage builder" });
  await page.locator(".layers button.layer", { hasText: "RUN go build" }).waitFor();
  await page.locator("#layers-of-stage").selectOption({ label: "the final image" });
  await page.locator(".layers button.layer", { hasText: "COPY --from=builder" }).waitFor();
};

tests.packages_are_known_once_their_index_came = async ({ page }) => {
  await wait_verdict(page, "fails");
  const asked = page.waitForResponse((answer) => answer.url().endsWith("/packages/debian-12.tsv"));
  await paste(page, "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*\nCMD [\"curl\", \"--version\"]\n");
  assert.equal((await asked).status(), 200);
  await open_layers(page);
  await page.locator(".layers button.layer", { hasText: "apt-get install" }).click();
  await page.locator("#find-file").fill("curl");
  await page.locator("#explorer [role=treeitem]", { hasText: "/usr/bin/curl" }).first().click();
  await shows(page.locator("#viewed"), /belongs to the package curl/);
  await page.locator("#find-file").fill("libcurl4");
  await page.locator("#explorer [role=treeitem]", { hasText: "libcurl4" }).first().waitFor();
};

tests.thousands_of_files_are_scrolled_through = async ({ page }) => {
  await wait_verdict(page, "fails");
  await paste(page, "FROM alpine:3.20\nRUN for i in $(seq 1 900); do echo $i > /srv/file$i; done\nCMD [\"true\"]\n");
  await open_layers(page);
  await page.locator("#find-file").fill("/srv/file");
  await page.locator("#explorer [role=treeitem]", { hasText: "/srv/file" }).first().waitFor();
  assert.ok((await page.locator("#explorer [role=treeitem]").count()) <= 160);
  await page.locator("#file-rows").evaluate((list) => { list.scrollTop = list.scrollHeight; });
  await page.locator("#explorer [role=treeitem]", { hasText: /\/srv\/file[1-9]\b/ }).first().waitFor();
};

tests.a_phone_lists_layers_and_files = async ({ fresh }) => {
  const page = await fresh(PHONE);
  await page.locator("#panel-result").click();
  await open_layers(page);
  assert.equal(await page.locator("#treemap").isVisible(), false);
  await shows(page.locator(".layers"), /COPY --from=builder/);
  const panel = page.locator("#tab-panel-layers");
  const [width, seen] = await panel.evaluate((panel) => [panel.scrollWidth, panel.clientWidth]);
  assert.ok(width <= seen, `${width} of ${seen} pixels`);
};

tests.a_phone_lists_the_largest_files = async ({ fresh }) => {
  const page = await fresh(PHONE);
  await wait_verdict(page, "fails");
  await page.locator("#panel-result").click();
  await open_layers(page);
  await page.locator("#largest-files summary").click();
  await shows(page.locator("#largest-files tr").first(), /^\/\S+\s+≈?\d/);
  await page.locator("#largest-files button").first().click();
  await page.locator("#viewed").waitFor();
};
