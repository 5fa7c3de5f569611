// Small helpers to make elements. Texts are always text, never HTML.

/** An element with attributes and children. An attribute `on…` is a listener, `null` and `false` leave one out. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  set(element, attributes);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element of SVG. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  set(element, attributes);
  element.append(...children);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
}

/** A list of tabs: arrow keys move between them, as the ARIA practices for tabs say. */
export function tabs(label, names, chosen, choose) {
  const buttons = names.map(([id, text]) => h("button", {
    type: "button", role: "tab", "aria-selected": String(id === chosen), tabindex: id === chosen ? "0" : "-1", "data-tab": id,
    onclick: () => choose(id),
  }, text));
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs", onkeydown: (event) => {
    const at = buttons.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = (to + buttons.length) % buttons.length;
    choose(names[next][0]);
    list.parentNode?.querySelector(`[data-tab="${CSS.escape(names[next][0])}"]`)?.focus();
  } }, buttons);
  return list;
}

/** What the signs of a size mean. `say` gives the words. */
export const legend = (say) => h("p", { class: "legend" }, say("legend"));
