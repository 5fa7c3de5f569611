// The colours of the page's theme (www/styles/theme.css) for what takes no CSS variables.

/** A colour by the name of its variable, `#rrggbb`: as the browser computes it for the theme that is shown. */
export function pageColor(name) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const channels = getComputedStyle(probe).color.match(/\d+/g) ?? [0, 0, 0];
  probe.remove();
  return `#${channels.slice(0, 3).map((channel) => Number(channel).toString(16).padStart(2, "0")).join("")}`;
}
