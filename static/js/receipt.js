// data-receipt-check="<address of the receipt's JSON>" data-score="<address of the stateless API>": sends what the
// stored score was made of to the public arithmetic, and names the first step in which the stored receipt differs.

const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);

function firstDifference(stored, computed) {
  const { steps } = computed.receipt;
  for (let number = 0; number < Math.max(steps.length, stored.receipt.steps.length); number += 1) {
    if (!same(steps[number], stored.receipt.steps[number])) return `step ${number + 1}, ${(steps[number] ?? stored.receipt.steps[number]).rule}`;
  }
  const hash = ["input_sha256", "sha256"].find((name) => stored.receipt[name] !== computed.receipt[name]);
  if (hash) return hash === "sha256" ? "the hash of the receipt" : "the hash of the input";
  return same(stored.result, computed.result) ? "" : "the result";
}

async function answerOf(address, options) {
  const response = await fetch(address, options);
  if (response.status === 429) throw new Error(`Too many checks from here. Try again in ${response.headers.get("Retry-After")} seconds.`);
  if (!response.ok) throw new Error(`The check did not work (${response.status}). Try again, or check the JSON file by hand.`);
  return response.json();
}

async function check({ receiptCheck, score }) {
  const stored = await answerOf(receiptCheck);
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const computed = await answerOf(score, { method: "POST", headers, body: JSON.stringify(stored.request) });
  const difference = firstDifference(stored, computed);
  return difference ? ["bad", `Different: the first difference is ${difference}.`] : ["good", "Equal in all steps and both hashes."];
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
