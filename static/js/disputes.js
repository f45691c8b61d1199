// Deciding a dispute: the score as it would become, and keys: k keep, a accept, o other, s decide.

import { registerKeys } from "./keys.js";
import { say } from "./words.js";

const form = document.querySelector("[data-dispute]");
const told = document.querySelector("[data-dispute-score] span");
const items = [...form.querySelectorAll("[data-item]")];
let current = items[0];
let asked = 0;

const outcome = (item) => item.querySelector('[name^="outcome-"]:checked')?.value;

function changes() {
  const pairs = items.map((item) => {
    const chosen = outcome(item);
    const option = chosen === "accepted" ? item.dataset.proposed : item.querySelector("select").value;
    return [item.dataset.item, ["accepted", "other", "partial"].includes(chosen) ? option : ""];
  });
  return Object.fromEntries(pairs.filter(([, option]) => option));
}

async function preview() {
  if (!told) return;
  const mine = (asked += 1);
  const response = await fetch(form.dataset.dispute, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": form.dataset.csrf, "HX-Request": "true" },
    body: JSON.stringify(changes()),
  }).catch(() => null);
  const data = await response?.json().catch(() => null);
  if (!data || mine !== asked) return;
  const refused = data.is_refused ?? false;
  told.textContent = data.error ?? [say("The score becomes {score} %.").replace("{score}", data.score_percent ?? "–"), data.lowering, refused ? say("Not allowed here.") : ""].filter(Boolean).join(" ");
  told.parentElement.classList.toggle("bad", refused || Boolean(data.error));
  form.querySelector("[data-decide]").disabled = refused;
}

function choose(value) {
  const input = current?.querySelector(`[value="${value}"]`);
  if (!input) return false;
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  if (value === "other") current.querySelector("select").focus();
  else current.querySelector("textarea").focus();
}

function step(by) {
  current = items[Math.min(Math.max(items.indexOf(current) + by, 0), items.length - 1)];
  current?.querySelector('[name^="outcome-"]').focus();
}

form.addEventListener("change", preview);
form.addEventListener("focusin", ({ target }) => (current = target.closest("[data-item]") ?? current));
registerKeys("Deciding", {
  k: ["Keep the answer", () => choose("kept")],
  a: ["Accept what is proposed", () => choose("accepted")],
  o: ["Another answer", () => choose("other")],
  ArrowDown: ["Next item", () => step(1)],
  ArrowUp: ["Previous item", () => step(-1)],
  s: ["Decide", () => form.querySelector("[data-decide]").click()],
});
form.dataset.ready = "";
