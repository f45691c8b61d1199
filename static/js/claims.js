// The pool: c claims the focused row, or the first one.
import { registerKeys } from "./keys.js";

function claim() {
  const row = document.activeElement.closest("tr") ?? document.querySelector("main tbody tr");
  const button = row?.querySelector("[data-claims]");
  button?.click();
  return Boolean(button);
}

registerKeys("Rows", { c: ["Claim the row", claim] });
