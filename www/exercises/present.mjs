// Presenter mode: a text in large type, step by step. Solutions are not in it, and the explanation stands behind a button.
import { blocks, button, h, icon } from "./dom.mjs";

const MIN = 1;
const MAX = 4;
/** The smallest part of the chosen size to which a long step shrinks. Below it, it scrolls. */
const MIN_FIT = 0.6;
/** How much prose a step holds. A Chinese character counts as two. */
const MAX_WEIGHT = 420;

/** Where each presentation was left, by its heading. */
const places = new Map();

/** The length of an element's text as people see it. */
function weight(element) {
  const text = element.textContent;
  return text.length + (text.match(/[\u2e80-\uffef]/g)?.length ?? 0);
}

const is_heading = (element) => /^H[1-3]$/.test(element.tagName);

/**
 * The elements of a text as steps. A heading begins one, and so does a file; commands stand under the prose before them.
 * Prose that is too long for a step goes on in the next.
 */
function steps_of(elements) {
  const steps = [];
  let [step, filled, is_full] = [null, 0, true];
  const begin = () => {
    steps.push((step = []));
    [filled, is_full] = [0, false];
  };
  for (const element of elements) {
    const children = element.matches?.("div.prose") ? [...element.children] : [element];
    for (const child of children) {
      const is_block = child === element;
      const only_heading = step?.length && step.every(is_heading);
      const grown = filled + (is_block ? 0 : weight(child));
      const is_file = is_block && element.matches("figure.file");
      if (!only_heading && (is_full || is_heading(child) || is_file || grown > MAX_WEIGHT)) begin();
      step.push(child);
      filled += is_block ? 0 : weight(child);
      is_full ||= is_block;
    }
  }
  return steps;
}

/** The steps of an exercise: its task, the files it starts with, its goals, its explanation. */
function of_exercise(t, view) {
  const files = blocks(view.start.map((file) => ({ file })));
  const steps = steps_of([...blocks(view.task), ...files]).map((parts) => ({ parts }));
  if (view.goals.length) {
    steps.push({ parts: [h("h3", {}, t("goals")), h("ol", {}, view.goals.map((goal) => h("li", {}, goal.message)))] });
  }
  if (view.explanation.length) {
    for (const parts of steps_of(blocks(view.explanation))) steps.push({ parts, is_explanation: true });
  }
  return { title: view.title, steps };
}

/** The steps of a lesson, which are copied from the page. What is interactive there is left out; `files`: name and text. */
function of_lesson(article, files) {
  const copy = article.cloneNode(true);
  const title = copy.querySelector("h1, h2")?.textContent ?? "";
  const task = copy.querySelector(".task > p:not(.actions)");
  for (const one of copy.querySelectorAll("button, input, nav, .fold, .lesson-head")) one.remove();
  for (const one of copy.querySelectorAll("[id]")) one.removeAttribute("id");
  const texts = [...files];
  for (const line of copy.querySelectorAll(".file-line")) {
    const file = texts.shift();
    if (file) line.replaceWith(...blocks([{ file }]));
  }
  const elements = [...copy.querySelectorAll("div.prose, figure.file, .console")].filter((one) => !one.parentElement.closest(".console, figure.file"));
  const steps = steps_of(elements).map((parts) => ({ parts }));
  return { title, steps: task ? [{ parts: [task] }, ...steps] : steps };
}

/** Opens it for an exercise (a view), or for a lesson (its element in the page, with its files). */
export function present(t, shown, files = []) {
  if (!shown) return;
  const { title, steps } = shown instanceof Element ? of_lesson(shown, files) : of_exercise(t, shown);
  if (!steps.length) return;
  let at = Math.min(places.get(title) ?? 0, steps.length - 1);
  let scale = 2;
  let is_told = false;
  const heading = h("h2", { id: "present-title" }, title);
  const count = h("span.x-count", { role: "status" });
  const slide = h("div.x-slide");
  const body = h("div.x-step", { tabindex: 0, role: "region", "aria-labelledby": "present-title" }, slide);
  const back = button("", () => go(-1), { id: "present-back", "aria-label": t("present.back"), title: t("present.back") });
  const next = button("", () => go(1), { id: "present-next", "aria-label": t("present.next"), title: t("present.next") }, "button.x-primary");
  back.append(icon("back"));
  next.append(icon("next"));
  const element = h("dialog.x-present", { "aria-labelledby": "present-title" },
    h("header", {}, heading,
      button("A−", () => zoom(-0.25), { "aria-label": t("present.smaller"), title: t("present.smaller") }),
      button("A+", () => zoom(0.25), { "aria-label": t("present.larger"), title: t("present.larger") }),
      button("", () => element.close(), { id: "present-end", "aria-label": t("present.end"), title: t("present.end") }, "button.x-plain")),
    body,
    h("footer", {}, back, count, next, h("small", {}, t("present.keys"))));
  element.querySelector("#present-end").append(icon("close"));

  /** Shrinks the type until the step fits. */
  function fit() {
    let part = 1;
    do {
      body.style.setProperty("--x-scale", String(scale * part));
      part -= 0.05;
    } while (part >= MIN_FIT && (body.scrollHeight > body.clientHeight || body.scrollWidth > body.clientWidth));
  }
  function tell() {
    is_told = true;
    draw();
    body.focus();
  }
  function draw() {
    const step = steps[at];
    const is_hidden = step.is_explanation && !is_told;
    slide.replaceChildren(...(is_hidden
      ? [h("h3", {}, t("present.explanation")), button(t("present.show-explanation"), tell, { id: "present-explanation" }, "button.x-primary")]
      : [step.is_explanation ? h("p.x-over", {}, t("present.explanation")) : "", ...step.parts]));
    body.scrollTop = 0;
    count.textContent = t("present.step", { number: at + 1, count: steps.length });
    back.disabled = at === 0;
    next.disabled = at === steps.length - 1;
    places.set(title, at);
    fit();
    // A button that was pressed may be gone or disabled: the keys go on working.
    const button_there = slide.querySelector("#present-explanation");
    if (button_there) button_there.focus({ preventScroll: true });
    else if (!element.contains(document.activeElement) || document.activeElement.disabled) body.focus();
  }
  function go(step) {
    at = Math.max(0, Math.min(steps.length - 1, at + step));
    draw();
  }
  function zoom(step) {
    scale = Math.max(MIN, Math.min(MAX, scale + step));
    fit();
  }
  element.addEventListener("keydown", (event) => {
    // A blank scrolls what is long, and then goes on.
    const is_at_end = body.scrollTop + body.clientHeight >= body.scrollHeight - 1;
    const blank = event.key === " " && event.target === body && is_at_end ? 1 : 0;
    const move = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1, Home: -steps.length, End: steps.length }[event.key] ?? blank;
    const size = { "+": 0.25, "=": 0.25, "-": -0.25, "−": -0.25 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || (!move && !size)) return;
    event.preventDefault();
    if (move) go(move);
    else zoom(size);
  });
  addEventListener("resize", fit);
  element.addEventListener("close", () => {
    removeEventListener("resize", fit);
    element.remove();
  });
  document.body.append(element);
  element.showModal();
  draw();
  if (!slide.contains(document.activeElement)) body.focus();
}
