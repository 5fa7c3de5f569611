// Assembles the page: `node page.mjs BINDINGS DIST`. BINDINGS is the folder in which page-bindings wrote the programs.
//
// What `www/index.html` marks with `data-trunk` is handled as trunk does it for `serve --dev`, but for people who load
// the page from afar: style sheets are one file, each program is one script and one WebAssembly file, files are named
// after a digest of their content, the simulator's data is a folder with such a name, and nothing is inline.
// A `copy-file` with `data-kind="lazy-script"` is a script that the page loads when it needs it: its address stands in
// a `<meta>` element, where `app/src/interop/lazy_script.rs` looks it up.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, parse, resolve } from "node:path";
import { buildSync, transformSync } from "esbuild";
import { bundleScripts } from "./bundle.mjs";

const [bindings, dist] = process.argv.slice(2);
const source = "www";
bundleScripts();
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

/** The addresses of the pieces of programs, by `PROGRAM-PIECE`. */
const pieces = new Map();

/** The folder of a program's bindings: its own if it is split into pieces. */
const bindingsOf = (program) => (existsSync(join(bindings, program, `${program}.js`)) ? join(bindings, program) : bindings);

/**
 * The script with a program's bindings. Its pieces are loaded from files with a digest in their name, as a stream or, if a
 * server does not name their type, as a whole.
 */
function bindingsScript(program) {
  const folder = bindingsOf(program);
  const name = `${program}.js`;
  if (!existsSync(join(folder, "pieces.js"))) return join(folder, name);
  const STREAM = "WebAssembly.instantiateStreaming(src, imports)";
  const whole = (text) => text.replaceAll(STREAM, "instantiatePiece(src, imports)");
  const named = (text) => text.replace(/"\.\/(\w+)\.wasm"/g, (_, file) => {
    const piece = `${program}-${file.replace("split_", "").replaceAll("_", "-")}`;
    if (!pieces.has(piece)) pieces.set(piece, put(readFileSync(join(folder, `${file}.wasm`)), `${piece}.wasm`));
    return JSON.stringify(pieces.get(piece));
  });
  const script = readFileSync(join(folder, "pieces.js"), "utf8");
  if (!script.includes(STREAM)) throw new Error(`${folder}/pieces.js does not load pieces as it did`);
  const out = join(folder, "page");
  mkdirSync(out, { recursive: true });
  const instantiate = resolve(source, "pieces.mjs");
  writeFileSync(join(out, "pieces.js"), `import { instantiatePiece } from ${JSON.stringify(instantiate)};\n${named(whole(script))}`);
  cpSync(join(folder, name), join(out, name));
  return join(out, name);
}

/** A script with what it imports, as one file. */
function script(name, aliases, constants) {
  const define = Object.fromEntries(Object.entries(constants).map(([key, value]) => [key, JSON.stringify(value)]));
  const alias = Object.fromEntries(Object.entries(aliases).map(([key, value]) => [key, resolve(value)]));
  // wasm-bindgen names a module of which a program imports two functions twice.
  const logOverride = { "duplicate-object-key": "silent" };
  const options = { bundle: true, minify: true, format: "esm", target: "es2022", write: false, logLevel: "warning", logOverride };
  const built = buildSync({ entryPoints: [join(source, name)], alias, define, ...options });
  return put(built.outputFiles[0].contents, name);
}

/** Embeds of older versions that a folder of `STAGEPLAY_KEEP` holds, with the files that they refer to. */
function keepOlderEmbeds() {
  const older = process.env.STAGEPLAY_KEEP;
  if (!older) return;
  const isKept = (name) => /(^embed$|[-_][0-9a-f]{16}(\.|$))/.test(name);
  for (const name of readdirSync(older).filter(isKept)) cpSync(join(older, name), join(staged, name), { recursive: true, force: false });
}

const marked = [...readFileSync(join(source, "index.html"), "utf8").matchAll(/<(?:link|script) data-trunk[^>]*>/g)].map(([tag]) =>
  Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value])));

/** The simulator's data: a folder named after all that it holds. */
function data() {
  const folder = join(staged, "data");
  for (const { href, "data-kind": kind } of marked) {
    // Examples and exercises are made with the first visit; a page that was made without them has none.
    if (kind === "data" && existsSync(join(source, href))) cpSync(join(source, href), join(folder, basename(href)), { recursive: true });
  }
  const files = readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile()).sort();
  const all = createHash("sha256");
  for (const name of files) all.update(name).update("\0").update(digest(readFileSync(join(folder, name))));
  const named = `data-${all.digest("hex").slice(0, 16)}`;
  renameSync(folder, join(staged, named));
  return named;
}

/** A program. Browsers keep compiled code only of files of at least 128 kB, and it is loaded as a stream: never inline. */
const wasm = (name) => put(readFileSync(join(bindingsOf(name), `${name}_bg.wasm`)), `${name}.wasm`);
/** A piece of the simulator that `profile-split` wrote: what the first example needs, what the others need, the rest. */
const simulatorPiece = (name, as) => put(readFileSync(join(bindings, "stageplay-simulator", `${name}.wasm`)), `stageplay-simulator${as}.wasm`);
const isSplit = existsSync(join(bindings, "stageplay-simulator/main.wasm"));
const simulator = isSplit ? simulatorPiece("main", "") : wasm("stageplay-simulator");
const simulatorPieces = isSplit ? [simulatorPiece("piece-1", "-builds"), simulatorPiece("piece-2", "-rest")] : [];
const folder = data();
const worker = script("worker.mjs", { "simulator-bindings": bindingsScript("stageplay-simulator") }, { SIMULATOR_WASM: simulator, SIMULATOR_PIECES: simulatorPieces, DATA_FOLDER: `./${folder}/` });
const program = wasm("stageplay-app");
const bindingsOfPage = bindingsScript("stageplay-app");
/** What the first rendering of somebody's own files needs (`app/src/view/pieces.rs`), with what pieces share. */
const own = [...pieces].filter(([name]) => /^stageplay-app-(result|chunk-\d+)$/.test(name)).map(([, address]) => address);
const start = script("start.mjs", { "page-bindings": bindingsOfPage }, { PAGE_WASM: program, OWN_PIECES: own });
const sheets = marked.filter(({ rel }) => rel === "css").map(({ href }) => read(href).toString());
const style = put(transformSync(sheets.join("\n"), { loader: "css", minify: true }).code, "style.css");

/** The scripts that load when they are needed, by name: their addresses. */
const lazy = {};

let hasStyle = false;
function element(tag) {
  const attributes = Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  const { rel, href, src, "data-bin": bin, "data-kind": kind } = attributes;
  if (src) return `<script src="${put(read(src), basename(src))}"${tag.includes(" defer") ? " defer" : ""}>`;
  switch (rel) {
    case "css":
      if (hasStyle) return "";
      hasStyle = true;
      return `<link rel="stylesheet" href="${style}" />`;
    case "rust":
      // The program is asked for with its script, and not only by it.
      return bin === "stageplay-app"
        ? `<link rel="preload" href="${program}" as="fetch" type="application/wasm" crossorigin />\n    <script type="module" async src="${start}"></script>`
        : "";
    case "inline":
      return read(href).toString();
    case "copy-file":
    case "copy-dir":
      if (kind === "lazy-script") {
        lazy[parse(href).name] = put(read(href), basename(href));
        return "";
      }
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
index = index.replace(/(<meta name="stageplay-data" content=")[^"]*/, `$1./${folder}/`);
index = index.replace(/(<meta name="stageplay-worker" content=")[^"]*/, `$1${worker}`)
  .replace(/(<meta name="stageplay-data" content=")[^"]*/, `$1./${folder}/`)
  .replace(/(<meta name="stageplay-lazy-scripts" content=")[^"]*/, `$1${Object.entries(lazy).flat().join(" ")}`)
  .replace(/\n\s*\n+/g, "\n");
const version = `${process.env.STAGEPLAY_VERSION ?? "0"} · ${digest([index, ...shell].join("\0")).slice(0, 8)}`;
index = index.replace(/(<meta name="stageplay-version" content=")[^"]*/, `$1${version}`);
writeFileSync(join(staged, "index.html"), index);
const example = readdirSync(join(staged, folder), { recursive: true }).filter((name) => EXAMPLE.test(name) && /\.\w+$/.test(name));
const files = [...shell, ...example.sort().map((name) => `${folder}/${name}`)].map((name) => `./${name}`);
const constants = { VERSION: version.replace(/\W+/g, "-"), FILES: files, DATA: `/${folder}/` };
const lines = Object.entries(constants).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`);
writeFileSync(join(staged, "service-worker.js"), lines.join("") + read("service-worker.js"));
// What a package for a learning platform holds: the whole page without the service worker (www/teach/scorm_package.mjs).
const all = readdirSync(staged, { recursive: true }).filter((name) => statSync(join(staged, name)).isFile());
writeFileSync(join(staged, "files.json"), JSON.stringify(all.filter((name) => name !== "service-worker.js").sort()));
// What other people's pages load of it: embed/build.mjs.
const release = process.env.STAGEPLAY_VERSION ?? "0";
execFileSync(process.execPath, ["embed/build.mjs", bindings, staged, release, folder, ...[simulator, ...simulatorPieces].map((name) => name.slice(2))], { stdio: "inherit" });
keepOlderEmbeds();
rmSync(dist, { recursive: true, force: true });
renameSync(staged, dist);
