// Whoever signs out leaves nothing typed behind for the next person at this browser; a choice about keys is no content.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-signs-out]")) return;
  sessionStorage.clear();
  for (const name of Object.keys(localStorage)) if (!name.startsWith("attune.keys.")) localStorage.removeItem(name);
});
