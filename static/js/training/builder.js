// Dragging a lesson in the outline; the same as its buttons "move up" and "move down".

const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
let dragged = null;

function place(list, y) {
  const others = [...list.querySelectorAll("[data-lesson]")].filter((row) => row !== dragged);
  return others.find((row) => y < row.getBoundingClientRect().top + row.offsetHeight / 2) ?? null;
}

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-lesson]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.lesson);
});

document.addEventListener("dragover", (event) => {
  const list = event.target.closest("[data-module]")?.querySelector("[data-lessons]");
  if (!list || !dragged) return;
  event.preventDefault();
  list.insertBefore(dragged, place(list, event.clientY));
});

document.addEventListener("drop", (event) => {
  const list = dragged?.closest("[data-lessons]");
  if (!list) return;
  event.preventDefault();
  const form = Object.assign(document.createElement("form"), { method: "post", hidden: true });
  const editor = location.pathname;
  form.action = `${editor}lessons/${dragged.dataset.lesson}/move/`;
  const values = {
    csrfmiddlewaretoken: token,
    module: list.closest("[data-module]").dataset.module,
    place: [...list.children].indexOf(dragged),
  };
  for (const [name, value] of Object.entries(values)) {
    form.append(Object.assign(document.createElement("input"), { name, value }));
  }
  document.body.append(form);
  form.submit();
});
