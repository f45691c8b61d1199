// Keys of a page. A page registers functions, or marks a link or button with data-key="n"; "?" lists them all.
//
//   import { registerKeys } from "./keys.js";
//   const forget = registerKeys("Work list", { j: ["Next", next], "Shift+n": ["Section not applicable", skip] });
//
// A name is "j", "Shift+n", "Enter", "?", "Mod+k" (Ctrl, or Cmd on a Mac) or two keys in a row, "g t".
// Keys are silent while someone types into a field, except Escape and those with Mod.

import { say } from "./words.js";

const groups = new Map();
const PAUSE = 900;
const STORED = "attune.keys.single";
let begun = "";
let timer = 0;

export function registerKeys(title, keys) {
  const table = groups.get(title) ?? new Map();
  for (const [name, [label, run]] of Object.entries(keys)) table.set(name, { label, run });
  groups.set(title, table);
  return () => Object.keys(keys).forEach((name) => table.delete(name));
}

function nameOf(event) {
  const letter = event.key.length === 1;
  const key = letter ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && (!letter || key !== key.toUpperCase());
  return [event.ctrlKey || event.metaKey ? "Mod" : "", event.altKey ? "Alt" : "", shift ? "Shift" : "", key]
    .filter(Boolean)
    .join("+");
}

function isTyping(target) {
  return target.matches?.("input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select, [contenteditable=true]");
}

export function singleKeysWork() {
  return localStorage.getItem(STORED) !== "off";
}

function find(name) {
  const scope = document.querySelector("dialog[open]") ?? document;
  const marked = [...scope.querySelectorAll("[data-key]")].find((element) => element.dataset.key === name);
  if (marked) return () => (marked.matches("input, select, textarea") ? marked.focus() : marked.click());
  if (scope !== document) return null;
  for (const table of [...groups.values()].reverse()) {
    if (table.has(name)) return table.get(name).run;
  }
  return null;
}

function startsSequence(name) {
  const names = [...groups.values()].flatMap((table) => [...table.keys()]);
  document.querySelectorAll("[data-key]").forEach((element) => names.push(element.dataset.key));
  return names.some((known) => known.startsWith(`${name} `));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const name = nameOf(event);
  const isPlain = !/^(Mod|Alt)\+|^Escape$/.test(name);
  if (isPlain && (isTyping(event.target) || !singleKeysWork())) return;
  clearTimeout(timer);
  const run = find(begun ? `${begun} ${name}` : name) ?? find(name);
  begun = "";
  if (run) {
    if (run(event) !== false) event.preventDefault();
  } else if (isPlain && startsSequence(name)) {
    begun = name;
    timer = setTimeout(() => (begun = ""), PAUSE);
  }
});

function entry(list, name, label) {
  const term = document.createElement("dt");
  const told = document.createElement("dd");
  const parts = name.split(/[ +](?=.)/);
  parts.forEach((part) => term.append(Object.assign(document.createElement("kbd"), { textContent: part === "Mod" ? "Ctrl" : part }), " "));
  told.textContent = say(label);
  list.append(term, told);
}

function section(list, title, pairs, told) {
  pairs = pairs.filter(([name]) => !told.has(name));
  if (!pairs.length) return;
  pairs.forEach(([name]) => told.add(name));
  list.append(Object.assign(document.createElement("h3"), { textContent: say(title) }));
  pairs.forEach(([name, label]) => entry(list, name, label));
}

function describe(element) {
  return element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.textContent.trim();
}

export function showKeys() {
  const dialog = document.getElementById("keys-dialog");
  if (!dialog || dialog.open) return;
  const list = dialog.querySelector("[data-keys-list]");
  list.replaceChildren();
  const marked = [...document.querySelectorAll("[data-key]")].map((element) => [element.dataset.key, describe(element)]);
  const told = new Set();
  section(list, "On this page", marked, told);
  groups.forEach((table, title) => section(list, title, [...table].map(([name, { label }]) => [name, label]), told));
  document.querySelectorAll("template[data-keys]").forEach((more) => list.append(more.content.cloneNode(true)));
  dialog.querySelector("[data-keys-single]").checked = singleKeysWork();
  dialog.showModal();
}

function focusSearch() {
  const field = document.querySelector("main input[type=search]");
  if (field) field.focus();
  else document.querySelector("[data-opens=palette]")?.click();
}

registerKeys("Everywhere", {
  "?": ["Show these keys", showKeys],
  "/": ["Search", focusSearch],
  "Mod+k": ["Search everything", () => document.querySelector("[data-opens=palette]")?.click() ?? false],
});

document.querySelectorAll(".rail [data-go]").forEach((link) => {
  registerKeys("Go to", { [`g ${link.dataset.go}`]: [link.textContent.trim(), () => link.click()] });
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-keys-single]")) localStorage.setItem(STORED, event.target.checked ? "on" : "off");
});

// Who drives the page from outside, a test or a screen recorder, can see when keys are listened to.
document.documentElement.dataset.keys = "ready";
