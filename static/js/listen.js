// Pages that play a recording beside what was said about it: "Play from 1:23" starts there.

import { makePlayer } from "./player.js";

const root = document.querySelector("[data-player]");
const player = root && makePlayer(root);

document.addEventListener("click", ({ target }) => {
  const place = target.closest("[data-plays-at]");
  if (!player || !place) return;
  player.seek(Number(place.dataset.playsAt));
  if (player.audio.paused) player.toggle();
});
