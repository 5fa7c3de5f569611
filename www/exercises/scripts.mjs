// Loads another script of the page (`app/src/interop/lazy_script.rs` does the same for the page's program).

const loading = new Map();

/** The address of a script: the page's `<meta>` lists names and addresses by turns. */
function address(name) {
  const words = (document.querySelector("meta[name=stageplay-lazy-scripts]")?.content ?? "").split(/\s+/);
  const at = words.indexOf(name);
  return at >= 0 && at % 2 === 0 && words[at + 1] ? words[at + 1] : `${name}.js`;
}

/** Loads a script once and waits until it has run. */
export function load_script(name) {
  if (!loading.has(name)) {
    loading.set(name, new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address(name);
      script.addEventListener("load", () => done());
      script.addEventListener("error", () => {
        loading.delete(name);
        failed(new Error(script.src));
      });
      document.body.append(script);
    }));
  }
  return loading.get(name);
}
