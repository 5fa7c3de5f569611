// What was dropped onto the page or chosen: files, and folders with what is below them.
import { dropped_entries, files_below } from "./folder_entries.mjs";

// See `app/src/interop/dropped_files.rs`.
globalThis.stageplayReadFiles = async (source) => {
  const entries = dropped_entries(source);
  const plain = [...(source.files ?? [])];
  let files = await files_below(entries);
  if (!entries.length) files = plain.map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  // What is below one folder has its path from there.
  const top = files[0]?.path.split("/")[0];
  if (files.length && files.every(({ path }) => path.startsWith(`${top}/`))) {
    files = files.map(({ path, file }) => ({ path: path.slice(top.length + 1), file, folder: top }));
  }
  const ignore = files.find(({ path }) => path === ".dockerignore");
  return { files, ignore: ignore ? await ignore.file.text() : null };
};
