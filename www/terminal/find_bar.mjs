// Search in the output: a bar above the terminal.

/** The rows of the output as texts, those that go on in another row joined, with the row in which each begins. */
function lines(buffer) {
  const all = [];
  for (let row = 0; row < buffer.length; row += 1) {
    const line = buffer.getLine(row);
    const text = line.translateToString(false);
    if (line.isWrapped && all.length > 0) all.at(-1).text += text;
    else all.push({ row, text });
  }
  return all;
}

export class FindBar {
  constructor(parent, xterm, words) {
    this.xterm = xterm;
    this.words = words;
    this.element = document.createElement("form");
    this.element.className = "find";
    this.element.setAttribute("role", "search");
    this.element.hidden = true;
    this.field = document.createElement("input");
    this.field.type = "search";
    this.field.setAttribute("aria-label", words.find);
    this.field.placeholder = words.find;
    this.count = document.createElement("output");
    const button = (label, text, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.setAttribute("aria-label", label);
      made.title = label;
      made.addEventListener("click", act);
      return made;
    };
    this.element.append(this.field, this.count, button(words.findPrevious, "↑", () => this.go(-1)),
      button(words.findNext, "↓", () => this.go(1)), button(words.close, "✕", () => this.close()));
    this.field.addEventListener("input", () => this.search());
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      else if (event.key === "Enter" && event.target === this.field) this.go(event.shiftKey ? -1 : 1);
      else return;
      event.stopPropagation();
    });
    parent.prepend(this.element);
    this.found = [];
    this.at = 0;
  }

  open() {
    this.element.hidden = false;
    this.field.select();
    this.field.focus();
    this.search();
  }

  close() {
    this.element.hidden = true;
    this.xterm.clearSelection();
    this.xterm.focus();
  }

  /** Finds the text, whatever the case of its letters; the last place is shown first. */
  search() {
    const wanted = this.field.value.toLowerCase();
    this.found = [];
    if (wanted) {
      for (const { row, text } of lines(this.xterm.buffer.active)) {
        const line = text.toLowerCase();
        for (let at = line.indexOf(wanted); at >= 0 && this.found.length < 1000; at = line.indexOf(wanted, at + wanted.length)) {
          this.found.push({ row: row + Math.floor(at / this.xterm.cols), column: at % this.xterm.cols, length: wanted.length });
        }
      }
    }
    this.at = this.found.length - 1;
    this.show();
  }

  go(step) {
    if (this.found.length === 0) return;
    this.at = (this.at + step + this.found.length) % this.found.length;
    this.show();
  }

  show() {
    const place = this.found[this.at];
    this.count.textContent = this.field.value ? `${this.found.length ? this.at + 1 : 0}/${this.found.length}` : "";
    if (!place) return this.xterm.clearSelection();
    this.xterm.select(place.column, place.row, place.length);
    this.xterm.scrollToLine(Math.max(0, place.row - Math.floor(this.xterm.rows / 2)));
  }
}
