// Ctrl+R: how earlier commands are found. `search` of the line editor holds what is searched; null while nothing is.

/** What stands before the cursor's line in place of the prompt while the history is searched. */
export function searchPrompt({ search }) {
  if (!search) return null;
  return `(${search.failed ? "failed " : ""}reverse-i-search)\`${search.query}': `;
}

/** Looks for the query in the commands before the found one. */
function find(editor, from) {
  const { query } = editor.search;
  for (let back = from; back <= editor.history.length; back += 1) {
    const at = editor.history[editor.history.length - back].lastIndexOf(query);
    if (at < 0) continue;
    editor.search.failed = false;
    editor.search.back = back;
    editor.set(editor.history[editor.history.length - back], at);
    return;
  }
  editor.search.failed = true;
}

/** A key while the history is searched. What it returns is to be done as without a search. */
export function feedSearch(editor, key) {
  const { search } = editor;
  if (key.text) {
    search.query += key.text;
    find(editor, Math.max(search.back, 1));
  } else if (key === "search") {
    find(editor, search.back + 1);
  } else if (key === "backspace") {
    search.query = search.query.slice(0, -1);
    find(editor, 1);
  } else if (key === "cancel" || key === "interrupt") {
    editor.search = null;
    editor.set(search.text, search.cursor);
  } else {
    // Any other key takes the found command.
    editor.search = null;
    editor.back = search.back;
    editor.draft = search.text;
    if (key !== "escape") return editor.feed(key);
  }
  return {};
}
