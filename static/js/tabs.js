// Tabs inside a page: [role=tablist] with buttons that name their panel by aria-controls.
// The same tablist on a .split shows one pane at a time where only one fits.

function select(tab) {
  const list = tab.closest("[role=tablist]");
  const split = list.dataset.panes && document.querySelector(list.dataset.panes);
  for (const other of list.querySelectorAll("[role=tab]")) {
    const panel = document.getElementById(other.getAttribute("aria-controls"));
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    if (split) panel?.toggleAttribute("data-active", chosen);
    else if (panel) panel.hidden = !chosen;
  }
  if (split) split.dataset.activePane = tab.getAttribute("aria-controls");
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.("[role=tab]");
  if (tab) select(tab);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[role=tab]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!tab || !step) return;
  const all = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
  const next = all.at((all.indexOf(tab) + step) % all.length);
  select(next);
  next.focus();
  event.preventDefault();
});

function begin(root) {
  root.querySelectorAll("[role=tablist]").forEach((list) => {
    const chosen = list.querySelector("[role=tab][aria-selected=true]") ?? list.querySelector("[role=tab]");
    if (chosen) select(chosen);
  });
}
begin(document);
document.addEventListener("htmx:after:swap", () => begin(document));
