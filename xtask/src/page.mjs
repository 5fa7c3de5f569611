// Assembles the page: `node page.mjs BINDINGS DIST`. BINDINGS is the folder in which page-bindings wrote the programs.
//
// What `www/index.html` marks with `data-trunk` is handled as trunk does it for `serve --dev`, but for people who load
// the page from afar: style sheets are one file, each program is one script and one WebAssembly file, files are named
// after a digest of their content, the simulator's data is a folder with such a name, and nothing is inline.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, parse } from "node:path";
import { buildSync, transformSync } from "esbuild";

const [bindings, dist] = process.argv.slice(2);
const source = "www";
// A server that reads the folder sees the old page or the new one.
const staged = `${dist}.new`;
rmSync(staged, { recursive: true, force: true });
mkdirSync(staged, { recursive: true });

/** 16 hexadecimal digits, for which the server allows caching. */
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);
/** The files that every visit loads. */
const shell = [];

/** Writes a file under a name with a digest in it. Addresses are relative: the page may stand in any folder. */
function put(bytes, name) {
  const { name: stem, ext } = parse(name);
  const hashed = `${stem}-${digest(bytes)}${ext}`;
  writeFileSync(join(staged, hashed), bytes);
  shell.push(hashed);
  return `./${hashed}`;
}

const read = (name) => readFileSync(join(source, name));

/** A script with what it imports, as one file. */
function script(name, aliases, constants) {
  const define = Object.fromEntries(Object.entries(constants).map(([key, value]) => [key, JSON.stringify(value)]));
  const alias = Object.fromEntries(Object.entries(aliases).map(([key, value]) => [key, join(process.cwd(), bindings, value)]));
  const options = { bundle: true, minify: true, format: "esm", target: "es2022", write: false, logLevel: "warning" };
  const built = buildSync({ entryPoints: [join(source, name)], alias, define, ...options });
  return put(built.outputFiles[0].contents, name);
}

const marked = [...readFileSync(join(source, "index.html"), "utf8").matchAll(/<(?:link|script) data-trunk[^>]*>/g)].map(([tag]) =>
  Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value])));

/** The simulator's data: a folder named after all that it holds. */
function data() {
  const folder = join(staged, "data");
  for (const { href, "data-kind": kind } of marked) {
    if (kind === "data") cpSync(join(source, href), join(folder, basename(href)), { recursive: true });
  }
  const files = readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile()).sort();
  const all = createHash("sha256");
  for (const name of files) all.update(name).update("\0").update(digest(readFileSync(join(folder, name))));
  const named = `data-${all.digest("hex").slice(0, 16)}`;
  renameSync(folder, join(staged, named));
  return named;
}

/** A program. Browsers keep compiled code only of files of at least 128 kB, and it is loaded as a stream: never inline. */
const wasm = (name) => put(readFileSync(join(bindings, `${name}_bg.wasm`)), `${name}.wasm`);
const simulator = wasm("stageplay-simulator");
const folder = data();
const worker = script("worker.mjs", { "simulator-bindings": "stageplay-simulator.js" }, { SIMULATOR_WASM: simulator, DATA_FOLDER: `./${folder}/` });
const start = script("start.mjs", { "page-bindings": "stageplay-app.js" }, { PAGE_WASM: wasm("stageplay-app") });
const sheets = marked.filter(({ rel }) => rel === "css").map(({ href }) => read(href).toString());
const style = put(transformSync(sheets.join("\n"), { loader: "css", minify: true }).code, "style.css");

let hasStyle = false;
function element(tag) {
  const attributes = Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  const { rel, href, src, "data-bin": program, "data-kind": kind } = attributes;
  if (src) return `<script src="${put(read(src), basename(src))}"${tag.includes(" defer") ? " defer" : ""}>`;
  switch (rel) {
    case "css":
      if (hasStyle) return "";
      hasStyle = true;
      return `<link rel="stylesheet" href="${style}" />`;
    case "rust":
      return program === "stageplay-app" ? `<script type="module" async src="${start}"></script>` : "";
    case "inline":
      return read(href).toString();
    case "copy-file":
    case "copy-dir":
      if (kind !== "data") {
        cpSync(join(source, href), join(staged, basename(href)), { recursive: true });
        shell.push(basename(href));
      }
      return "";
    default:
      throw new Error(`${source}/index.html: data-trunk rel="${rel}" is not handled`);
  }
}

/** The files that the service worker keeps from the start: all but the data that the example does not need. */
const EXAMPLE = /official\/(alpine|buildpack-deps|debian|golang|ubuntu)\.gz$|lessons\/|image_rules\.json$/;

let index = readFileSync(join(source, "index.html"), "utf8").replace(/<(?:link|script) data-trunk[^>]*>/g, element);
index = index.replace(/(<meta name="stageplay-worker" content=")[^"]*/, `$1${worker}`).replace(/\n\s*\n+/g, "\n");
const version = `${process.env.STAGEPLAY_VERSION ?? "0"} · ${digest([index, ...shell].join("\0")).slice(0, 8)}`;
index = index.replace(/(<meta name="stageplay-version" content=")[^"]*/, `$1${version}`);
writeFileSync(join(staged, "index.html"), index);
const example = readdirSync(join(staged, folder), { recursive: true }).filter((name) => EXAMPLE.test(name) && /\.\w+$/.test(name));
const files = [...shell, ...example.sort().map((name) => `${folder}/${name}`)].map((name) => `./${name}`);
const constants = { VERSION: version.replace(/\W+/g, "-"), FILES: files, DATA: `/${folder}/` };
const lines = Object.entries(constants).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`);
writeFileSync(join(staged, "service-worker.js"), lines.join("") + read("service-worker.js"));
rmSync(dist, { recursive: true, force: true });
renameSync(staged, dist);
