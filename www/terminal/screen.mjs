// What xterm.js shows: lines of output, and below them the line that is being typed. Output that comes while somebody types
// is put above that line.

/** Goes to a row of the screen, counted from 0, and clears from there on. */
const goTo = (row) => `\x1b[${Math.max(row, 0) + 1};1H`;

export class Screen {
  constructor(xterm) {
    this.xterm = xterm;
    // Output that is not written yet.
    this.output = "";
    // The line that is to be shown, and whether another one is shown.
    this.line = null;
    this.isStale = false;
    this.isBusy = false;
    // Where the shown line begins; it moves with what is above it.
    this.start = null;
  }

  /** Prints whole lines above the line that is being typed. */
  print(lines) {
    this.output += lines.map((line) => `${line}\x1b[0m\r\n`).join("");
    this.draw();
  }

  /** Shows the line that is being typed: its prompt, its text, its cursor in UTF-16 code units. */
  show(prompt, text, cursor) {
    this.line = { prompt, text, cursor };
    this.isStale = true;
    this.draw();
  }

  /** Empties the screen and what scrolled out of it. */
  clear() {
    this.output = "\x1b[H\x1b[2J\x1b[3J";
    this.isStale = true;
    this.isCleared = true;
    this.draw();
  }

  /** Shows the line again, after a change of the size. */
  refresh() {
    this.isStale = true;
    this.draw();
  }

  row() {
    return this.start.line - this.xterm.buffer.active.baseY;
  }

  // xterm.js writes later than it is asked to. One drawing follows the other, because each begins where the last one ended.
  async draw() {
    if (this.isBusy) return;
    this.isBusy = true;
    const write = (text) => new Promise((done) => this.xterm.write(text, done));
    while (this.output || this.isStale) {
      const { output, line } = this;
      this.output = "";
      this.isStale = false;
      const erase = this.start && !this.start.isDisposed && !this.isCleared ? `${goTo(this.row())}\x1b[J` : "";
      this.isCleared = false;
      this.start?.dispose();
      await write(`\x1b[?25l${erase}${output}`);
      this.start = this.xterm.registerMarker(0);
      if (!line) continue;
      const before = line.text.slice(0, line.cursor);
      const after = line.text.slice(line.cursor);
      await write(`${line.prompt}${before}${after}`);
      // A line that fills its row leaves the cursor beside it: a blank takes it to the next row.
      const isFull = () => this.xterm.buffer.active.cursorX >= this.xterm.cols;
      if (after) {
        await write(`${goTo(this.row())}${line.prompt}${before}`);
        if (isFull()) await write(`${[...after][0]}\r`);
      } else if (isFull()) {
        await write(" \r");
      }
      await write("\x1b[?25h");
    }
    this.isBusy = false;
  }
}
