// Loads the page's program and starts it. `cargo xtask` bundles it with the program's bindings (xtask/src/page.mjs).
import init from "page-bindings";

const address = new URL(PAGE_WASM, import.meta.url);

/** Compiles while it loads, unless the server does not name the file's type. */
async function compile() {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.pathname}: ${response.status} ${response.statusText}`);
  const isNamed = response.headers.get("content-type") === "application/wasm";
  return isNamed ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

// Somebody's own files are rendered once these are there: they are fetched before the program asks for them.
if (document.documentElement.dataset.visit) for (const piece of OWN_PIECES) fetch(new URL(piece, import.meta.url)).catch(() => {});

/** Once the document is read. The editor's script, which is deferred, is not waited for. */
const parsed = new Promise((done) => {
  if (document.readyState !== "loading") done();
  else document.addEventListener("readystatechange", done, { once: true });
});

try {
  const [module] = await Promise.all([compile(), parsed]);
  await init({ module_or_path: module });
} catch (error) {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.setAttribute("role", "alert");
  notice.textContent = `Stageplay could not start: ${error.message ?? error}. It needs a browser with WebAssembly.`;
  document.body.prepend(notice);
}

// The service worker keeps one whole version of the page. A newer one takes over when the person asks for it.
const DELAY_MS = 4000;

async function keepVersion() {
  const workers = navigator.serviceWorker;
  const registration = await workers.register("service-worker.js");
  const tell = () => workers.controller && dispatchEvent(new Event("stageplay-new-version"));
  const watch = (worker) => worker?.addEventListener("statechange", () => worker.state === "installed" && tell());
  if (registration.waiting) tell();
  watch(registration.installing);
  registration.addEventListener("updatefound", () => watch(registration.installing));
  addEventListener("stageplay-use-new-version", () => {
    workers.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting?.postMessage("use");
  });
}

// Without one, in a private window for example, the page works as well.
if ("serviceWorker" in navigator) setTimeout(() => keepVersion().catch(() => {}), DELAY_MS);
