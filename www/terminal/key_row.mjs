// The keys that the keyboards of phones lack, as a row of buttons. Ctrl holds until the next key.

const KEYS = [
  { text: "Tab", key: "tab" }, { text: "Ctrl", isCtrl: true }, { text: "Esc", key: "escape" },
  { text: "↑", key: "up", label: "keyUp" }, { text: "↓", key: "down", label: "keyDown" },
  { text: "←", key: "left", label: "keyLeft" }, { text: "→", key: "right", label: "keyRight" },
  { text: "|" }, { text: "/" }, { text: "-" },
];

export class KeyRow {
  /** `onKey` gets a key as `LineEditor.feed` takes it. */
  constructor(parent, words, onKey) {
    this.isCtrlHeld = false;
    const row = document.createElement("div");
    row.className = "key-row";
    row.setAttribute("role", "toolbar");
    row.setAttribute("aria-label", words.keys);
    for (const { text, key, label, isCtrl, act } of [...KEYS, { text: words.paste, act: "paste" }, { text: words.copy, act: "copy" }]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      if (label) button.setAttribute("aria-label", words[label]);
      // The keyboard of the phone stays.
      button.addEventListener("pointerdown", (event) => event.preventDefault());
      button.addEventListener("click", () => {
        if (isCtrl) this.hold(!this.isCtrlHeld);
        else onKey(act ? { act } : (key ?? { text }));
      });
      if (isCtrl) {
        this.ctrl = button;
        button.setAttribute("aria-pressed", "false");
      }
      row.append(button);
    }
    parent.append(row);
  }

  hold(isHeld) {
    this.isCtrlHeld = isHeld;
    this.ctrl.setAttribute("aria-pressed", String(isHeld));
  }

  /** What the keyboard sends while Ctrl is held: the letter as a control character. */
  apply(data) {
    if (!this.isCtrlHeld || data.length !== 1) return data;
    this.hold(false);
    return /[a-z]/i.test(data) ? String.fromCharCode(data.toUpperCase().charCodeAt(0) - 64) : data;
  }
}
