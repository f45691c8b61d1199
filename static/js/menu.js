// <details data-menu>: closes by Escape, by a click elsewhere and when focus leaves; arrows move through its items.

const open = () => [...document.querySelectorAll("details[data-menu][open]")];
const items = (menu) => [...menu.querySelectorAll(".menu-list :is(a, button):not(:disabled)")];

document.addEventListener("click", (event) => {
  open().filter((menu) => !menu.contains(event.target)).forEach((menu) => (menu.open = false));
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const all = items(menu);
  const at = all.indexOf(document.activeElement);
  all.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step) % all.length)?.focus();
  event.preventDefault();
});
