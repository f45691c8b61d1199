// The scorecard builder: each act is the form it stands in, sent in the background; the answer brings
// the regions of the page that may have changed. Without this module the same forms work by themselves.

import { registerKeys } from "../keys.js";
import { toast } from "../toast.js";

const root = document.querySelector("[data-builder]");
const state = document.querySelector("[data-state]");
const answers = {};
let queue = Promise.resolve();
let removed = null;
let timer = 0;

root.querySelectorAll("[data-without-js]").forEach((part) => (part.hidden = true));

// --- Acts go out one after another, so that each knows the row version the one before it left. ---

function send(fields, { keepFocus = true } = {}) {
  state.textContent = "Saving…";
  queue = queue.then(() => post(fields, keepFocus));
  return queue;
}

async function post(fields, keepFocus) {
  fields.set("row_version", root.dataset.rowVersion);
  let response;
  try {
    response = await fetch(root.dataset.url, {
      method: "POST",
      body: fields,
      headers: { "X-Builder": "1", "X-CSRFToken": root.dataset.csrf, "HX-Request": "true" },
    });
  } catch {
    return failed("Not saved: no answer from the server.");
  }
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const data = isJson ? await response.json() : {};
  if (data.regions) show(data, keepFocus, response.ok);
  else failed(data.error ?? "Not saved. Load the page again.");
}

function failed(sentence) {
  state.textContent = "Not saved";
  toast(sentence, "bad");
}

function show(data, keepFocus, ok) {
  const focused = keepFocus && document.activeElement?.id;
  root.dataset.rowVersion = data.row_version;
  for (const region of root.querySelectorAll("[data-region]")) {
    const scroll = region.scrollTop;
    if (!(region.dataset.region === "item" && keepFocus && ok && region.dataset.shows === data.item)) region.innerHTML = data.regions[region.dataset.region];
    region.scrollTop = scroll;
  }
  root.querySelector('[data-region="item"]').dataset.shows = data.item;
  root.querySelectorAll("[data-without-js]").forEach((part) => (part.hidden = true));
  if (focused && document.getElementById(focused) !== document.activeElement) document.getElementById(focused)?.focus();
  state.textContent = ok ? `Saved ${new Date().toLocaleTimeString([], { hour12: false })}` : "Not saved: see the marked field";
  if (data.removed) offerUndo(data.removed);
  restoreAnswers();
  preview();
}

function offerUndo(gone) {
  removed = gone;
  toast("Deleted. Press u to take it back.");
}

function undo() {
  if (!removed) return toast("Nothing to take back.");
  const fields = new FormData();
  fields.set("act", "restore");
  fields.set("item", "version");
  fields.set("removed", JSON.stringify(removed));
  removed = null;
  send(fields, { keepFocus: false });
}

root.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-act], [data-save]")) return;
  event.preventDefault();
  send(new FormData(event.target), { keepFocus: event.target.matches("[data-save]") });
});

root.addEventListener("change", ({ target }) => {
  const form = target.form;
  if (!form?.matches("[data-save]")) return;
  clearTimeout(timer);
  const structural = target.matches("[name=kind], [name=weight_mode], [name=na_policy]");
  send(new FormData(form), { keepFocus: !structural });
});

root.addEventListener("input", ({ target }) => {
  const form = target.form;
  if (!form?.matches("[data-save]") || !target.matches("textarea, input[type=text]")) return;
  clearTimeout(timer);
  timer = setTimeout(() => send(new FormData(form)), 900);
});

// --- Choosing and moving items ----------------------------------------------------------------

root.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-item]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  await queue;
  choose(link.dataset.item);
});

async function choose(item) {
  const url = `${root.dataset.url}?item=${item}`;
  const response = await fetch(url, { headers: { "HX-Request": "true" } });
  if (!response.ok) return location.assign(url);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const name of ["tree", "item"]) {
    root.querySelector(`[data-region="${name}"]`).replaceChildren(...page.querySelector(`[data-region="${name}"]`).childNodes);
  }
  root.querySelector('[data-region="item"]').dataset.shows = item;
  root.querySelectorAll("[data-without-js]").forEach((part) => (part.hidden = true));
  root.dataset.rowVersion = page.querySelector("[data-builder]").dataset.rowVersion;
  history.replaceState(null, "", url);
  document.querySelector('[aria-controls="pane-item"]').click();
  root.querySelector(`[data-tree] [data-item="${item}"]`)?.focus();
}

function move(step) {
  const focused = document.activeElement?.closest("[data-tree] [data-item]");
  const name = focused?.dataset.item;
  if (!name || !name.includes("-")) return false;
  const fields = new FormData();
  fields.set("act", "move");
  fields.set("item", name);
  fields.set("step", step);
  send(fields, { keepFocus: false }).then(() => root.querySelector(`[data-tree] [data-item="${name}"]`)?.focus());
}

function step(by) {
  const links = [...root.querySelectorAll("[data-tree] [data-item]")];
  const at = links.indexOf(document.activeElement);
  if (at < 0) return false;
  links[Math.min(Math.max(at + by, 0), links.length - 1)].focus();
}

function remove() {
  const name = document.activeElement?.closest("[data-tree] [data-item]")?.dataset.item;
  if (!name?.includes("-")) return false;
  const fields = new FormData();
  fields.set("act", "remove");
  fields.set("item", name);
  send(fields, { keepFocus: false });
}

registerKeys("Builder", {
  "Alt+ArrowUp": ["Move the item up", () => move("up")],
  "Alt+ArrowDown": ["Move the item down", () => move("down")],
  "Alt+ArrowLeft": ["Move it out of its section", () => move("out")],
  "Alt+ArrowRight": ["Move it into a section", () => move("in")],
  ArrowDown: ["Next item", () => step(1)],
  ArrowUp: ["Previous item", () => step(-1)],
  Delete: ["Delete the item", remove],
  u: ["Take a deletion back", undo],
});

// --- Preview ----------------------------------------------------------------------------------

function read(box) {
  const control = box.querySelector("select, input");
  if (!control) return null;
  if (control.value === "__na") return { na: true };
  if (control.multiple) {
    const options = [...control.selectedOptions].map((option) => option.value);
    return options.length ? { options } : null;
  }
  if (!control.value) return null;
  return { [box.dataset.kind === "number" ? "number" : "option"]: control.value };
}

function restoreAnswers() {
  for (const box of root.querySelectorAll("[data-preview-question]")) {
    const control = box.querySelector("select, input");
    const answer = answers[box.dataset.previewQuestion];
    if (!control || !answer) continue;
    if (control.multiple) for (const option of control.options) option.selected = answer.options?.includes(option.value) ?? false;
    else control.value = answer.na ? "__na" : (answer.option ?? answer.number ?? "");
  }
}

let asked = 0;

async function preview() {
  if (!Object.keys(answers).length) return;
  const mine = (asked += 1);
  const response = await fetch(root.dataset.preview, {
    method: "POST",
    body: JSON.stringify(answers),
    headers: { "Content-Type": "application/json", "X-CSRFToken": root.dataset.csrf, "HX-Request": "true" },
  });
  if (!response.ok || mine !== asked) return;
  const { html, hidden } = await response.json();
  root.querySelector("[data-preview-score]").innerHTML = html;
  for (const box of root.querySelectorAll("[data-preview-question]")) box.hidden = hidden.includes(box.dataset.previewQuestion);
}

root.addEventListener("change", ({ target }) => {
  const box = target.closest("[data-preview-question]");
  if (!box) return;
  const answer = read(box);
  if (answer) answers[box.dataset.previewQuestion] = answer;
  else delete answers[box.dataset.previewQuestion];
  preview();
});

root.querySelector('[data-region="item"]').dataset.shows = root.querySelector("[data-tree] [aria-current]")?.dataset.item ?? "version";
