// data-receipt-check="<address of the receipt's JSON>" data-score="<address of the stateless API>": sends what the
// stored score was made of to the public arithmetic, and names the first step in which the stored receipt differs.

import { say } from "./words.js";

const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);

function firstDifference(stored, computed) {
  const { steps } = computed.receipt;
  for (let number = 0; number < Math.max(steps.length, stored.receipt.steps.length); number += 1) {
    if (!same(steps[number], stored.receipt.steps[number])) return say("step {number}, {rule}").replace("{number}", number + 1).replace("{rule}", (steps[number] ?? stored.receipt.steps[number]).rule);
  }
  const hash = ["input_sha256", "sha256"].find((name) => stored.receipt[name] !== computed.receipt[name]);
  if (hash) return say(hash === "sha256" ? "the hash of the receipt" : "the hash of the input");
  return same(stored.result, computed.result) ? "" : say("the result");
}

async function answerOf(address, options) {
  const response = await fetch(address, options);
  if (response.status === 429) throw new Error(say("Too many checks from here. Try again in {seconds} seconds.").replace("{seconds}", response.headers.get("Retry-After")));
  if (!response.ok) throw new Error(say("The check did not work ({status}). Try again, or check the JSON file by hand.").replace("{status}", response.status));
  return response.json();
}

async function check({ receiptCheck, score }) {
  const stored = await answerOf(receiptCheck);
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const computed = await answerOf(score, { method: "POST", headers, body: JSON.stringify(stored.request) });
  const difference = firstDifference(stored, computed);
  return difference ? ["bad", say("Different: the first difference is {difference}.").replace("{difference}", difference)] : ["good", say("Equal in all steps and both hashes.")];
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-receipt-check]");
  if (!button) return;
  const told = document.getElementById(button.getAttribute("aria-controls"));
  button.disabled = true;
  const [tone, sentence] = await check(button.dataset).catch((error) => ["warn", error.message]);
  told.className = `badge ${tone}`;
  told.textContent = sentence;
  button.disabled = false;
});
