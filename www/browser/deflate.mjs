// DEFLATE by the browser (RFC 1951), for share links. See `app/src/interop/deflate.rs`.

// The bytes of a text, compressed.
globalThis.stageplayDeflate = async (text) => {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
};

// Bytes, unpacked; fails for more than `limit`.
globalThis.stageplayInflate = async (bytes, limit) => {
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = unpacked.getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    length += value.length;
    if (length > limit) {
      reader.cancel().catch(() => {});
      throw new Error(`longer than ${limit} bytes`);
    }
    parts.push(value);
  }
};
