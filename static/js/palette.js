// The palette: arrows move through what was found, Enter opens it, a letter goes on typing.

const palette = () => document.getElementById("palette");
const hits = () => [...palette().querySelectorAll("a.hit")];

document.addEventListener("keydown", (event) => {
  const dialog = palette();
  if (!dialog?.open) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const field = dialog.querySelector("input[type=search]");
  if (step) {
    const all = [field, ...hits()];
    const at = all.indexOf(document.activeElement);
    all[Math.min(Math.max(at + step, 0), all.length - 1)].focus();
    event.preventDefault();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && document.activeElement !== field) {
    field.focus();
  }
});
