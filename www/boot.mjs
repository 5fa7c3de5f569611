// Trunk's initializer: shows the progress while the page loads, and the error if it cannot start.
export default function initializer() {
  const boot = () => document.getElementById("boot");
  return {
    onStart() {},
    onProgress({ current, total }) {
      const bar = document.getElementById("boot-progress");
      if (bar && total) bar.value = current / total;
    },
    onComplete() {},
    onSuccess() {
      boot()?.remove();
    },
    onFailure(error) {
      const status = boot();
      if (status) status.textContent = `Stageplay could not start: ${error}. It needs a browser with WebAssembly.`;
    },
  };
}
