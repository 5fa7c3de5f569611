// Measures packages of npm: what an installation leaves of each, and what each needs.
//
// Run by `cargo xtask packages npm`; writes the rows of core/data/packages/npm.tsv to standard output. Each word of
// standard input is a package, such as `express` or `express@4`: npm installs it twice without running scripts, for
// glibc and for musl, and the trees that it makes are read. A row is of a name, or of `name@version` where packages
// need another version than the newest that was seen.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const AT_ONCE = 3;
const OPTIONS = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--os=linux", "--cpu=x64"];
const cache = fs.mkdtempSync(path.join(os.tmpdir(), "npm-cache-"));

const words = fs.readFileSync(0, "utf8").split("\n").filter((line) => !line.startsWith("#")).join(" ").split(/\s+/);
const wanted = words.filter((word) => word);

/** `name@version` to what was seen of it. */
const seen = new Map();
/** Name to the version that stands for it. */
const main = new Map();

function install(folder, name, libc) {
  const args = ["install", name, ...OPTIONS, `--libc=${libc}`, "--cache", cache, "--prefix", folder];
  return new Promise((done) => {
    execFile("npm", args, { cwd: folder, timeout: 300_000, maxBuffer: 1 << 26 }, (error, _out, words) => {
      if (error) process.stderr.write(`${name} (${libc}): ${String(words).split("\n")[0]}\n`);
      done(!error);
    });
  });
}

/** Bytes of the files in a package's folder, without what is nested in it. */
function bytesOf(folder) {
  let total = 0;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== "node_modules") total += bytesOf(place);
    } else if (entry.isFile()) {
      total += fs.statSync(place).size;
    }
  }
  return total;
}

/** The compressed package as the cache has it. */
function tarball(integrity) {
  const [algorithm, digest] = (integrity ?? "").split(" ")[0].split(/-(.*)/s);
  if (!digest) return 0;
  const hex = Buffer.from(digest, "base64").toString("hex");
  const place = path.join(cache, "_cacache/content-v2", algorithm, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4));
  return fs.existsSync(place) ? fs.statSync(place).size : 0;
}

/** What the registry told of all versions of a name, as the cache keeps it. */
function packument(name) {
  const key = `make-fetch-happen:request-cache:https://registry.npmjs.org/${name.replace("/", "%2f")}`;
  const hash = createHash("sha256").update(key).digest("hex");
  const place = path.join(cache, "_cacache/index-v5", hash.slice(0, 2), hash.slice(2, 4), hash.slice(4));
  if (!fs.existsSync(place)) return 0;
  const entries = fs.readFileSync(place, "utf8").trim().split("\n");
  return JSON.parse(entries.at(-1).split("\t")[1]).size ?? 0;
}

/** Where Node would find `name` from a package's folder. */
function resolve(packages, from, name) {
  for (let folder = from; ; ) {
    const place = folder ? `${folder}/node_modules/${name}` : `node_modules/${name}`;
    if (packages[place]) return place;
    if (!folder) return undefined;
    const at = folder.lastIndexOf("/node_modules/");
    folder = at < 0 ? "" : folder.slice(0, at);
  }
}

/** The lines that a lock file has of a package, in bytes. */
function lines(place, entry) {
  return JSON.stringify({ [place]: entry }, null, 2).length + 20;
}

function firstLine(place) {
  const head = Buffer.alloc(200);
  try {
    const file = fs.openSync(place, "r");
    const length = fs.readSync(file, head, 0, head.length, 0);
    fs.closeSync(file);
    const text = head.subarray(0, length).toString("latin1");
    return text.startsWith("#!") ? text.slice(2).split("\n")[0].trim() : "";
  } catch {
    return "";
  }
}

function read(folder, asked, libc) {
  const lock = JSON.parse(fs.readFileSync(path.join(folder, "node_modules/.package-lock.json"), "utf8"));
  for (const [place, entry] of Object.entries(lock.packages)) {
    const name = place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
    const own = path.join(folder, place);
    if (!entry.version || entry.link || !fs.existsSync(own)) continue;
    const id = `${name}@${entry.version}`;
    if (!seen.has(id)) {
      const programs = Object.entries(entry.bin ?? {}).map(([word, file]) => {
        const starts = firstLine(path.join(own, file));
        return `${word}=${path.normalize(file)}${starts === "/usr/bin/env node" ? "" : `=${starts.replaceAll(" ", "_")}`}`;
      });
      seen.set(id, {
        name,
        version: entry.version,
        bytes: bytesOf(own),
        tarball: tarball(entry.integrity),
        lock: lines(place, entry),
        script: entry.hasInstallScript === true,
        programs,
        needs: {},
        count: 0,
      });
    }
    const one = seen.get(id);
    one.count += 1;
    if (!one.needs[libc]) {
      // An optional peer is used where it is there, and brings nothing.
      const isWanted = ([peer]) => !entry.peerDependenciesMeta?.[peer]?.optional;
      const peers = Object.fromEntries(Object.entries(entry.peerDependencies ?? {}).filter(isWanted));
      const names = { ...entry.dependencies, ...entry.optionalDependencies, ...peers };
      const found = Object.keys(names).map((need) => [need, resolve(lock.packages, place, need)]);
      one.needs[libc] = found.filter(([, at]) => at).map(([need, at]) => `${need}@${lock.packages[at].version}`);
    }
    if (place === `node_modules/${asked}`) main.set(name, entry.version);
  }
}

async function measure(word) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "npm-tree-"));
  const name = word.replace(/(.)@.*$/, "$1");
  for (const libc of ["glibc", "musl"]) {
    fs.rmSync(path.join(folder, "node_modules"), { recursive: true, force: true });
    fs.rmSync(path.join(folder, "package-lock.json"), { force: true });
    fs.writeFileSync(path.join(folder, "package.json"), "{}\n");
    // An older version that is asked for by number is no name's main one.
    if (await install(folder, word, libc)) read(folder, word === name ? name : "", libc);
  }
  fs.rmSync(folder, { recursive: true, force: true });
}

const open = [...wanted];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let word = open.shift(); word; word = open.shift()) await measure(word);
  }),
);

// A name that nobody asked for is meant by the version that most ask for.
const common = new Map();
for (const one of seen.values()) {
  const best = common.get(one.name);
  if (!best || one.count > best.count) common.set(one.name, one);
}
for (const [name, one] of common) if (!main.has(name)) main.set(name, one.version);
// `express@4` stands for the newest of that number.
const idOf = (id) => {
  const at = id.lastIndexOf("@");
  return main.get(id.slice(0, at)) === id.slice(at + 1) ? id.slice(0, at) : id;
};
const rows = [];
for (const [id, one] of seen) {
  const { glibc = one.needs.musl ?? [], musl = one.needs.glibc ?? [] } = one.needs;
  const both = glibc.filter((need) => musl.includes(need));
  const only = [...glibc, ...musl].filter((need) => !both.includes(need));
  const notes = [`lock=${one.lock}`, `index=${packument(one.name)}`, ...(one.script ? ["script"] : [])];
  const column = (needs) => [...new Set(needs.map(idOf))].sort().join(" ");
  const programs = one.programs.length > 0 ? `/bin ${one.programs.join(" ")}` : "";
  rows.push([idOf(id), one.version, one.bytes, column(both), column(only), programs, one.tarball, notes.join(" ")]);
}
rows.sort((a, b) => (a[0] < b[0] ? -1 : 1));
for (const row of rows) process.stdout.write(`${row.join("\t")}\n`);
fs.rmSync(cache, { recursive: true, force: true });
