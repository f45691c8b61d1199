// A running quiz: answers are saved 0.8 s after a change and every 15 s until the server has them, the clock runs by the
// server's time, and what could not be sent yet is kept in this browser. Digits choose an option, f flags a question.

import { registerKeys } from "../keys.js";
import { say } from "../words.js";

const quiz = document.querySelector("[data-quiz]");
const saved = quiz.querySelector("[data-saved] span");
const clock = quiz.querySelector("[data-clock]");
const csrf = quiz.querySelector("[name=csrfmiddlewaretoken]").value;
const questions = [...quiz.querySelectorAll("[data-item]")];
const store = `attune.quiz.${quiz.dataset.quiz}`;
const waiting = new Set();
const timers = new Map();
const inFlight = new Set();
let current = questions[0];
let endsAt = "secondsLeft" in quiz.dataset ? performance.now() + quiz.dataset.secondsLeft * 1000 : null;

// --- Saving ---

function fields(item) {
  const form = new FormData();
  for (const input of item.querySelectorAll("input, select, textarea")) {
    if (input.matches("[data-flag]")) input.checked && form.append("flag", "1");
    else if (input.type !== "file" && (!/radio|checkbox/.test(input.type) || input.checked)) form.append(input.name, input.value);
  }
  return form;
}

function keep() {
  const kept = [...waiting].map((item) => [item.dataset.item, [...fields(item)]]);
  try {
    if (kept.length) localStorage.setItem(store, JSON.stringify(kept));
    else localStorage.removeItem(store);
  } catch {
    // A full or forbidden store leaves the answers on the page alone.
  }
}

function tell(text, bad = false) {
  saved.textContent = text;
  saved.parentElement.classList.toggle("bad", bad);
}

async function send(item) {
  if (inFlight.has(item)) return;
  inFlight.add(item);
  waiting.delete(item);
  const form = fields(item);
  const sequence = Number(item.dataset.sequence) + 1;
  form.append("sequence", sequence);
  item.dataset.sequence = sequence;
  const response = await fetch(`${quiz.dataset.items}${item.dataset.item}/`, {
    method: "POST",
    headers: { "X-CSRFToken": csrf },
    body: form,
  }).catch(() => null);
  inFlight.delete(item);
  const data = await response?.json().catch(() => null);
  const error = item.querySelector("[data-error]");
  if (!data) waiting.add(item);
  else {
    error.textContent = data.error ?? "";
    error.hidden = !data.error;
    if (response.status === 409) location.reload();
    if (response.ok) accepted(item, data);
  }
  keep();
  if (waiting.size) tell(say(waiting.size > 1 ? "Not saved yet, {count} answers wait." : "Not saved yet, 1 answer waits.").replace("{count}", waiting.size), true);
}

function accepted(item, data) {
  const cell = quiz.querySelector(`[data-palette="${item.dataset.item}"]`);
  cell?.classList.toggle("answered", data.is_answered);
  cell?.classList.toggle("flagged", item.querySelector("[data-flag]").checked);
  if (data.seconds_left !== null && endsAt !== null) endsAt = performance.now() + data.seconds_left * 1000;
  tell(say("Saved {time}").replace("{time}", data.saved_at));
  const open = [...quiz.querySelectorAll("[data-palette]:not(.answered)")].map((one) => one.textContent.trim());
  const blanks = quiz.querySelector("[data-blanks]");
  blanks.hidden = !open.length;
  blanks.querySelector("span").textContent = open.join(", ");
}

function soon(item) {
  waiting.add(item);
  keep();
  clearTimeout(timers.get(item));
  timers.set(item, setTimeout(() => send(item), 800));
}

quiz.addEventListener("input", ({ target }) => {
  const item = target.closest("[data-item]");
  if (item && target.type !== "file") soon(item);
});
setInterval(() => waiting.forEach(send), 15_000);
window.addEventListener("online", () => waiting.forEach(send));
window.addEventListener("beforeunload", (event) => waiting.size && event.preventDefault());
quiz.addEventListener("submit", () => {
  waiting.clear();
  localStorage.removeItem(store);
});

// --- What a closed browser had not sent ---

for (const [position, pairs] of JSON.parse(localStorage.getItem(store) ?? "[]")) {
  const item = questions.find((one) => one.dataset.item === position);
  if (!item) continue;
  for (const [name, value] of pairs) {
    for (const input of item.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (/radio|checkbox/.test(input.type)) input.checked ||= input.value === value;
      else if (input.type !== "hidden") input.value = value;
    }
  }
  soon(item);
}

// --- Order lists ---

quiz.addEventListener("click", (event) => {
  const button = event.target.closest("[data-order] button");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("li");
  const up = button.value.endsWith(":up");
  const other = up ? row.previousElementSibling : row.nextElementSibling;
  if (other) row.parentElement.insertBefore(up ? row : other, up ? other : row);
  button.focus();
  soon(row.closest("[data-item]"));
});

// --- Clock ---

function tick() {
  if (endsAt === null) return;
  const left = Math.max(0, Math.round((endsAt - performance.now()) / 1000));
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor((left % 3600) / 60);
  clock.textContent = `${hours ? `${hours}:` : ""}${hours ? String(minutes).padStart(2, "0") : minutes}:${String(left % 60).padStart(2, "0")}`;
  clock.classList.toggle("few", left <= 60);
  if (left === 0) {
    endsAt = null;
    Promise.all([...waiting].map(send)).then(() => location.reload());
  }
}
if (clock) setInterval(tick, 1000);

// --- Keys ---

quiz.addEventListener("focusin", ({ target }) => (current = target.closest("[data-item]") ?? current));
function step(by) {
  current = questions[Math.min(Math.max(questions.indexOf(current) + by, 0), questions.length - 1)];
  current.focus();
  current.scrollIntoView({ block: "center" });
}
const digits = Object.fromEntries(
  [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => [
    String(digit),
    [say("Option {digit}").replace("{digit}", digit), () => current.querySelectorAll(".option input")[digit - 1]?.click() ?? false],
  ]),
);
registerKeys("Quiz", {
  ...digits,
  f: ["Flag the question", () => current.querySelector("[data-flag]").click()],
  j: ["Next question", () => step(1)],
  k: ["Previous question", () => step(-1)],
});
quiz.querySelectorAll("[data-without-script]").forEach((element) => (element.hidden = !quiz.querySelector("[type=file]")));
quiz.dataset.ready = "";
