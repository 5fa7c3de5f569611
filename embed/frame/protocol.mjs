// What a frame and the page around it say to each other: docs/formats/embed-messages.md.

/** The version of the protocol. */
export const PROTOCOL = 1;

const TYPES = new Set(["hello", "ready", "set", "files", "run", "reset", "answer", "event", "resize"]);

/** A message as it came, if it has the form of one; else null. Whoever calls it checks who sent it. */
export function message(data) {
  if (typeof data !== "object" || data === null || data.stageplay !== PROTOCOL || !TYPES.has(data.type)) return null;
  const { id } = data;
  if (id !== undefined && !(Number.isSafeInteger(id) || (typeof id === "string" && id.length <= 64))) return null;
  return data;
}
