// The colours of the terminal: those of the page.
import { pageColor as color } from "../browser/page_color.mjs";

/** Calls `apply` with the theme of xterm.js, now and whenever the page has other colours. Returns how to stop that. */
export function followTheme(apply) {
  const update = () => apply({
    background: color("panel"), foreground: color("text"), cursor: color("accent"), cursorAccent: color("panel"),
    selectionBackground: color("selection"), selectionInactiveBackground: color("selection"),
    black: color("text"), red: color("bad"), green: color("good"), yellow: color("warn"), blue: color("accent"),
    magenta: color("code-keyword"), cyan: color("code-string"), white: color("soft"), brightBlack: color("faint"),
    brightRed: color("bad"), brightGreen: color("good"), brightYellow: color("warn"), brightBlue: color("accent"),
    brightMagenta: color("code-keyword"), brightCyan: color("code-string"), brightWhite: color("text"),
    scrollbarSliderBackground: `${color("faint")}40`, scrollbarSliderHoverBackground: `${color("faint")}80`,
    scrollbarSliderActiveBackground: `${color("faint")}a0`, overviewRulerBorder: color("panel"),
  });
  const observer = new MutationObserver(update);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  isDark.addEventListener("change", update);
  update();
  return () => {
    observer.disconnect();
    isDark.removeEventListener("change", update);
  };
}
