// Shows how far the page is, and says so when it cannot start.
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
      const place = boot();
      if (place) place.textContent = `Stageplay could not start: ${error}. It needs a browser with WebAssembly.`;
    },
  };
}
