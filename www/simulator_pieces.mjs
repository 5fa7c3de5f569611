// The pieces of the simulator that a first result seldom needs. `profile-split` of xtask/tools cuts them off,
// xtask/src/profile.mjs says what stays.
import { initSync } from "simulator-bindings";

/** The longest time that a download may take for which the simulator waits. */
const LIMIT_MS = 120_000;

/**
 * Lets the program load its pieces: ahead, once it has answered, and at once where a function of one is called before that.
 * @param {URL[]} addresses The files, in the order of their numbers from 1.
 * @param {(isWaiting: boolean) => void} tell Says that the worker does nothing else until a piece is there, and that it is.
 */
export function offerPieces(addresses, tell) {
  const there = new Set();
  let loading = null;

  function add(number, module) {
    // A second instance would write the data anew.
    if (there.has(number)) return;
    const main = initSync();
    new WebAssembly.Instance(module, { main });
    main[`isThere${number}`].value = 1;
    there.add(number);
  }

  async function loadAhead() {
    for (const [index, address] of addresses.entries()) {
      if (there.has(index + 1)) continue;
      const response = await fetch(address);
      if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
      const isNamed = response.headers.get("content-type") === "application/wasm";
      add(index + 1, await (isNamed ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer())));
    }
  }

  function loadAtOnce(number) {
    tell(true);
    const address = addresses[number - 1];
    const request = new XMLHttpRequest();
    request.open("GET", address, false);
    request.responseType = "arraybuffer";
    request.timeout = LIMIT_MS;
    request.send();
    if (request.status !== 200) throw new Error(`${address}: ${request.status} ${request.statusText}`);
    add(number, new WebAssembly.Module(request.response));
    tell(false);
  }

  // The program calls this: 0 is no piece in particular.
  globalThis.stageplayLoadPiece = (number) => {
    if (number > 0) loadAtOnce(number);
    // What fails ahead is loaded when it is called for.
    else loading ??= loadAhead().catch(() => { loading = null; });
  };
}
