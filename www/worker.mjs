// The script of the Web Worker: loads the simulator. `cargo xtask` bundles it with the bindings (xtask/src/page.mjs).
import init from "simulator-bindings";
import { offerPieces } from "./simulator_pieces.mjs";

// Where the simulator fetches its data, relative to this script.
globalThis.stageplayData = DATA_FOLDER;
const pieces = SIMULATOR_PIECES.map((piece) => new URL(piece, import.meta.url));
offerPieces(pieces, (isWaiting) => postMessage(isWaiting ? "loading" : "loaded"));
await init({ module_or_path: fetch(new URL(SIMULATOR_WASM, import.meta.url)) });
