// Reads the files of an element from the author's own markup: each <pre> of its content is a file.

/** What highlighters add to code: line numbers, copy buttons, prompts. */
const NOT_CODE = ".gutter, .linenos, .lineno, .linenodiv, .lnt, .ln, .line-number, .line-numbers-rows, .hljs-ln-n, button";
/** Parts of a highlighter's table that hold a <pre> of numbers only. */
const NUMBERS = ".gutter, .linenos, .linenodiv, .lntd:first-child:not(:last-child)";

/** The text of a <pre>, whatever a highlighter made of it. A line break may be an element. */
export function codeText(pre) {
  const copy = pre.cloneNode(true);
  for (const extra of copy.querySelectorAll(NOT_CODE)) extra.remove();
  for (const end of copy.querySelectorAll("br")) end.replaceWith("\n");
  const text = copy.textContent.replace(/\r\n?/g, "\n").replace(/\u200b|\ufeff/g, "");
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

/** A path that stays inside of the build context. */
export const isPath = (path) => path !== "" && path.length <= 200 && !path.startsWith("/")
  && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");

/**
 * The files of an element: `{ path, text, mode }`, in the order of the page. The name of a file is `data-file` of its
 * <pre> or of an element around it, else the next name of the attribute `files`; the first <pre> of all is otherwise the
 * Dockerfile, and one without a name is no file.
 */
export function readFiles(element) {
  const names = (element.getAttribute("files") ?? "").split(/[\s,]+/).filter(Boolean);
  const dockerfile = element.getAttribute("dockerfile") || "Dockerfile";
  const files = [];
  for (const pre of element.querySelectorAll("pre")) {
    if (pre.closest("[data-stage-play-answer]") || pre.closest(NUMBERS)) continue;
    const marked = pre.closest("[data-file]");
    const own = marked && element.contains(marked) ? marked.dataset.file : undefined;
    const path = own ?? names.shift() ?? (files.length === 0 ? dockerfile : "");
    if (!isPath(path) || files.some((file) => file.path === path)) continue;
    const isProgram = (marked ?? pre).hasAttribute("data-executable");
    files.push({ path, text: codeText(pre), mode: isProgram ? 0o755 : 0o644 });
  }
  return files;
}
