// The simulator that all elements of a page share: one worker, started when it is first needed.

/** How long the worker may take to load the simulator, and to answer a request after its last sign of life. */
const START_MS = 90_000;
const ANSWER_MS = 15_000;

/** An error with a code: `worker`, `timeout`, `request` or `data`. */
export class SimulatorError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "SimulatorError";
    this.code = code;
  }
}

/** A worker of another origin is refused: a script of this page's own imports it. */
function startWorker(address) {
  if (new URL(address).origin === location.origin) return new Worker(address, { type: "module", name: "stageplay" });
  const script = new Blob([`import ${JSON.stringify(address)};`], { type: "text/javascript" });
  const own = URL.createObjectURL(script);
  const worker = new Worker(own, { type: "module", name: "stageplay" });
  worker.addEventListener("message", () => URL.revokeObjectURL(own), { once: true });
  return worker;
}

export class Client {
  #address;
  #worker = null;
  #isReady = false;
  #next = 1;
  #calls = new Map();
  #timer = 0;

  constructor(address) {
    this.#address = address;
  }

  /** Whether a worker is there. */
  get isRunning() {
    return this.#worker !== null;
  }

  /** A number for a client of the worker. */
  number() {
    return this.#next++;
  }

  /** Calls a method of the worker: `simulate` or `terminal` with a request, `forget` with a number. */
  call(method, request) {
    return new Promise((resolve, reject) => {
      const id = this.number();
      this.#calls.set(id, { resolve, reject });
      try {
        this.#start();
      } catch (error) {
        this.#stop(new SimulatorError("worker", String(error?.message ?? error)));
        return;
      }
      this.#worker.postMessage({ id, method, request });
      this.#watch();
    });
  }

  /** Drops what the worker keeps of a client; does not start one for it. */
  forget(number) {
    this.#worker?.postMessage({ id: 0, method: "forget", request: number });
  }

  /** Ends the worker. The next call starts another. */
  end() {
    this.#stop(new SimulatorError("worker", "the simulator was ended"));
  }

  #start() {
    if (this.#worker) return;
    const worker = startWorker(this.#address);
    this.#worker = worker;
    this.#isReady = false;
    worker.addEventListener("message", ({ data }) => this.#worker === worker && this.#receive(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      const why = event.message || `the worker ${this.#address} could not be loaded; a Content-Security-Policy must allow it in worker-src`;
      if (this.#worker === worker) this.#stop(new SimulatorError("worker", why));
    });
  }

  #receive({ id, state, result, error }) {
    // It loads its program, or a piece of it.
    if (state === "ready" || state === "loading") this.#isReady = state === "ready";
    if (state === "failed") return this.#stop(new SimulatorError("worker", error));
    const call = this.#calls.get(id);
    if (call && state === undefined) {
      this.#calls.delete(id);
      if (error === undefined) call.resolve(result);
      else call.reject(new SimulatorError("request", error));
    }
    this.#watch();
  }

  /** Each message is a sign of life. A worker without one is ended, so that the next call finds a new one. */
  #watch() {
    clearTimeout(this.#timer);
    if (this.#calls.size === 0) return;
    const limit = this.#isReady ? ANSWER_MS : START_MS;
    this.#timer = setTimeout(() => this.#stop(new SimulatorError("timeout", `no answer within ${limit / 1000} s`)), limit);
  }

  #stop(error) {
    clearTimeout(this.#timer);
    this.#worker?.terminate();
    this.#worker = null;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.reject(error);
  }
}

/** The client of an address, which is the same for every copy of this script on the page. */
export function sharedClient(address) {
  const key = Symbol.for("stageplay.clients");
  const clients = (globalThis[key] ??= new Map());
  if (!clients.has(address)) clients.set(address, new Client(address));
  return clients.get(address);
}
