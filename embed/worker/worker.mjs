// The worker of a page with embeds: it answers requests of the page and fetches the data that the simulator lacks.
// `embed/build.mjs` bundles it with the bindings of the simulator.
import init, { Simulator } from "simulator-bindings";
import { offerPieces } from "../../www/simulator_pieces.mjs";

globalThis.stageplayService = true;
const data = new URL(DATA_FOLDER, import.meta.url);
/** Whether a call stands still until a piece of the simulator is there. */
let isWaiting = false;
offerPieces(SIMULATOR_PIECES.map((piece) => new URL(piece, import.meta.url)), (now) => {
  isWaiting = now;
  postMessage({ state: now ? "loading" : "ready" });
});

async function load() {
  const address = new URL(SIMULATOR_WASM, import.meta.url);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  await init({ module_or_path: response });
  return new Simulator();
}

const starting = load();
starting.then(
  () => postMessage({ state: "ready" }),
  (error) => postMessage({ state: "failed", error: String(error?.message ?? error) }),
);

/** Files that are being fetched, by path, so that two requests share one. */
const fetches = new Map();

async function fetchFile(simulator, path) {
  try {
    const response = await fetch(new URL(path, data));
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    simulator.take(path, new Uint8Array(await response.arrayBuffer()));
  } catch (error) {
    simulator.takeFailure(path, String(error?.message ?? error));
  }
}

async function answer({ id, method, request }) {
  const simulator = await starting;
  if (method === "forget") return simulator.forget(request);
  if (method === "retry") return simulator.retry();
  const json = JSON.stringify(request);
  for (;;) {
    const result = JSON.parse(method === "terminal" ? simulator.terminal(json) : simulator.simulate(json));
    if (result.missing.length === 0) return result;
    postMessage({ id, state: "fetching" });
    await Promise.all(result.missing.map((path) => {
      if (!fetches.has(path)) fetches.set(path, fetchFile(simulator, path).finally(() => fetches.delete(path)));
      return fetches.get(path);
    }));
  }
}

/** The last request of each client: a client's requests are answered in their order. */
const last = new Map();

addEventListener("message", ({ data: message }) => {
  const client = message.request?.client ?? 0;
  const before = last.get(client) ?? Promise.resolve();
  const now = before.then(() => answer(message)).then(
    (result) => {
      postMessage({ id: message.id, result });
      globalThis.stageplayLoadPiece(0);
    },
    (error) => {
      const reason = String(error?.message ?? error);
      // A simulator that was left in the middle of a call answers no other.
      postMessage(isWaiting ? { state: "failed", error: reason } : { id: message.id, error: reason });
    },
  );
  last.set(client, now);
  now.finally(() => last.get(client) === now && last.delete(client));
});
