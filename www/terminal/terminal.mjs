// The terminal: xterm.js behind the methods that the page's Rust code calls (`app/src/interop/terminal.rs`). The page
// loads it when the terminal is used, and decides what runs: here a line is typed, and lines are shown.
import { Terminal as Xterm } from "@xterm/xterm";
import { FitAddon } from "@xterm/addon-fit";
import { WebLinksAddon } from "@xterm/addon-web-links";
import xtermStyles from "@xterm/xterm/css/xterm.css";
import { copy, onPaste, paste } from "./clipboard.mjs";
import { FindBar } from "./find_bar.mjs";
import { searchPrompt } from "./history_search.mjs";
import { KeyRow } from "./key_row.mjs";
import { LineEditor, keys } from "./line_editor.mjs";
import { linkProvider } from "./links.mjs";
import { Screen } from "./screen.mjs";
import { adopt, allowSelectionColors, withConstructedStyles } from "./style_sheets.mjs";
import { complete } from "./tab_completion.mjs";
import { followTheme } from "./theme.mjs";

/** The lines that can be scrolled back to: as many as the page keeps. */
const SCROLLBACK = 2000;

const styles = new CSSStyleSheet();
styles.replaceSync(xtermStyles);
adopt(styles);

class Terminal {
  // `words`: the words of the terminal by id, as JSON. `onLines(text)`: lines were entered. `onAction(name, text)`: another
  // action, see `app/src/interop/terminal.rs`. `ask(question)`: the simulator's answer, or a promise of it; both JSON.
  constructor(parent, words, fontSize, onLines, onAction, ask) {
    Object.assign(this, { onLines, onAction, ask });
    this.words = JSON.parse(words);
    this.known = { files: [], steps: {} };
    this.prompt = "";
    this.editor = new LineEditor();
    // Tab leaves the terminal after Escape, and lists candidates when it is pressed twice.
    this.isLeft = false;
    this.isListing = false;
    Xterm.strings.promptLabel = this.words.label;
    Xterm.strings.tooMuchOutput = this.words.tooMuchOutput;
    this.xterm = new Xterm({
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--mono"), fontSize, lineHeight: 1.2,
      // The width of the scrollbar, beside which the columns end.
      overviewRuler: { width: 10 },
      scrollback: SCROLLBACK, screenReaderMode: true, cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      // Links that output names as such would open without a look at their address.
      linkHandler: { activate: () => {} },
    });
    this.fit = new FitAddon();
    this.xterm.loadAddon(this.fit);
    this.xterm.loadAddon(new WebLinksAddon((_, address) => window.open(address, "_blank", "noopener,noreferrer")));
    this.xterm.registerLinkProvider(linkProvider(this.xterm, () => this.known, (opens) => onAction("open", JSON.stringify(opens))));
    this.host = document.createElement("div");
    this.host.className = "xterm-host";
    parent.append(this.host);
    this.find = new FindBar(parent, this.xterm, this.words);
    this.keyRow = new KeyRow(parent, this.words, (key) => this.onKey(key));
    withConstructedStyles(() => this.xterm.open(this.host));
    allowSelectionColors(this.xterm);
    this.stopTheme = followTheme((theme) => { this.xterm.options.theme = theme; });
    this.screen = new Screen(this.xterm);
    this.xterm.textarea.setAttribute("aria-label", this.words.label);
    this.xterm.onData((data) => this.onData(this.keyRow.apply(data)));
    this.xterm.attachCustomKeyEventHandler((event) => this.isForXterm(event));
    this.host.addEventListener("paste", (event) => onPaste(this, event), { capture: true });
    this.resizes = new ResizeObserver(() => this.resize());
    this.resizes.observe(this.host);
    // The browser tests read what is shown.
    parent.shownText = () => this.text();
  }

  /** Whether xterm.js handles a key; the browser does otherwise. */
  isForXterm(event) {
    if (event.type !== "keydown") return true;
    const key = event.key.toLowerCase();
    if (key === "tab") {
      const isLeft = this.isLeft || event.shiftKey;
      this.isLeft = false;
      return !isLeft;
    }
    if (key !== "escape" && key !== "shift") this.isLeft = false;
    const isCtrl = event.ctrlKey || event.metaKey;
    if (isCtrl && key === "c" && (event.shiftKey || event.metaKey || this.xterm.hasSelection())) {
      copy(this);
      event.preventDefault();
      return false;
    }
    if (isCtrl && key === "v") return false;
    if (isCtrl && event.shiftKey && key === "f") {
      event.preventDefault();
      this.find.open();
      return false;
    }
    return !event.metaKey;
  }

  onData(data) {
    for (const key of keys(data)) this.onKey(key);
  }

  onKey(key) {
    if (key.act === "paste") return navigator.clipboard?.readText().then((text) => paste(this, text), () => {});
    if (key.act === "copy") return copy(this);
    const done = this.editor.feed(key);
    if (key !== "tab") this.isListing = false;
    if (done.enter !== undefined) {
      this.showLine();
      this.onLines(done.enter);
    } else if (done.interrupt !== undefined) {
      this.showLine();
      this.onAction("interrupt", done.interrupt);
    } else if (done.endInput) {
      this.onAction("end-input", "");
    } else if (done.clear) {
      this.onAction("clear", "");
    } else if (done.complete) {
      complete(this);
    } else {
      if (done.escape) {
        this.isLeft = true;
        this.onAction("escape", "");
      }
      this.showLine();
    }
  }

  showLine() {
    const prompt = searchPrompt(this.editor) ?? (this.prompt && `\x1b[1;34m${this.prompt}\x1b[0m`);
    // While a command runs, what is typed is kept and shown behind the next prompt.
    if (this.prompt) this.screen.show(prompt, this.editor.text, this.editor.cursor);
    else this.screen.show("", "", 0);
  }

  /** Prints lines, JSON `[text]`. They may set colours. */
  print(json) {
    this.screen.print(JSON.parse(json));
  }

  /** The output of the last command, for `copy`. */
  setLastOutput(text) {
    this.lastOutput = text;
  }

  clear() {
    this.screen.clear();
  }

  /** Shows a prompt; an empty one while a command runs. */
  setPrompt(prompt) {
    this.prompt = prompt;
    this.showLine();
  }

  /** The commands so far, JSON `[command]`, oldest first. */
  setHistory(json) {
    this.editor.setHistory(JSON.parse(json));
  }

  /** What links are made of: JSON `{files: [path], steps: {step: line}}`. */
  setKnown(json) {
    this.known = JSON.parse(json);
  }

  setFontSize(size) {
    this.xterm.options.fontSize = size;
    this.resize();
  }

  /** Puts the text of the field that was there before into the line, with its cursor. */
  type(text) {
    this.editor.insert(text);
    this.editor.cursor -= text.length - (document.getElementById("command")?.selectionStart ?? text.length);
    this.showLine();
  }

  focus() {
    this.xterm.focus();
  }

  openSearch() {
    this.find.open();
  }

  resize() {
    if (!this.host.clientHeight) return;
    this.fit.fit();
    this.screen.refresh();
  }

  /** All lines that are shown, rows joined that go on in the next one. */
  text() {
    const buffer = this.xterm.buffer.active;
    let text = "";
    for (let row = 0; row < buffer.length; row += 1) {
      const line = buffer.getLine(row);
      text += (line.isWrapped || row === 0 ? "" : "\n") + line.translateToString(true);
    }
    return text.trimEnd();
  }

  dispose() {
    this.resizes.disconnect();
    this.stopTheme();
    this.xterm.dispose();
  }
}

globalThis.StageplayTerminal = Terminal;
