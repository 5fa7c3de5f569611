// CodeMirror's styles as constructed style sheets. Its own way, a `<style>` element, is refused by a content security
// policy without inline styles. A browser without constructed style sheets gets that element.
import { StyleModule } from "style-mod";

export function adoptStyleSheets() {
  if (!("adoptedStyleSheets" in Document.prototype)) return;
  const known = new Map();
  StyleModule.mount = (root, modules) => {
    for (const module of [modules].flat()) {
      if (known.has(module)) continue;
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(module.getRules());
      known.set(module, sheet);
    }
    const mounted = [modules].flat().map((module) => known.get(module));
    const rest = document.adoptedStyleSheets.filter((sheet) => !mounted.includes(sheet));
    document.adoptedStyleSheets = [...mounted, ...rest];
  };
}
