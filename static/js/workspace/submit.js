// Submitting: asks once, lists what is missing with links to it, and goes to the result.

import { uuid } from "./api.js";

export function makeSubmit({ root, send, store, questions }) {
  const dialog = document.querySelector("[data-submit-dialog]");
  const body = dialog.querySelector("[data-submit-body]");
  const yes = dialog.querySelector("[data-submit-yes]");
  let key = uuid();
  let confirmed = false;

  function say(...parts) {
    body.replaceChildren(...parts.map((part) => (typeof part === "string" ? Object.assign(document.createElement("p"), { textContent: part }) : part)));
  }

  function open() {
    confirmed = false;
    const { answered, total } = questions.progress();
    say(`${answered} of ${total} answered. After this the answers are locked and the score is computed for good.`);
    yes.hidden = false;
    yes.textContent = "Submit";
    dialog.showModal();
    yes.focus();
  }

  function gapList(gaps) {
    const list = document.createElement("ol");
    list.className = "gaps";
    for (const { key: criterion, sentence } of gaps) {
      const link = Object.assign(document.createElement("a"), { href: `#c-${criterion}`, textContent: sentence });
      link.dataset.gap = criterion;
      list.append(Object.assign(document.createElement("li"), {}));
      list.lastElementChild.append(link);
    }
    return list;
  }

  async function submit() {
    if (store.waiting()) {
      say("Some answers are still on their way. Wait until everything is saved, then submit again.");
      return;
    }
    yes.setAttribute("aria-busy", "true");
    const { status, data } = await send("POST", "../submit/", { key, confirmed });
    yes.removeAttribute("aria-busy");
    if (status === 200) {
      store.forget();
      location.assign(data.url);
    } else if (data.gaps) {
      say(data.error, gapList(data.gaps));
      yes.hidden = true;
      body.querySelector("a").focus();
    } else if (data.untouched) {
      say(data.error);
      confirmed = true;
      yes.textContent = "Submit all the same";
    } else {
      say(data.error ?? "No answer from the server. Nothing was submitted; try again.");
    }
  }

  dialog.addEventListener("click", (event) => {
    const gap = event.target.closest("[data-gap]");
    if (!gap) return;
    event.preventDefault();
    dialog.close();
    questions.focus(questions.byKey.get(gap.dataset.gap));
  });
  yes.addEventListener("click", submit);
  root.querySelector("[data-submit]").addEventListener("click", open);
  return { open };
}
