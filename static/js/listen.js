// Pages that play a recording beside what was said: "Play from 1:23" starts there, #t=83.2 in the
// address begins there, and the turn that is heard is marked and kept in sight.

import { makePlayer } from "./player.js";

const root = document.querySelector("[data-player]");
const player = root && makePlayer(root);

document.addEventListener("click", ({ target }) => {
  const place = target.closest("[data-plays-at]");
  if (!player || !place) return;
  player.seek(Number(place.dataset.playsAt));
  if (player.audio.paused) player.toggle();
});

// The turns anew each time: a search in the transcript replaces them.
function heard() {
  const turns = [...document.querySelectorAll("[data-turn-at]")];
  return turns.filter((turn) => Number(turn.dataset.turnAt) <= player.now()).at(-1);
}

function follow() {
  const turn = heard();
  if (!turn || turn.hasAttribute("data-heard")) return;
  document.querySelectorAll("[data-heard]").forEach((other) => other.removeAttribute("data-heard"));
  turn.setAttribute("data-heard", "");
  turn.scrollIntoView({ block: "nearest" });
}

if (player) {
  const begin = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  if (begin) {
    player.seek(Number(begin[1]));
    follow();
  }
  player.audio.addEventListener("timeupdate", () => !player.audio.paused && follow());
}
