// The simulator for programs: `simulate(files, options)` resolves with a report. Works in Node, in browsers and in workers.
import init, { Simulator as Core } from "simulator-bindings";
import { encode } from "../base64url.mjs";

export const VERSION = STAGEPLAY_VERSION;

const ENGINE = "docker-28";
const isNode = typeof process === "object" && Boolean(process.versions?.node);

/** The bytes of a file: of a `file:` address from disk, of others by `fetch`. */
async function read(address) {
  if (isNode && address.protocol === "file:") return (await import("node:fs/promises")).readFile(address);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

function file([path, content]) {
  const { content: body, executable } = typeof content === "string" || content instanceof Uint8Array ? { content } : content ?? {};
  const mode = executable ? 0o755 : 0o644;
  if (typeof body === "string") return { path, mode, text: body };
  if (body instanceof Uint8Array) return { path, mode, binary: { head: encode(body), len: body.length, basis: null } };
  throw new TypeError(`${path}: a file is a string, a Uint8Array, or { content, executable }`);
}

let loading = null;

/** Loads the WebAssembly once. */
function load(wasm) {
  // The same program is that of the page's worker, which would listen to messages.
  globalThis.stageplayService = true;
  return (loading ??= Promise.resolve(wasm ?? read(new URL("./stageplay-simulator.wasm", import.meta.url)))
    .then((module) => init({ module_or_path: module })).catch((error) => {
      loading = null;
      throw error;
    }));
}

export class Simulator {
  #core;
  #data;

  constructor(core, data) {
    [this.#core, this.#data] = [core, data];
  }

  /** The engines and their builders, oldest first. */
  static engines() {
    return JSON.parse(Core.engines());
  }

  /** The report of a build. */
  async simulate(files, options) {
    return (await this.details(files, options)).report;
  }

  /** The report, and beside it `why`, `graph`, `diagram` and `layers`. */
  async details(files, options = {}) {
    const { dockerfile = "Dockerfile", engine = ENGINE, builder = "", date, target = null, buildArgs = {}, run = true, args = [],
      language = "en", entries = true, assumeContext = false } = options;
    const sorted = Object.entries(files).map(file).sort((one, two) => (one.path < two.path ? -1 : 1));
    const workspace = { version: 1, engine, builder, ...(date ? { as_of: date } : {}), dockerfile, files: sorted, assume_context: assumeContext };
    const request = JSON.stringify({ workspace, target, build_args: buildArgs, run, arguments: args, language, entries });
    for (;;) {
      const answer = JSON.parse(this.#core.simulate(request));
      if (answer.missing.length === 0) {
        if (answer.failures.length > 0) {
          this.#core.retry();
          throw new Error(`data of the simulator is not there: ${answer.failures.join("; ")}`);
        }
        const { report, why, graph, diagram, layers } = answer;
        return { report, why, graph, diagram, layers };
      }
      await Promise.all(answer.missing.map((path) => this.#fetch(path)));
    }
  }

  async #fetch(path) {
    try {
      this.#core.take(path, await read(new URL(path, this.#data)));
    } catch (error) {
      this.#core.takeFailure(path, String(error?.message ?? error));
    }
  }
}

/** A simulator with data of its own. `data` is the address of the folder `data/`, `wasm` that of the program or its bytes. */
export async function createSimulator({ data = new URL("./data/", import.meta.url), wasm } = {}) {
  await load(wasm);
  return new Simulator(new Core(), new URL(data));
}

let shared = null;

/** Builds `files` and starts the image; resolves with the report. */
export async function simulate(files, options) {
  shared ??= createSimulator();
  try {
    return await (await shared).simulate(files, options);
  } catch (error) {
    // A trap of the program leaves it unusable.
    if (error instanceof WebAssembly.RuntimeError || loading === null) [shared, loading] = [null, null];
    throw error;
  }
}
