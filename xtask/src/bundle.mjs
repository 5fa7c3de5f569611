// Bundles the scripts of the page that are not part of its program: `www/NAME/NAME.mjs` with all that it imports becomes
// `www/generated/NAME.js`. `www/index.html` says which of them load at once and which when they are needed.
// Trunk's hook calls it as a program, `page.mjs` as a module.
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const www = fileURLToPath(new URL("../../www", import.meta.url));

export function bundleScripts() {
  const generated = join(www, "generated");
  mkdirSync(generated, { recursive: true });
  for (const name of readdirSync(www)) {
    const entry = join(www, name, `${name}.mjs`);
    if (!existsSync(entry)) continue;
    // A style sheet that is imported is a string: scripts adopt it, because nothing on the page may be inline.
    buildSync({
      entryPoints: [entry], outfile: join(generated, `${name}.js`), bundle: true, minify: true, format: "iife",
      target: "es2022", loader: { ".css": "text" }, logLevel: "warning",
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) bundleScripts();
