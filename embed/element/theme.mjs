// Whether an element stands on a dark page.

/** Red, green, blue and alpha of a computed colour, each from 0 to 255 or 0 to 1 for alpha; undefined for other forms. */
function channels(color) {
  const parts = /^rgba?\(([^)]*)\)$/.exec(color)?.[1].split(/[\s,/]+/).map(Number);
  return parts && [...parts.slice(0, 3), parts[3] ?? 1];
}

/** The theme that fits the page behind an element: its nearest background, else its `color-scheme`. */
function pageTheme(element) {
  for (let at = element.parentElement; at; at = at.parentElement) {
    const color = channels(getComputedStyle(at).backgroundColor);
    if (color && color[3] > 0.5) return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] < 128 ? "dark" : "light";
  }
  const schemes = getComputedStyle(element).colorScheme.split(" ");
  const prefers = matchMedia("(prefers-color-scheme: dark)").matches;
  return schemes.includes("dark") && (prefers || !schemes.includes("light")) ? "dark" : "light";
}

/** `light` or `dark`. The attribute `theme` is `light`, `dark`, `system` (as the reader's system) or `auto` (as the page). */
export function themeOf(element) {
  const wanted = element.getAttribute("theme");
  if (wanted === "light" || wanted === "dark") return wanted;
  if (wanted === "system") return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return pageTheme(element);
}

/** Calls back when the theme of the page may have changed. Returns what ends it. */
export function watchTheme(changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(changed);
  const options = { attributes: true, attributeFilter: ["class", "style", "data-theme", "data-md-color-scheme"] };
  for (const root of [document.documentElement, document.body]) if (root) observer.observe(root, options);
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}
