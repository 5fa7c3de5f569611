// The files of folders that were dropped.

/** The most entries, files and folders, that are looked at. */
const MAX_ENTRIES = 20_000;

/** The entries of what was dropped. They are there only until the event is over, so this does not wait. */
export const dropped_entries = (transfer) => [...(transfer.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);

/** The files of entries and below them, each with its path: `[{ path, file }]`. */
export async function files_below(entries) {
  const files = [];
  let count = 0;
  async function walk(entry) {
    count += 1;
    if (count > MAX_ENTRIES) return;
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed));
      files.push({ path: entry.fullPath.replace(/^\/+/, ""), file });
      return;
    }
    const [reader, inside] = [entry.createReader(), []];
    // A reader gives some entries at a time, and none at the end.
    for (let part = [null]; part.length && inside.length < MAX_ENTRIES;) {
      part = await new Promise((done, failed) => reader.readEntries(done, failed));
      inside.push(...part);
    }
    for (const one of inside) await walk(one);
  }
  for (const entry of entries) await walk(entry);
  return files;
}
