// Keeps the selected tab of a row that scrolls in view: when another one is selected, and when the row becomes narrower.

function show(row) {
  const tab = row.querySelector("[aria-selected=true]");
  if (!tab) return;
  const [inner, outer] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
  // Of a tab that is wider than the row, the beginning is seen. Only the row scrolls, nothing around it.
  if (inner.left < outer.left || inner.width > outer.width) row.scrollLeft += inner.left - outer.left;
  else if (inner.right > outer.right) row.scrollLeft += inner.right - outer.right;
}

export function keepSelectedTabInView(row) {
  const showIt = () => show(row);
  new MutationObserver(showIt).observe(row, { subtree: true, childList: true, attributeFilter: ["aria-selected"] });
  new ResizeObserver(showIt).observe(row);
}
