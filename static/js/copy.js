// data-copy="text" copies that text; data-copy-from="#id" copies what another element shows.
import { toast } from "./toast.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  try {
    await navigator.clipboard.writeText(source ? (source.value ?? source.textContent).trim() : button.dataset.copy);
    toast("Copied.", "good");
  } catch {
    toast("The browser did not allow copying. Select the text and copy it by hand.", "warn");
  }
});
