// Builds the embed from `embed/`: `node embed/build.mjs BINDINGS DIST VERSION DATA WASM PIECE…` puts it into a built page,
// `node embed/build.mjs --packages BINDINGS DIST VERSION OUT` makes the npm packages.
//
// In a page, `embed/vVERSION/` holds what generated code names for ever: small scripts that refer to the page's own
// WebAssembly and data, whose names contain digests. A host that only ever adds files keeps old embeds working.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { typesOfSchema } from "./typescript.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const common = { bundle: true, minify: true, format: "esm", target: "es2022", logLevel: "warning", legalComments: "none" };

const strings = (constants) => Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, JSON.stringify(value)]));

/** The scripts of the element: the entry, and the panel that it loads later. */
function element(out, constants) {
  buildSync({
    ...common, entryPoints: [join(here, "element/stage-play.mjs")], outdir: out, outExtension: { ".js": ".mjs" }, splitting: true,
    chunkNames: "[name]-[hash]", loader: { ".css": "text" }, define: strings(constants),
    // The panel keeps its own file, which the element loads by name.
    external: ["./panel.mjs"],
  });
}

function bundle(entry, out, constants, bindings) {
  const alias = bindings ? { "simulator-bindings": resolve(bindings, "stageplay-simulator.js") } : {};
  buildSync({ ...common, entryPoints: [join(here, entry)], outfile: out, loader: { ".css": "text" }, define: strings(constants), alias, external: ["node:*"] });
}

/** The exercises without their solutions, as `app/prerender` wrote them. */
const packs = (out) => cpSync(join(root, "www/generated/embed-packs"), out, { recursive: true });

const types = () => typesOfSchema(JSON.parse(readFileSync(join(root, "docs/formats/report.schema.json"), "utf8")));

/** The embed of a built page. */
function page(bindings, dist, version, data, wasm, ...pieces) {
  const folder = join(dist, "embed", `v${version}`);
  const constants = { STAGEPLAY_VERSION: version, STAGEPLAY_WORKER: "./worker.mjs", STAGEPLAY_SITE: "../../", STAGEPLAY_PACKS: "./packs/" };
  mkdirSync(folder, { recursive: true });
  element(folder, constants);
  bundle("element/panel.mjs", join(folder, "panel.mjs"), constants);
  bundle("worker/worker.mjs", join(folder, "worker.mjs"), { SIMULATOR_WASM: `../../${wasm}`, SIMULATOR_PIECES: pieces.map((piece) => `../../${piece}`), DATA_FOLDER: `../../${data}/` }, bindings);
  bundle("frame/frame.mjs", join(folder, "frame.mjs"), constants);
  bundle("frame/host.mjs", join(folder, "stage-play-frame.mjs"), constants);
  packs(join(folder, "packs"));
  const html = readFileSync(join(here, "frame/embed.html"), "utf8");
  const style = readFileSync(join(here, "frame/frame.css"));
  for (const [place, prefix] of [[folder, "./"], [dist, `./embed/v${version}/`]]) writeFileSync(join(place, "embed.html"), html.replaceAll("{folder}", prefix));
  writeFileSync(join(folder, "frame.css"), style);
  // The newest version under a name that stays.
  for (const name of ["stage-play.mjs", "stage-play-frame.mjs"]) writeFileSync(join(dist, name), `export * from "./embed/v${version}/${name}";\n`);
  writeFileSync(join(dist, "oembed.json"), oembed(process.env.STAGEPLAY_SITE));
}

/** oEmbed's answer for the page without files. Other sites need the page's own address in it. */
function oembed(site) {
  const source = site ? new URL("embed.html", site.endsWith("/") ? site : `${site}/`).href : "embed.html";
  return `${JSON.stringify({
    version: "1.0", type: "rich", provider_name: "Stageplay", title: "Stageplay", width: 720, height: 640,
    html: `<iframe src="${source}" width="720" height="640" loading="lazy" title="Stageplay"></iframe>`,
  })}\n`;
}

const copyText = (from, to, change = (text) => text) => writeFileSync(to, change(readFileSync(join(here, from), "utf8")));

/** The npm packages as folders below `out`. Their simulator is one file. */
function packages(bindings, dist, version, out) {
  rmSync(out, { recursive: true, force: true });
  const data = readdirSync(dist).find((name) => /^data-[0-9a-f]{16}$/.test(name));
  for (const name of ["element", "simulator"]) {
    const folder = join(out, name);
    mkdirSync(folder, { recursive: true });
    cpSync(join(bindings, "stageplay-simulator/whole.wasm"), join(folder, "stageplay-simulator.wasm"));
    for (const kind of ["official", "packages", "images.jsonl", "image_rules.json"]) {
      cpSync(join(dist, data, kind), join(folder, "data", kind), { recursive: true, filter: (file) => !/\.(br|tsv\.gz)$/.test(file) });
    }
    copyText(`${name}/package.json`, join(folder, "package.json"), (text) => text.replace("{version}", version));
    copyText(`${name}/README.md`, join(folder, "README.md"));
    for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(join(root, licence), join(folder, licence));
    writeFileSync(join(folder, "report.d.ts"), types());
  }
  const constants = { STAGEPLAY_VERSION: version, STAGEPLAY_WORKER: "./worker.mjs", STAGEPLAY_SITE: "", STAGEPLAY_PACKS: "./packs/" };
  const folder = join(out, "element");
  element(folder, constants);
  bundle("element/panel.mjs", join(folder, "panel.mjs"), constants);
  bundle("worker/worker.mjs", join(folder, "worker.mjs"), { SIMULATOR_WASM: "./stageplay-simulator.wasm", SIMULATOR_PIECES: [], DATA_FOLDER: "./data/" }, bindings);
  packs(join(folder, "packs"));
  copyText("element/stage-play.d.ts", join(folder, "stage-play.d.ts"));
  const simulator = join(out, "simulator");
  bundle("simulator/index.mjs", join(simulator, "index.mjs"), { STAGEPLAY_VERSION: version }, bindings);
  copyText("simulator/index.d.ts", join(simulator, "index.d.ts"));
}

const [first, ...rest] = process.argv.slice(2);
if (first === "--packages") packages(...rest);
else page(first, ...rest);
