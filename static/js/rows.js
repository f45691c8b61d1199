// Rows of a table that lead somewhere: a click anywhere in tr[data-href] follows it, j and k move, Enter opens.
import { registerKeys } from "./keys.js";

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, select, summary") || String(getSelection())) return;
  if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
});

function move(step) {
  const links = [...document.querySelectorAll("main table a.row-link")].filter((link) => link.offsetParent);
  if (!links.length) return false;
  const at = links.indexOf(document.activeElement);
  const next = links[Math.min(Math.max(at + step, 0), links.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

if (document.querySelector("main table a.row-link, [data-rows]")) {
  registerKeys("Rows", { j: ["Next row", () => move(1)], k: ["Previous row", () => move(-1)] });
}
