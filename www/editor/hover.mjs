// The explanation of the word under the mouse pointer in a Dockerfile: the facts, and below them folded where they come
// from. It stands below the word, so that it covers nothing that was read before.
import { hoverTooltip } from "@codemirror/view";
import { findingAt } from "./findings.mjs";

// `ask`: see dockerfile.mjs. `words`: the words of the editor by id.
export function hover(ask, words) {
  return hoverTooltip(async (view, at) => {
    const { state } = view;
    // Both together do not fit below a line on a phone.
    if (matchMedia("(pointer: coarse)").matches && findingAt(state, at)) return null;
    const answer = await ask("hover", state, { at });
    if (!answer || view.state.doc !== state.doc) return null;
    return { pos: answer.from, end: answer.to, above: false, create: () => {
      const dom = document.createElement("div");
      dom.className = "hover";
      const [facts, ...sources] = answer.words.split("\n");
      const text = document.createElement("p");
      text.textContent = facts;
      dom.append(text);
      if (sources.length) {
        const details = document.createElement("details");
        const summary = document.createElement("summary");
        summary.textContent = words["source"];
        details.append(summary, sources.join("\n"));
        dom.append(details);
      }
      return { dom };
    } };
  }, { hideOnChange: true });
}
