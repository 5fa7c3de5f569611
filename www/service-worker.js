// Keeps one whole version of the page, so that it works offline and never mixes two. `cargo xtask` writes VERSION and
// FILES, the files of that version (xtask/src/page.mjs).
const NAME = `stageplay-${VERSION}`;
const PAGE = "./";

self.addEventListener("install", (event) => {
  // All files or none. A new version waits until it is asked to take over.
  const load = async () => (await caches.open(NAME)).addAll([new Request(PAGE, { cache: "reload" }), ...FILES]);
  event.waitUntil(load());
});

self.addEventListener("message", (event) => {
  if (event.data === "use") self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  const drop = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith("stageplay-") && name !== NAME);
    await Promise.all(names.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(drop());
});

/** The page itself. A server's page has a token that is another one after each start: it is asked first. */
async function page(request) {
  const kept = await (await caches.open(NAME)).match(PAGE);
  if (!kept) return fetch(request);
  if (!(await kept.clone().text()).includes('name="stageplay-token"')) return kept;
  return fetch(request).catch(() => kept);
}

/** A file whose name has a digest. Data that was asked for is kept; an error is passed on as it is. */
async function file(request) {
  const cache = await caches.open(NAME);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && DATA && request.url.includes(DATA)) await cache.put(request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  const scope = new URL(self.registration.scope);
  if (request.method !== "GET" || address.origin !== scope.origin) return;
  const path = address.pathname.startsWith(scope.pathname) ? address.pathname.slice(scope.pathname.length) : null;
  if (path === null || path.startsWith("api/")) return;
  if (request.mode === "navigate") {
    if (path === "" || path === "index.html") event.respondWith(page(request));
  } else {
    event.respondWith(file(request));
  }
});
