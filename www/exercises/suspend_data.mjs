// The progress as `cmi.suspend_data`, which has little room (SCORM 1.2).

/** The most characters of `cmi.suspend_data`. */
const MAX_SUSPEND = 4096;

async function through(stream, bytes) {
  const out = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(out).arrayBuffer());
}
const to_base64 = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const from_base64 = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

const LETTERS = { n: {}, d: { done: true }, s: { done: true, seen: true }, h: { seen: true } };
const letter = (one) => (one.done ? (one.seen ? "s" : "d") : one.seen ? "h" : "n");

/**
 * The progress in at most MAX_SUSPEND characters: a letter for each exercise, and all of it, compressed. Of what is too
 * long, first the work that is done is left out, then all work.
 */
export async function to_suspend(slugs, exercises) {
  const letters = slugs.map((slug) => letter(exercises[slug] ?? {})).join("");
  const without = (is_left_out) => Object.fromEntries(slugs.filter((slug) => exercises[slug]).map((slug) => {
    const { work, ...rest } = exercises[slug];
    return [slug, is_left_out(rest) ? rest : { ...rest, work }];
  }));
  for (const kept of [exercises, without((one) => one.done), without(() => true)]) {
    const packed = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(JSON.stringify(kept)));
    const text = `1:${letters}:${packed.length < MAX_SUSPEND ? to_base64(packed) : ""}`;
    if (packed.length < MAX_SUSPEND && text.length <= MAX_SUSPEND) return text;
  }
  return `1:${letters}:`.slice(0, MAX_SUSPEND);
}

/** Reads what `to_suspend` wrote: the exercises by slug. What is damaged is left out. */
export async function from_suspend(text, slugs) {
  const [version, letters = "", packed = ""] = String(text ?? "").split(":");
  if (version !== "1") return {};
  const known = Object.fromEntries(slugs.map((slug, at) => [slug, { at: 0, ...LETTERS[letters[at]] }]));
  if (!packed) return known;
  try {
    const stream = new Blob([from_base64(packed)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const json = await new Response(stream).text();
    return { ...known, ...JSON.parse(json) };
  } catch {
    return known;
  }
}
