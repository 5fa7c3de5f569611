// The name around an offset of a text: where it begins and ends.
export function wordAt(text, offset) {
  const from = offset - /[\w.-]*$/.exec(text.slice(0, offset))[0].length;
  return { from, to: offset + /^[\w.-]*/.exec(text.slice(offset))[0].length };
}
