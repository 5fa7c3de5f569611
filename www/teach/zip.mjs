// Files as a zip archive.
import { Zip, ZipDeflate, strToU8 } from "fflate";

/** A zip archive of files: path, bytes and attributes. It is written file by file, so that the page stays alive. */
export async function zipped(files) {
  const parts = [];
  const archive = new Zip((error, part) => {
    if (error) throw error;
    parts.push(part);
  });
  for (const [path, [bytes, attributes]] of Object.entries(files)) {
    // A fixed time makes the same files the same bytes.
    const entry = new ZipDeflate(path, { level: 6, mtime: new Date(2000, 0, 1) });
    Object.assign(entry, attributes);
    archive.add(entry);
    entry.push(bytes, true);
    await new Promise((done) => setTimeout(done));
  }
  archive.end();
  return new Blob(parts);
}

const bytes_of = ({ text, base64 }) => (text !== undefined ? strToU8(text)
  : Uint8Array.from(atob(base64.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0)));

/** The files of a pack as a zip with one folder. */
export function zip_of_files(folder, files) {
  const all = {};
  // External attributes of a Unix file: its mode in the upper half.
  for (const file of files) all[`${folder}/${file.path}`] = [bytes_of(file), { os: 3, attrs: (0o100000 | (file.executable ? 0o755 : 0o644)) << 16 }];
  return zipped(all);
}
