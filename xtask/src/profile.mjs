// Runs the simulator as first visits do, and writes which of its functions they call:
// `node profile.mjs BINDINGS PROGRAM OUT`. BINDINGS is the script that page-bindings wrote, PROGRAM what
// `profile-split instrument` made of the program, OUT gets the number of each function that is called, and of its piece.
//
// A visit opens an example and edits it. Piece 0 is what the page's first example calls, in both languages, while somebody
// types in it, and in an embed; piece 1 is what the other examples call, and so most builds.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";

const [bindings, program, out] = process.argv.slice(2);
const source = "www";

/** The simulator's data, by the name that it has in the page's data folder. */
const index = readFileSync(join(source, "index.html"), "utf8");
const data = new Map([...index.matchAll(/href="([^"]+)" data-kind="data"/g)].map(([, path]) => [basename(path), join(source, path)]));

// What a worker has and Node has not.
const DATA = "http://data/";
let isLoading = 0;
globalThis.WorkerGlobalScope = class { static [Symbol.hasInstance]() { return true; } };
globalThis.stageplayData = DATA;
globalThis.stageplayLoadPiece = () => {};
globalThis.fetch = async ({ url }) => {
  const [top, ...below] = decodeURIComponent(url.slice(DATA.length)).split("/");
  const path = join(data.get(top) ?? "", ...below);
  const isThere = data.has(top) && existsSync(path) && statSync(path).isFile();
  if (!isThere) throw new Error(`the simulator asks for ${url}, which is not there`);
  const response = new Response(readFileSync(path));
  // Until the simulator has taken the content.
  isLoading++;
  for (const form of ["text", "arrayBuffer"]) {
    const read = response[form].bind(response);
    response[form] = () => read().finally(() => setTimeout(() => isLoading--));
  }
  return response;
};
let last = null;
globalThis.postMessage = (text) => { last = text; };

const folder = mkdtempSync(join(tmpdir(), "stageplay-profile-"));
const script = join(folder, "bindings.mjs");
buildSync({ entryPoints: [bindings], bundle: true, format: "esm", target: "es2022", outfile: script, logLevel: "error" });
const { default: init, Simulator } = await import(pathToFileURL(script));
rmSync(folder, { recursive: true });
const exports = await init({ module_or_path: readFileSync(program) });

const turn = () => new Promise((done) => setTimeout(done, 1));

let number = 0;
/** Sends requests as the page does, and waits until the simulator has all data for them. */
async function ask(...requests) {
  for (const request of requests) globalThis.onmessage({ data: [JSON.stringify({ number: ++number, request })] });
  let quiet = 0;
  while (quiet < 3) {
    await turn();
    quiet = isLoading ? 0 : quiet + 1;
  }
  if (JSON.parse(last).answered < number) throw new Error(`the simulator did not answer ${JSON.stringify(requests).slice(0, 200)}`);
}

const load = (workspace, language) => ({ load: { workspace, language, calibration: "" } });
const dockerfile = (workspace) => workspace.files.find(({ path }) => path === workspace.dockerfile);

/** Opens a workspace, and adds a line to its Dockerfile. */
async function visit(workspace, language) {
  const { path, text } = dockerfile(workspace);
  await ask(load(workspace, language), { edit: [[path, `${text}ENV EDITED=1\n`]] });
}

/** Writes each line of a Dockerfile anew, key by key. */
async function type(workspace) {
  const { path, text } = dockerfile(workspace);
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    for (let length = 0; length <= line.length; length++) {
      await ask({ edit: [[path, [...lines.slice(0, index), line.slice(0, length), ...lines.slice(index + 1)].join("\n")]] });
    }
  }
}

const embed = new Simulator();
/** Simulates a workspace as an embed does. */
function simulate(workspace) {
  for (;;) {
    const answer = JSON.parse(embed.simulate(JSON.stringify({ workspace, run: true, language: "en" })));
    if (!answer.missing.length) return;
    for (const path of answer.missing) {
      const [top, ...below] = path.split("/");
      embed.take(path, readFileSync(join(data.get(top), ...below)));
    }
  }
}

const page = readFileSync(join(source, "generated/first-visit.html"), "utf8");
const first = JSON.parse(page.match(/<script type="application\/json" id="first-visit">(.*?)<\/script>/s)[1]).workspace;
const folderOfExamples = data.get("examples");
const examples = readdirSync(folderOfExamples).filter((name) => name !== "index.json").sort()
  .map((name) => JSON.parse(readFileSync(join(folderOfExamples, name), "utf8")));

const counters = Object.entries(exports).filter(([name]) => name.startsWith("called ")).map(([name, called]) => [Number(name.slice("called ".length)), called]);
const pieces = new Map();
/** Puts the functions that were called into a piece, unless they are in one. */
function put(piece) {
  for (const [number, called] of counters) if (called.value && !pieces.has(number)) pieces.set(number, piece);
}

for (const language of ["zh-CN", "en"]) await visit(first, language);
await type(first);
simulate(first);
put(0);

for (const workspace of examples) {
  await visit(workspace, "en");
  simulate(workspace);
}
put(1);

writeFileSync(out, [...pieces].map((line) => line.join(" ")).join("\n"));
const count = (piece) => [...pieces.values()].filter((other) => other === piece).length;
console.log(`    of ${counters.length} functions the first example calls ${count(0)}, others ${count(1)} more`);
