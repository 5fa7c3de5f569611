// A simulator of its own for the tools of teachers: a Web Worker beside that of the page.

/** How long a request may take, in milliseconds, while no data is being loaded. */
const DEADLINE = 20_000;

export class SimulatorEnded extends Error {}

export class Simulator {
  constructor(language) {
    this.number = 0;
    this.waiting = [];
    this.is_loading = false;
    const script = document.querySelector("meta[name=stageplay-worker]").content;
    this.worker = new Worker(script, { type: "module" });
    this.ready = new Promise((done, failed) => {
      this.worker.addEventListener("message", ({ data }) => {
        if (data === "ready") done();
        else if (data.startsWith("{")) this.take(JSON.parse(data));
      });
      this.worker.addEventListener("error", (event) => {
        const error = new SimulatorEnded(event.message || script);
        failed(error);
        this.fail(error);
      });
    });
    this.ready.then(() => this.post({ "set-language": language }), () => {});
  }

  post(request) {
    this.number += 1;
    this.worker.postMessage([JSON.stringify({ number: this.number, request })]);
  }

  take(update) {
    if (update.image_data) this.is_loading = update.image_data.loading.length > 0;
    for (const event of update.events ?? []) {
      if (!event.exercise) continue;
      const told = JSON.parse(event.exercise);
      const [kind, value] = typeof told === "string" ? [told, null] : Object.entries(told)[0];
      const at = this.waiting.findIndex((one) => one.kind === kind || kind === "failed");
      if (at >= 0) this.waiting.splice(at, 1)[0].done(value);
    }
  }

  fail(error) {
    for (const one of this.waiting.splice(0)) one.failed(error);
  }

  /** Asks for something and waits for the answer of a kind. A simulator that takes too long is ended. */
  async ask(request, kind) {
    await this.ready;
    const answer = new Promise((done, failed) => this.waiting.push({ kind, done, failed }));
    this.post({ exercise: JSON.stringify(request) });
    let timer = 0;
    const watch = () => {
      timer = setTimeout(() => {
        if (this.is_loading) return watch();
        this.end();
        this.fail(new SimulatorEnded("deadline"));
      }, DEADLINE);
    };
    watch();
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  end() {
    this.worker.terminate();
  }
}
