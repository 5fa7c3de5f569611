// Language and theme as they were saved, else those of the browser and the system, and whether the example is to be shown.
// The keys are those of `app/src/effects`.
const root = document.documentElement;
const read = (key) => {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
};
const [tag, theme] = read("stageplay.settings").split(" ");
const isChinese = /^zh/i.test(tag || navigator.language);
root.lang = isChinese ? "zh-CN" : "en";
if (theme === "dark" || theme === "light") root.dataset.theme = theme;
// Somebody's own files are shown once the program is loaded; until then not another build's result.
const isNamed = /^#(w|lesson|example|exercise)=/.test(location.hash) || /[?&](dockerfile|files|url)=/.test(location.search);
if (isNamed || read("stageplay.opened") || read("stageplay.workspace")) root.dataset.visit = "own";
if (isChinese) {
  document.addEventListener("readystatechange", () => {
    const english = document.querySelector(".first-visit");
    english?.replaceChildren(document.getElementById("first-visit-zh-CN").content);
    root.dataset.translated = "";
  }, { once: true });
}
