// Marks: a moment of the interaction with a word about it, public or private.

import { clock } from "../player.js";
import { toast } from "../toast.js";

export function makeMarks({ root, send, moment, changed }) {
  const dialog = document.querySelector("[data-mark-dialog]");
  const list = root.querySelector("[data-marks]");
  const text = dialog.querySelector("[data-mark-text]");
  const isPrivate = dialog.querySelector("[data-mark-private]");
  let at = 0;

  function open() {
    at = moment();
    if (!Number.isFinite(at)) return toast("Go to a turn first; the mark is set there.", "warn");
    dialog.querySelector("[data-mark-at]").textContent = clock(at);
    text.value = "";
    isPrivate.checked = false;
    dialog.returnValue = "";
    dialog.showModal();
    text.focus();
  }

  async function add() {
    const body = { offset_ms: Math.max(0, Math.round(at * 1000)), text: text.value, is_private: isPrivate.checked };
    const { status, data } = await send("POST", "../marks/", body);
    if (status !== 200) return toast(data.error ?? "Not marked. Try again.", "bad");
    list.insertAdjacentHTML("beforeend", data.chip);
    changed();
  }

  async function remove(id) {
    const { status } = await send("DELETE", `../marks/${id}/`);
    if (status !== 200) return toast("Not removed. Try again.", "bad");
    list.querySelector(`[data-mark="${id}"]`)?.remove();
    changed();
  }

  dialog.addEventListener("close", () => dialog.returnValue === "mark" && add());
  return { open, remove, ticks: () => [...list.children].map(({ dataset }) => ({ at: Number(dataset.at), kind: "mark" })) };
}
