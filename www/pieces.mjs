/**
 * Compiles a piece of a program while it loads, unless the server does not name the file's type.
 * @param {Promise<Response>} loading The file.
 * @param {WebAssembly.Imports} imports What the program gives to the piece.
 */
export async function instantiatePiece(loading, imports) {
  const response = await loading;
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${response.statusText}`);
  const isNamed = response.headers.get("content-type") === "application/wasm";
  return isNamed ? WebAssembly.instantiateStreaming(response, imports) : WebAssembly.instantiate(await response.arrayBuffer(), imports);
}
