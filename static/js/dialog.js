// data-opens="id" opens a <dialog>; data-closes closes the one it stands in; a click on the backdrop closes too.
// htmx's confirm question is asked in a dialog of our own.

import { say } from "./words.js";

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener && !event.ctrlKey && !event.metaKey) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog) {
      event.preventDefault();
      opener.closest("details[data-menu]")?.removeAttribute("open");
      if (dialog.id === "keys-dialog") import("./keys.js").then((keys) => keys.showKeys());
      else dialog.showModal();
    }
  }
  event.target.closest?.("[data-closes]")?.closest("dialog")?.close();
  if (event.target instanceof HTMLDialogElement && event.target.hasAttribute("open")) event.target.close();
});

function button(text, kind, value) {
  return Object.assign(document.createElement("button"), { className: `button ${kind}`, textContent: text, value });
}

export function ask(question, { yes = say("Continue"), danger = false } = {}) {
  const dialog = Object.assign(document.createElement("dialog"), { className: "dialog" });
  const form = Object.assign(document.createElement("form"), { method: "dialog" });
  const body = Object.assign(document.createElement("div"), { className: "dialog-body" });
  const foot = document.createElement("footer");
  const text = Object.assign(document.createElement("p"), { textContent: question, id: "ask-text" });
  dialog.setAttribute("aria-labelledby", text.id);
  body.append(text);
  foot.append(button(say("Cancel"), "", "no"), button(yes, danger ? "danger" : "primary", "yes"));
  form.append(body, foot);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  event.preventDefault();
  const words = { yes: ctx.sourceElement.dataset.yes, danger: ctx.sourceElement.matches(".danger") };
  ask(ctx.confirm, words).then((agreed) => (agreed ? issueRequest() : dropRequest()));
});

// A plain form or its button asks with data-confirm="Void this evaluation?".
document.addEventListener("submit", (event) => {
  const asker = event.submitter?.dataset.confirm ? event.submitter : event.target;
  if (!asker.dataset?.confirm || asker.dataset.agreed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(asker.dataset.confirm, { yes: asker.dataset.yes, danger: asker.matches(".danger") }).then((agreed) => {
    if (!agreed) return;
    asker.dataset.agreed = "1";
    event.target.requestSubmit(event.submitter);
    delete asker.dataset.agreed;
  });
}, true);
