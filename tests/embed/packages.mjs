// The npm packages, as somebody uses them: `node tests/embed/packages.mjs PACKAGES NATIVE`. PACKAGES has the folders
// `element` and `simulator`, NATIVE is a report of `stageplay build --run --format json app/tests/sample`.
import { launch } from "../chromium.mjs";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { host } from "./server.mjs";
import { element, post } from "./pages.mjs";

const [packages, native] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "stageplay-packages-"));
const npm = (...words) => execFileSync("npm", words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
let failed = 0;

async function test(name, work) {
  const began = Date.now();
  try {
    await work();
    console.log(`  ok      ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`  FAILED  ${name}\n${error.stack}`);
  }
}

writeFileSync(join(folder, "package.json"), '{ "name": "somebody", "private": true, "type": "module" }\n');
const packed = ["element", "simulator"].map((name) => npm("pack", "--silent", join(process.cwd(), packages, name)).trim().split("\n").at(-1));
npm("install", "--offline", "--no-audit", "--no-fund", "--silent", ...packed.map((name) => `./${name}`));
const installed = join(folder, "node_modules/@stageplay");

const sample = Object.fromEntries(["Dockerfile", "main.go"].map((name) => [name, readFileSync(join("app/tests/sample", name), "utf8")]));

await test("a_program_in_node_gets_the_report_that_the_command_line_prints", () => {
  writeFileSync(join(folder, "try.mjs"), `
    import { Simulator, VERSION, createSimulator, simulate } from "@stageplay/simulator";
    const sample = ${JSON.stringify(sample)};
    const report = await simulate(sample);
    const program = new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
    const other = await (await createSimulator()).details({ "other.Dockerfile": "FROM debian:12 AS a\\nRUN apt-get update && apt-get install -y curl\\nFROM a\\nCOPY run.sh app /\\nCMD [\\"/run.sh\\"]\\n", "run.sh": { content: "#!/bin/sh\\necho hi\\n", executable: true }, app: program },
      { dockerfile: "other.Dockerfile", engine: "docker-20.10", builder: "classic", date: "2024-01-01", language: "zh-CN", entries: false });
    const problems = [];
    for (const [files, options] of [[{ Dockerfile: "FROM a" }, { engine: "podman" }], [{}, {}], [{ Dockerfile: 7 }, {}], [{ "../Dockerfile": "x" }, { dockerfile: "../Dockerfile" }]]) {
      await simulate(files, options).catch((error) => problems.push(error.message));
    }
    console.log(JSON.stringify({ report, other, problems, engines: Simulator.engines().length, VERSION }));
  `);
  const { report, other, problems, engines } = JSON.parse(execFileSync(process.execPath, ["try.mjs"], { cwd: folder, maxBuffer: 1 << 26 }));
  assert.deepEqual(report, JSON.parse(readFileSync(native, "utf8")));
  assert.deepEqual([other.report.run.verdict, other.report.run.stdout, other.graph.target, other.report.bases[0].as_of], ["starts", "hi\n", 1, "2024-01-01"]);
  assert.ok(engines > 10 && problems.length === 4, JSON.stringify(problems));
});

await test("the_types_name_everything_that_a_report_has", () => {
  const types = readFileSync(join(installed, "simulator/report.d.ts"), "utf8");
  const report = JSON.parse(readFileSync(native, "utf8"));
  for (const [name, value] of [["BuildReport", report], ["ImageReport", report.image], ["RunReport", report.run], ["Stage", report.stages[0]]]) {
    const [, body] = types.split(`export interface ${name} {`);
    for (const key of Object.keys(value)) assert.match(body.split("\n}")[0], new RegExp(`^  ${key}\\??:`, "m"), `${name}.${key}`);
  }
});

/** TypeScript's compiler, where the registry has it; it is no dependency of ours. */
function compiler() {
  try {
    execFileSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--silent", "typescript@5.9.3"], { cwd: folder, stdio: "ignore", timeout: 120_000 });
    return join(folder, "node_modules/typescript/bin/tsc");
  } catch {
    return null;
  }
}

await test("typescript_accepts_what_the_types_allow_and_nothing_else", () => {
  writeFileSync(join(folder, "try.ts"), `
    import "@stageplay/element";
    import type { StagePlay } from "@stageplay/element";
    import { simulate, createSimulator, Simulator, VERSION, type Options } from "@stageplay/simulator";
    import type { BuildReport } from "@stageplay/simulator/report";
    const options: Options = { engine: "docker-28", builder: "classic", date: "2024-01-01" };
    const report: BuildReport = await simulate({ Dockerfile: "FROM scratch", run: { content: new Uint8Array(), executable: true } }, options);
    const verdict: string | undefined = report.run?.verdict;
    const details = await (await createSimulator()).details({ Dockerfile: "FROM scratch" });
    const play: StagePlay | null = document.querySelector("stage-play");
    play?.addEventListener("result", ({ detail }) => console.log(detail.verdict, detail.report));
    play?.addEventListener("goal", ({ detail }) => console.log(detail.isReached));
    console.log(verdict, details.layers?.[0]?.size, Simulator.engines()[0]?.id, VERSION, await play?.run());
    // @ts-expect-error There is no such option.
    await simulate({}, { nothing: 1 });
    // @ts-expect-error A file is text or bytes.
    await simulate({ Dockerfile: 7 });
  `);
  const tsc = compiler();
  if (!tsc) return console.log("    skipped: TypeScript is not to be had");
  for (const [module, resolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
    const words = ["--noEmit", "--strict", "--target", "es2022", "--module", module, "--moduleResolution", resolution, "--lib", "es2022,dom"];
    try {
      execFileSync(process.execPath, [tsc, ...words, "try.ts"], { cwd: folder, encoding: "utf8" });
    } catch (error) {
      assert.fail(`${resolution}: ${error.stdout}`);
    }
  }
});

const browser = await launch();
const site = await host({
  folders: { "/play/": join(installed, "element/"), "/simulator/": join(installed, "simulator/") },
  pages: { "/post": post("/play/", element("open")), "/program": "<!doctype html><title>A program</title>" },
});
const page = await browser.newPage();

await test("the_element_works_from_its_installed_folder", async () => {
  await page.goto(`${site.origin}/post`);
  await page.locator(".verdict[data-verdict=fails]").waitFor({ timeout: 60_000 });
  assert.equal(await page.locator("a.link").isVisible(), false, "it knows no site");
});

await test("a_program_in_a_browser_simulates_too", async () => {
  await page.goto(`${site.origin}/program`);
  const verdict = await page.evaluate(async (files) => {
    const { simulate } = await import("/simulator/index.mjs");
    return (await simulate(files)).run.verdict;
  }, sample);
  assert.equal(verdict, "fails");
});

await browser.close();
site.close();
const sizes = readdirSync(folder).filter((name) => name.endsWith(".tgz")).map((name) => `${name} ${(readFileSync(join(folder, name)).length / 1e6).toFixed(1)} MB`);
console.log(`  ${sizes.join(", ")}`);
rmSync(folder, { recursive: true, force: true });
console.log(`${5 - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
