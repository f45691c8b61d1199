// form[data-autosubmit] is sent when a choice changes, or half a second after the last typed letter; empty fields stay out of the URL.

const WAIT = 500;
const timers = new WeakMap();

function send(form) {
  clearTimeout(timers.get(form));
  form.requestSubmit();
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-autosubmit]") && !event.target.matches("[type=search], [type=text]")) send(form);
});

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-autosubmit]") || !event.target.matches("[type=search], [type=text]")) return;
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => send(form), WAIT));
});

document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-autosubmit], form.filters")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

document.querySelectorAll("form[data-autosubmit] [data-without-js]").forEach((element) => (element.hidden = true));
