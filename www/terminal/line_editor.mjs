// The line that is being typed: its text, its cursor, the history, the search in it. Keys are those of readline's Emacs
// mode. Nothing here draws, and nothing asks the page: `feed` returns what the terminal is to do.
import { feedSearch } from "./history_search.mjs";

/** The keys that terminals send as a sequence. */
const SEQUENCES = {
  "\x1b[A": "up", "\x1bOA": "up", "\x1b[B": "down", "\x1bOB": "down", "\x1b[C": "right", "\x1bOC": "right",
  "\x1b[D": "left", "\x1bOD": "left", "\x1b[H": "home", "\x1bOH": "home", "\x1b[1~": "home", "\x1b[F": "end", "\x1bOF": "end",
  "\x1b[4~": "end", "\x1b[3~": "delete", "\x1b[1;5C": "word-right", "\x1bf": "word-right", "\x1b[1;3C": "word-right",
  "\x1b[1;5D": "word-left", "\x1bb": "word-left", "\x1b[1;3D": "word-left", "\x1bd": "kill-word-right",
  "\x1b\x7f": "kill-word-left", "\x1b": "escape", "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\b": "backspace",
  "\x01": "home", "\x02": "left", "\x03": "interrupt", "\x04": "end-of-input", "\x05": "end", "\x06": "right", "\x07": "cancel",
  "\x0b": "kill-right", "\x0c": "clear", "\x0e": "down", "\x10": "up", "\x12": "search", "\x14": "swap", "\x15": "kill-left",
  "\x17": "kill-space-left", "\x19": "yank",
};

const segmenter = globalThis.Intl?.Segmenter ? new Intl.Segmenter() : null;
/** The lengths of the letters of a text, as a person sees them. */
const letters = (text) => (segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment.length) : Array.from(text, (c) => c.length));

/** The keys of what xterm.js hands over: names of keys, and texts as `{ text }`. */
export function keys(data) {
  if (SEQUENCES[data]) return [SEQUENCES[data]];
  // Another sequence than those does nothing.
  if (data.startsWith("\x1b")) return [];
  const found = [];
  for (const part of data.split(/([\x00-\x1f\x7f])/)) {
    if (!part) continue;
    if (SEQUENCES[part]) found.push(SEQUENCES[part]);
    else if (!/[\x00-\x1f\x7f]/.test(part)) found.push({ text: part });
  }
  return found;
}

export class LineEditor {
  constructor() {
    this.history = [];
    this.killed = "";
    this.reset();
  }

  /** Begins a new line. */
  reset() {
    this.text = "";
    this.cursor = 0;
    // How many commands back the shown one is; 0 is what is being typed, which `draft` keeps.
    this.back = 0;
    this.draft = "";
    this.search = null;
  }

  /** The commands so far, oldest first. */
  setHistory(commands) {
    this.history = commands;
    this.back = Math.min(this.back, commands.length);
  }

  set(text, cursor = text.length) {
    this.text = text;
    this.cursor = cursor;
  }

  insert(text) {
    this.set(this.text.slice(0, this.cursor) + text + this.text.slice(this.cursor), this.cursor + text.length);
  }

  /** Replaces what stands between two places and puts the cursor behind it. */
  replace(from, to, text) {
    this.set(this.text.slice(0, from) + text + this.text.slice(to), from + text.length);
  }

  kill(from, to) {
    this.killed = this.text.slice(from, to);
    this.replace(from, to, "");
    this.cursor = from;
  }

  /** Where the cursor stands after a step to the left or to the right. */
  step(direction) {
    if (direction < 0) return this.cursor - (letters(this.text.slice(0, this.cursor)).at(-1) ?? 0);
    return this.cursor + (letters(this.text.slice(this.cursor))[0] ?? 0);
  }

  word(direction) {
    if (direction < 0) return this.text.slice(0, this.cursor).replace(/[\p{L}\p{N}_]+[^\p{L}\p{N}_]*$|[^\p{L}\p{N}_]+$/u, "").length;
    return this.cursor + (/^[^\p{L}\p{N}_]*[\p{L}\p{N}_]*/u.exec(this.text.slice(this.cursor))[0].length);
  }

  recall(back) {
    if (back < 0 || back > this.history.length) return;
    if (this.back === 0) this.draft = this.text;
    this.back = back;
    this.set(back === 0 ? this.draft : this.history[this.history.length - back]);
  }

  /**
   * Takes a key. Returns what the terminal is to do: `{ enter: line }`, `{ interrupt: line }`, `{ complete: true }`,
   * `{ endInput: true }`, `{ clear: true }`, `{ escape: true }`, or nothing but to draw the line.
   */
  feed(key) {
    if (this.search) return feedSearch(this, key);
    if (key.text) {
      this.insert(key.text);
      return {};
    }
    const line = this.text;
    switch (key) {
      case "enter": this.reset(); return { enter: line };
      case "interrupt": this.reset(); return { interrupt: line };
      case "tab": return { complete: true };
      case "clear": return { clear: true };
      case "escape": return { escape: true };
      case "end-of-input":
        if (!line) return { endInput: true };
        this.replace(this.cursor, this.step(1), "");
        break;
      case "backspace": this.replace(this.step(-1), this.cursor, ""); break;
      case "delete": this.replace(this.cursor, this.step(1), ""); break;
      case "left": this.cursor = this.step(-1); break;
      case "right": this.cursor = this.step(1); break;
      case "home": this.cursor = 0; break;
      case "end": this.cursor = line.length; break;
      case "word-left": this.cursor = this.word(-1); break;
      case "word-right": this.cursor = this.word(1); break;
      case "kill-left": this.kill(0, this.cursor); break;
      case "kill-right": this.kill(this.cursor, line.length); break;
      case "kill-word-left": this.kill(this.word(-1), this.cursor); break;
      case "kill-word-right": this.kill(this.cursor, this.word(1)); break;
      case "kill-space-left": this.kill(line.slice(0, this.cursor).replace(/\S*\s*$/, "").length, this.cursor); break;
      case "yank": this.insert(this.killed); break;
      case "swap": {
        const at = Math.min(this.cursor, line.length - 1);
        if (at > 0) this.set(line.slice(0, at - 1) + line[at] + line[at - 1] + line.slice(at + 1), at + 1);
        break;
      }
      case "up": this.recall(this.back + 1); break;
      case "down": this.recall(this.back - 1); break;
      case "search": this.search = { query: "", back: 0, text: line, cursor: this.cursor, failed: false }; break;
    }
    return {};
  }
}
