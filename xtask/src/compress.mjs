// Writes a brotli and a gzip form beside each file of a folder that gets smaller by it.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [folder] = process.argv.slice(2);
const kinds = /\.(css|html|js|json|jsonl|md|mjs|svg|tsv|wasm)$/;
// The server compresses smaller ones neither (MIN_COMPRESSED_BYTES of backend/src/server/static_files.rs).
const least = 1024;

for (const name of readdirSync(folder, { recursive: true })) {
  const path = `${folder}/${name}`;
  // The index gets a token of its own at each start of a server.
  if (!kinds.test(name) || name === "index.html" || statSync(path).size < least) continue;
  const plain = readFileSync(path);
  const brotli = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  if (brotli.length < plain.length) writeFileSync(`${path}.br`, brotli);
  const gzip = gzipSync(plain, { level: constants.Z_BEST_COMPRESSION });
  if (gzip.length < plain.length) writeFileSync(`${path}.gz`, gzip);
}
