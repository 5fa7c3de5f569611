// Tab: what it completes, and how it lists candidates.

/** The candidates that Tab lists. */
const MAX_LISTED = 120;

/** Asks for the candidates of the word at the cursor; completes what they share, and lists them at the second time. */
export async function complete(terminal) {
  const { text, cursor } = terminal.editor;
  const answer = JSON.parse(await terminal.ask(JSON.stringify({ ask: "complete-command", text, at: cursor })));
  if (!answer || terminal.editor.text !== text || terminal.editor.cursor !== cursor) return;
  const { from, candidates } = answer;
  if (candidates.length === 0) return;
  const [only] = candidates;
  const shared = candidates.length > 1 ? commonBeginning(candidates) : only + (/[/:=]$/.test(only) ? "" : " ");
  if (shared.length > cursor - from) {
    terminal.editor.replace(from, cursor, shared);
  } else if (terminal.isListing) {
    const more = candidates.length > MAX_LISTED ? [`… ${candidates.length - MAX_LISTED}`] : [];
    terminal.screen.print([terminal.prompt + text, ...inColumns(candidates.slice(0, MAX_LISTED), terminal.xterm.cols), ...more]);
  }
  terminal.isListing = candidates.length > 1;
  terminal.showLine();
}

/** The longest beginning that all words share. */
export function commonBeginning(words) {
  const [first = "", ...rest] = words;
  let length = first.length;
  for (const word of rest) {
    while (!word.startsWith(first.slice(0, length))) length -= 1;
  }
  return first.slice(0, length);
}

/** Words in columns, as wide as the terminal. */
export function inColumns(words, width) {
  const column = Math.max(...words.map((word) => word.length)) + 2;
  const count = Math.max(1, Math.floor(width / column));
  const rows = Math.ceil(words.length / count);
  const row = (index) => words.filter((_, at) => at % rows === index).map((word) => word.padEnd(column)).join("").trimEnd();
  return Array.from({ length: rows }, (_, index) => row(index));
}
