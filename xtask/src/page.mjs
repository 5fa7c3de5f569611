// Assembles the page: `node page.mjs PROGRAM DIST`. PROGRAM is what page-bindings wrote, without `.js` and `_bg.wasm`.
//
// What `www/index.html` marks with `data-trunk` is handled as trunk does it for `serve --dev`: files are copied, named
// after a digest of their content, and checked by the browser against that digest.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, parse } from "node:path";

const [program, dist] = process.argv.slice(2);
const source = "www";
// A server that reads the folder sees the old page or the new one.
const staged = `${dist}.new`;
rmSync(staged, { recursive: true, force: true });
mkdirSync(staged, { recursive: true });

/** Writes a file under a name with a digest in it: 16 hexadecimal digits, for which the server allows caching. */
function put(bytes, name) {
  const { name: stem, ext } = parse(name);
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const hashed = `${stem}-${digest}${ext}`;
  writeFileSync(join(staged, hashed), bytes);
  const integrity = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
  return { url: `/${hashed}`, integrity };
}

const read = (name) => readFileSync(join(source, name));

/** Loads the program with the progress that `data-initializer` shows. */
const start = ({ js, wasm, boot, size }) => `<script type="module">
import init, * as bindings from "${js}";
import initializer from "${boot}";

const { onStart, onProgress, onComplete, onSuccess, onFailure } = initializer();
onStart();
try {
  const response = await fetch("${wasm}");
  let current = 0;
  const counter = new TransformStream({
    transform(chunk, controller) {
      current += chunk.byteLength;
      onProgress({ current, total: ${size} });
      controller.enqueue(chunk);
    },
  });
  const { headers, status, statusText } = response;
  const counted = new Response(response.body.pipeThrough(counter), { headers, status, statusText });
  const started = await init({ module_or_path: counted });
  window.wasmBindings = bindings;
  onComplete();
  onSuccess(started);
} catch (error) {
  onComplete();
  onFailure(error);
}
</script>`;

function application(attributes) {
  if (existsSync(join(dirname(program), "snippets"))) throw new Error("JavaScript snippets of crates are not handled");
  const bytes = readFileSync(`${program}_bg.wasm`);
  const js = put(readFileSync(`${program}.js`), basename(`${program}.js`));
  const wasm = put(bytes, basename(`${program}_bg.wasm`));
  const boot = put(read(attributes["data-initializer"]), attributes["data-initializer"]);
  const preload = (file, rest) => `<link ${rest} href="${file.url}" crossorigin="anonymous" integrity="${file.integrity}">`;
  const preloads = [
    preload(js, 'rel="modulepreload"'),
    preload(boot, 'rel="modulepreload"'),
    preload(wasm, 'rel="preload" as="fetch" type="application/wasm"'),
  ];
  return preloads.join("\n    ") + "\n    " + start({ js: js.url, wasm: wasm.url, boot: boot.url, size: bytes.length });
}

function element(tag) {
  const attributes = Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  const { rel, href, src } = attributes;
  if (src) {
    const { url, integrity } = put(read(src), basename(src));
    return `<script src="${url}" integrity="${integrity}">`;
  }
  switch (rel) {
    case "rust":
      return application(attributes);
    case "css": {
      const { url, integrity } = put(read(href), basename(href));
      return `<link rel="stylesheet" href="${url}" integrity="${integrity}"/>`;
    }
    case "copy-file":
    case "copy-dir":
      cpSync(join(source, href), join(staged, basename(href)), { recursive: true });
      return "";
    default:
      throw new Error(`${source}/index.html: data-trunk rel="${rel}" is not handled`);
  }
}

const index = readFileSync(join(source, "index.html"), "utf8");
writeFileSync(join(staged, "index.html"), index.replace(/<(?:link|script) data-trunk[^>]*>/g, element));
rmSync(dist, { recursive: true, force: true });
renameSync(staged, dist);
