/* Respondents' pages: says that a person touched the page, and keeps a draft after input.
   Nothing is sent before a trusted event, and a draft is never an answer. */
const form = document.querySelector("[data-respond]");
const field = (name) => form.querySelector(`[name="${name}"]`);

function touched(event) {
  if (event.isTrusted) field("e").value = "1";
}

async function keep() {
  const body = new FormData(form);
  body.set("go", "save");
  for (const name of [...body.keys()]) if (body.get(name) instanceof File) body.delete(name);
  const answer = await fetch(form.action, { method: "POST", body });
  if (answer.status === 200) field("f").value = (await answer.json()).f;
}

if (form) {
  field("js").value = "1";
  for (const name of ["pointerdown", "keydown", "touchstart"]) addEventListener(name, touched, { passive: true });
  document.getElementById("faults")?.focus();
  let waiting;
  if ("keeps" in form.dataset) {
    form.addEventListener("input", (event) => {
      if (!event.isTrusted) return;
      clearTimeout(waiting);
      waiting = setTimeout(() => keep().catch(() => {}), 1500);
    });
    form.addEventListener("submit", () => clearTimeout(waiting));
  }
}
