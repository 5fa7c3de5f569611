// Language support for Dockerfiles. The answers come from the page's language service
// (`app/src/state/language_service.rs`) and, where base images or files are needed, from
// the simulator; offsets are UTF-16 code units.
import { commands } from "./commands.mjs";
import { completion } from "./completion.mjs";
import { folding } from "./folding.mjs";
import { highlighting } from "./highlighting.mjs";
import { hover } from "./hover.mjs";

// `ask(request, state, parameters)` returns the answer to a request as an object, or null; for "complete" and "hover" it
// may return a promise of it.
// `words`: the words of the editor by id. `tokens`: the colours until the answers are there, `[[from, to, class]]`.
export function dockerfile(ask, words, tokens) {
  return [highlighting(ask, tokens), completion(ask), hover(ask, words), folding(ask), commands(ask, words)];
}
