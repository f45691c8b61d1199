// Short messages in the corner's live region. A response sends one with
// HX-Trigger: {"toast": {"text": "Saved.", "tone": "good"}}; a page module imports toast().

import { say } from "./words.js";

const ICONS = { good: "circle-check", warn: "triangle-alert", bad: "octagon-alert" };
const STAYS = 6000;
const REFUSALS = {
  400: "That request could not be read. Reload the page and try again.",
  401: "You are signed out. Sign in and try again.",
  403: "You may not do that.",
  404: "That is not there any more. Reload the page.",
  410: "That is gone. Reload the page.",
  413: "That is too large.",
  429: "Too many tries. Wait a minute and try again.",
  503: "Attune is briefly not available. Try again in a minute.",
  507: "The disk is nearly full, so nothing was stored. Staff has been told.",
};

export function toast(text, tone = "") {
  const region = document.getElementById("toasts");
  const drawn = document.getElementById("toast-template").content.cloneNode(true).firstElementChild;
  const use = drawn.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICONS[tone] ?? "info"}`));
  if (ICONS[tone]) drawn.classList.add(tone);
  drawn.querySelector("p").textContent = say(text);
  drawn.querySelector("button").addEventListener("click", () => drawn.remove());
  region.append(drawn);
  if (tone !== "bad") setTimeout(() => drawn.matches(":hover, :focus-within") || drawn.remove(), STAYS);
}

document.addEventListener("toast", (event) => {
  const told = event.detail?.text ?? event.detail?.value;
  if (told) toast(told, event.detail.tone);
});

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  const status = ctx.response.status;
  if (status === 422 || status === 409 || ctx.response.headers.has("HX-Redirect")) return;
  const fallback = status >= 500 ? "Something went wrong on our side. Nothing was changed; try again." : "That did not work.";
  const id = ctx.response.headers.get("X-Request-ID");
  toast(`${say(REFUSALS[status] ?? fallback)}${status >= 500 && id ? ` (${id.slice(0, 8)})` : ""}`, "bad");
});

document.addEventListener("htmx:error", ({ detail: { ctx, error } }) => {
  if (ctx?.response && ctx.response.status < 400) console.error(error);
  if (!ctx?.response) toast("No answer from the server. Check the connection and try again.", "bad");
});
