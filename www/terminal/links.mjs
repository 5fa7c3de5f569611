// Links in the output: files of the build context with their lines, and steps of a build.

/** A row of the screen with the rows that it goes on in: its text, and the place of each letter. */
function logicalLine(buffer, row) {
  let first = row;
  while (first > 0 && buffer.getLine(first)?.isWrapped) first -= 1;
  let text = "";
  const places = [];
  for (let y = first; y === first || buffer.getLine(y)?.isWrapped; y += 1) {
    const line = buffer.getLine(y);
    for (let x = 0; line && x < line.length; x += 1) {
      const cell = line.getCell(x);
      // The second half of a wide letter has no text of its own.
      if (cell.getWidth() === 0) continue;
      const letter = cell.getChars() || " ";
      for (const _ of letter) places.push({ x: x + 1, y: y + 1 });
      text += letter;
    }
  }
  return { text, places };
}

/** The links of a text: where each begins and ends, and what it opens. `known` has `files` and `steps`. */
export function linksIn(text, known) {
  const found = [];
  const files = new Set(known.files);
  for (const match of text.matchAll(/[\p{L}\p{N}_.\/@+-]+(?::(\d+))?/gu)) {
    const path = match[0].replace(/:\d+$/, "").replace(/^\.\//, "").replace(/\.$/, "");
    if (!files.has(path)) continue;
    const line = match[1] ? Number(match[1]) : null;
    found.push({ from: match.index, to: match.index + match[0].length, opens: { file: [path, line] } });
  }
  for (const match of text.matchAll(/\[(?:([\w.-]+) )?(\d+)\/\d+\]|\bStep (\d+)\/\d+/g)) {
    const step = match[3] ?? (match[1] ? `${match[1]} ${match[2]}` : `[${match[2]}]`);
    const line = known.steps[step];
    if (line) found.push({ from: match.index, to: match.index + match[0].length, opens: { line } });
  }
  return found;
}

/** The link provider of a terminal. `open` gets what a link opens. */
export const linkProvider = (xterm, known, open) => ({
  provideLinks(row, done) {
    const { text, places } = logicalLine(xterm.buffer.active, row - 1);
    done(linksIn(text, known()).map(({ from, to, opens }) => ({
      text: text.slice(from, to),
      range: { start: places[from], end: places[to - 1] },
      activate: () => open(opens),
    })));
  },
});
