// The list of tasks: d sets the focused row done, or the first one.
import { registerKeys } from "./keys.js";

function finish() {
  const row = document.activeElement.closest("tr") ?? document.querySelector("main tbody tr");
  const button = row?.querySelector("[data-does]");
  button?.click();
  return Boolean(button);
}

registerKeys("Rows", { d: ["Set the row done", finish] });
