// [data-refresh] fetches itself anew every half minute while its tab is seen; after three failures it says so.

const EVERY = 30_000;
const PATIENCE = 3;
let failures = 0;

setInterval(() => {
  if (document.visibilityState !== "visible") return;
  document.querySelector("[data-refresh]")?.dispatchEvent(new CustomEvent("refresh"));
}, EVERY);

function failed() {
  failures += 1;
  if (failures >= PATIENCE) document.querySelector("[data-refresh-failed]")?.removeAttribute("hidden");
}

document.addEventListener("htmx:error", failed);
document.addEventListener("htmx:after:request", (event) => {
  const status = event.detail?.ctx?.response?.raw?.status ?? 200;
  if (status >= 500) failed();
  else failures = 0;
});
