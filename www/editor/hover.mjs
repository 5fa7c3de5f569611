// The explanation of the word under the mouse pointer in a Dockerfile.
import { hoverTooltip } from "@codemirror/view";

// `ask`: see dockerfile.mjs.
export function hover(ask) {
  return hoverTooltip(async (view, at) => {
    const { state } = view;
    const answer = await ask("hover", state, { at });
    if (!answer || view.state !== state) return null;
    return { pos: answer.from, end: answer.to, above: true, create: () => {
      const dom = document.createElement("div");
      dom.className = "hover";
      dom.textContent = answer.words;
      return { dom };
    } };
  });
}
