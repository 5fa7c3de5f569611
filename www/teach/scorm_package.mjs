// The page with a pack as a unit of a learning platform (SCORM 1.2).
import { strToU8 } from "fflate";
import { zipped } from "./zip.mjs";

/** The page with a pack. `texts` gets the paths of the page's files and gives what is put beside them: path, text. */
export async function scorm_package(texts) {
  const listed = await fetch("files.json");
  if (!listed.ok) throw new Error(`files.json: ${listed.status}`);
  const list = await listed.json();
  const all = {};
  for (const path of list) {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    // A server puts a token into its page, which is for nobody else.
    const bytes = path === "index.html"
      ? strToU8((await answer.text()).replace(/<meta name="stageplay-token"[^>]*>/, ""))
      : new Uint8Array(await answer.arrayBuffer());
    all[path] = [bytes, {}];
  }
  for (const [path, text] of await texts(list)) all[path] = [strToU8(text), {}];
  return zipped(all);
}
