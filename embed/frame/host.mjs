// For pages that embed Stageplay in an iframe: `<stage-play-frame src="https://…/embed.html#w=…">` makes the frame,
// follows its height, passes its events on, and says so if it does not answer.
import { PROTOCOL, message } from "./protocol.mjs";

/** The handshake is repeated, because the frame may not listen yet: every half second, for 15 seconds. */
const REPEAT_MS = 500;
const ATTEMPTS = 30;
const ANSWER_MS = 30_000;
const MAX_HEIGHT = 10_000;

export class StagePlayFrame extends HTMLElement {
  static observedAttributes = ["src"];

  #frame = null;
  #origin = null;
  #next = 1;
  #calls = new Map();
  #hello = 0;
  #isReady = false;
  #listener = (event) => this.#receive(event);

  connectedCallback() {
    addEventListener("message", this.#listener);
    this.#load();
  }

  disconnectedCallback() {
    removeEventListener("message", this.#listener);
    this.#end("the frame was removed");
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#load();
  }

  /** Asks the frame: `set` with settings, `files` with or without files, `run`, `reset`. */
  call(type, value) {
    return new Promise((resolve, reject) => {
      if (!this.#isReady) return reject(new Error("the frame is not ready"));
      const id = this.#next++;
      const timer = setTimeout(() => this.#settle(id, { error: "the frame does not answer" }), ANSWER_MS);
      this.#calls.set(id, { resolve, reject, timer });
      this.#send({ type, id, value });
    });
  }

  /** Another address gets another frame: a navigation of the old one would be a step in the reader's history. */
  #load() {
    this.#end("another address was given");
    const address = new URL(this.getAttribute("src") ?? "", document.baseURI);
    if (!/^https?:$/.test(address.protocol)) return;
    this.#origin = address.origin;
    const frame = document.createElement("iframe");
    frame.src = address.href;
    frame.title = this.getAttribute("title") || "Stageplay";
    frame.loading = "lazy";
    frame.height = this.getAttribute("height") || "480";
    frame.width = "100%";
    frame.setAttribute("frameborder", "0");
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox");
    frame.addEventListener("load", () => this.#greet(0), { once: true });
    this.#frame = frame;
    this.replaceChildren(frame);
  }

  #greet(attempt) {
    if (this.#isReady || !this.#frame) return;
    if (attempt >= ATTEMPTS) return this.#silent();
    this.#send({ type: "hello", id: "hello" });
    this.#hello = setTimeout(() => this.#greet(attempt + 1), REPEAT_MS);
  }

  /** The frame stays: it may work and only not answer. The note has the link, so that nobody is stuck. */
  #silent() {
    const note = document.createElement("p");
    note.setAttribute("role", "alert");
    const link = document.createElement("a");
    link.href = this.#frame.src;
    link.textContent = "Open it in a page of its own";
    note.append("Stageplay does not answer here. ", link, ".");
    this.append(note);
    this.#tell("error", { code: "timeout", message: "the frame does not answer" });
  }

  #send(body) {
    this.#frame?.contentWindow?.postMessage({ stageplay: PROTOCOL, ...body }, this.#origin);
  }

  #receive({ data, source, origin }) {
    if (!this.#frame || source !== this.#frame.contentWindow || origin !== this.#origin) return;
    const told = message(data);
    if (!told) return;
    if (told.type === "ready" && !this.#isReady) {
      this.#isReady = true;
      clearTimeout(this.#hello);
      this.querySelector("[role=alert]")?.remove();
      this.#tell("connected", {});
    } else if (told.type === "resize" && told.height > 0) {
      this.#frame.height = String(Math.min(Math.ceil(told.height), MAX_HEIGHT));
    } else if (told.type === "answer") {
      this.#settle(told.id, told);
    } else if (told.type === "event" && ["ready", "change", "result", "goal", "error"].includes(told.name)) {
      this.#tell(told.name, told.detail);
    }
  }

  #settle(id, { result, error }) {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    clearTimeout(call.timer);
    if (error === undefined) call.resolve(result);
    else call.reject(new Error(error));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: name !== "error" }));
  }

  #end(why) {
    clearTimeout(this.#hello);
    this.#isReady = false;
    this.#frame = null;
    for (const id of [...this.#calls.keys()]) this.#settle(id, { error: why });
  }
}

if (!customElements.get("stage-play-frame")) customElements.define("stage-play-frame", StagePlayFrame);
