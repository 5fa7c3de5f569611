// Sizes as text, as the report knows them.

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A number of bytes with three significant digits, in powers of 1000, as Docker prints it. */
export function humanSize(bytes) {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))}${UNITS[unit]}`;
}

/** A size of a report: `≈` is modelled, `≥` a lower bound, `?` not known; an exact one has no sign. */
export function sizeText(size) {
  if (!size) return "?";
  if (size.bytes === null || size.bytes === undefined) return size.at_least ? `≥ ${humanSize(size.at_least)}` : "?";
  const sign = size.honesty === "exact" ? "" : "≈ ";
  return sign + humanSize(size.bytes);
}

/** The bytes of it that are known, to draw it. */
export const knownBytes = (size) => size?.bytes ?? size?.at_least ?? 0;
