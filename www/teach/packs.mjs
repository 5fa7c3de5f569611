// The exercises of the page as bundles.

/** The address of the simulator's data, relative to the page. */
const folder = () => document.querySelector("meta[name=stageplay-data]")?.content ?? "";

/** The text of the bundle of an exercise of the page, by its slug `packs/…`. */
export async function bundle_of(slug) {
  const answer = await fetch(`${folder()}${slug}.json`);
  if (!answer.ok) throw new Error(`${slug}: ${answer.status}`);
  return answer.text();
}
