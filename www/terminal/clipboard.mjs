// What pasting into the terminal and copying from it do: whole lines run, and Ctrl+C with a selection copies.

/** Takes the text of a paste event. */
export function onPaste(terminal, event) {
  event.preventDefault();
  event.stopPropagation();
  paste(terminal, event.clipboardData.getData("text/plain"));
}

/** Whole lines run one after the other; what stands behind the last one is being typed. */
export function paste(terminal, text) {
  const lines = text.replace(/\r\n?/g, "\n").replace(/[^\P{C}\n\t]/gu, "").replace(/\t/g, "  ").split("\n");
  const rest = lines.pop();
  if (lines.length > 0) {
    const typed = terminal.editor.text;
    const { cursor } = terminal.editor;
    terminal.editor.reset();
    lines[0] = typed.slice(0, cursor) + lines[0];
    terminal.editor.insert(rest + typed.slice(cursor));
    terminal.onLines(lines.join("\n"));
  } else {
    terminal.editor.insert(rest);
  }
  terminal.showLine();
}

/** Copies what is selected, or what the last command printed. */
export function copy(terminal) {
  const text = terminal.xterm.getSelection() || terminal.lastOutput;
  navigator.clipboard?.writeText(text).then(() => terminal.xterm.clearSelection(), () => {});
}
