// What the files of the page weigh, compressed as `cargo xtask dist` does it, and how much each part may weigh.
//   node tests/bench/weights.mjs DIST      exit code 1 if a part weighs too much
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/**
 * The parts of the page: which files are in them, and the most that they may weigh together, in kB (1,000 bytes) of
 * brotli. A limit stands a little above what was measured. It is lowered when a part gets lighter; one that a new feature
 * is to exceed needs a reason. What does not belong to the first transfer loads later, or when it is needed.
 */
export const PARTS = [
  // The aim is 250 kB.
  { name: "the first transfer", files: /^(index\.html|icon\.svg|style-|before_first_paint-|start-|stageplay-app-[0-9a-f]{16}\.wasm)/, limit: 245 },
  // At the same time; until it is there the text of the HTML can be edited.
  { name: "the editor", files: /^editor-/, limit: 112 },
  // Once the editor is there, before the simulator; for a page of somebody's own with the first transfer.
  { name: "result, Dockerfile language", files: /^stageplay-app-result-[0-9a-f]{16}/, limit: 200 },
  { name: "the tabs of the result", files: /^stageplay-app-result-tabs-/, limit: 55 },
  { name: "dialogs, lessons, requests", files: /^stageplay-app-others-/, limit: 70 },
  { name: "the words in Chinese", files: /^stageplay-app-chinese-/, limit: 15 },
  { name: "what pieces share", files: /^stageplay-app-chunk-/, limit: 72 },
  // What the page's first example needs, what the other examples need beside it, and the rest (xtask/src/profile.mjs).
  { name: "the simulator", files: /^(stageplay-simulator-[0-9a-f]{16}\.wasm|worker-)/, limit: 720 },
  { name: "the simulator of other builds", files: /^stageplay-simulator-builds-/, limit: 325 },
  { name: "the rest of the simulator", files: /^stageplay-simulator-rest-/, limit: 920 },
  { name: "the terminal", files: /^terminal-/, limit: 90 },
  { name: "exercises and tools for teachers", files: /^(exercises|teach|picture)-/, limit: 50 },
];

export const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(11);
const brotli = (bytes) => {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params });
};

const compressed = new Map();
/** The brotli form of a file: what `cargo xtask dist` wrote, or else as it would. */
export function packed(path) {
  if (!compressed.has(path)) {
    const known = existsSync(`${path}.br`) ? readFileSync(`${path}.br`) : path.endsWith(".gz") ? readFileSync(path) : brotli(readFileSync(path));
    compressed.set(path, known);
  }
  return compressed.get(path);
}

/** The parts of a page, each with its `files`, their sizes in bytes, and the sums. */
export function weigh(dist) {
  const names = readdirSync(dist).filter((name) => statSync(join(dist, name)).isFile() && !/\.(br|gz)$/.test(name)).sort();
  return PARTS.map(({ name, files, limit }) => {
    const sizes = names.filter((file) => files.test(file)).map((file) => {
      const bytes = readFileSync(join(dist, file));
      return { file, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: packed(join(dist, file)).length };
    });
    const sum = (form) => sizes.reduce((all, size) => all + size[form], 0);
    return { name, limit, files: sizes, raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") };
  });
}

/** Writes the table, and returns the parts that weigh too much. */
export function table(parts) {
  console.log(`${"".padEnd(36)}        raw        gzip      brotli     at most`);
  for (const part of parts) {
    console.log(`${part.name.padEnd(36)}${kB(part.raw)} ${kB(part.gzip)} ${kB(part.brotli)} ${kB(part.limit * 1000)}`);
    if (part.files.length < 2) continue;
    for (const { file, raw, gzip, brotli } of part.files) console.log(`  ${file.replace(/-[0-9a-f]{16}/, "").padEnd(34)}${kB(raw)} ${kB(gzip)} ${kB(brotli)}`);
  }
  return parts.filter(({ brotli, limit }) => brotli > limit * 1000);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const parts = weigh(process.argv[2]);
  const heavy = table(parts);
  for (const { name, brotli, limit } of heavy) console.error(`${name}: ${kB(brotli).trim()} of brotli, at most ${limit} kB (tests/bench/weights.mjs)`);
  const missing = parts.filter(({ files, name }) => !files.length && name !== "what pieces share");
  for (const { name } of missing) console.error(`${name}: no file of ${process.argv[2]}`);
  process.exit(heavy.length || missing.length ? 1 : 0);
}
