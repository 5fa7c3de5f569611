// A static host for the tests: a folder under any path, with the headers of a host that allows other origins, and pages
// that a test makes up.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8", ".mjs": "text/javascript", ".js": "text/javascript", ".css": "text/css", ".json": "application/json",
  ".wasm": "application/wasm", ".svg": "image/svg+xml", ".gz": "application/gzip", ".tsv": "text/tab-separated-values", ".jsonl": "application/jsonl",
};

/**
 * Starts a host. `folders` are folders by their path, `/` at both ends; `pages` are HTML or functions of the address that
 * return it, by path; `headers` are sent with every page. The answers count what was asked for.
 */
export async function host({ folders = {}, pages = {}, headers = {}, cors = true }) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    asked.push(pathname);
    const shared = cors ? { "access-control-allow-origin": "*" } : {};
    if (pages[pathname] !== undefined) {
      const made = pages[pathname];
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers });
      return response.end(typeof made === "function" ? made() : made);
    }
    const prefix = Object.keys(folders).filter((path) => pathname.startsWith(path)).sort((one, two) => two.length - one.length)[0];
    try {
      let name = normalize(decodeURIComponent(pathname.slice(prefix.length)));
      if (name.startsWith("..")) throw new Error("outside");
      if (name === "." || name.endsWith("/")) name = join(name, "index.html");
      const bytes = await readFile(join(folders[prefix], name));
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, ...shared, ...(type.startsWith("text/html") ? headers : {}) });
      response.end(bytes);
    } catch {
      response.writeHead(404, { "content-type": "text/plain", ...shared });
      response.end("not found\n");
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  return { origin: `http://127.0.0.1:${port}`, other: `http://localhost:${port}`, asked, pages, close: () => server.close() };
}
