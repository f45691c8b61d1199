// A recording: play, 5 s steps, speed 0.5 to 2.5, and a bar with ticks at marks and evidence.
// The markup is templates/components/player.html; anything with data-plays-at="12.5" plays from there.

import { say } from "./words.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5];
const SVG = "http://www.w3.org/2000/svg";

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const rest = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

export function makePlayer(root) {
  const audio = root.querySelector("audio");
  const part = (name) => root.querySelector(`[data-${name}]`);
  const position = part("position");
  const speed = part("speed");
  const play = part("plays");
  let ticks = JSON.parse(root.dataset.ticks);
  let wanted = null; // Where to go once the length is known.

  function length() {
    return Number.isFinite(audio.duration) ? audio.duration : 0;
  }

  function draw() {
    const lines = length() ? ticks.filter(({ at }) => at <= length()) : [];
    root.querySelector(".player-ticks").replaceChildren(
      ...lines.map(({ at, kind }) => {
        const line = document.createElementNS(SVG, "rect");
        const place = { x: `${(100 * at) / length()}%`, width: 2, height: "100%", class: kind };
        Object.entries(place).forEach(([name, value]) => line.setAttribute(name, value));
        return line;
      }),
    );
  }

  function tell() {
    position.value = audio.currentTime;
    position.setAttribute("aria-valuetext", `${clock(audio.currentTime)} of ${clock(length())}`);
    part("clock").textContent = `${clock(audio.currentTime)} / ${clock(length())}`;
  }

  function seek(seconds) {
    if (!Number.isFinite(seconds)) return;
    const at = Math.max(0, seconds);
    if (audio.readyState) audio.currentTime = at;
    else wanted = at;
  }

  function setSpeed(rate) {
    audio.playbackRate = Math.min(Math.max(rate, SPEEDS[0]), SPEEDS.at(-1));
    speed.value = audio.playbackRate;
  }

  const toggle = () => (audio.paused ? audio.play().catch(() => {}) : audio.pause());
  const skip = (by) => seek(audio.currentTime + by);

  speed.append(...SPEEDS.map((rate) => new Option(`${rate} ×`, rate, rate === 1, rate === 1)));
  speed.addEventListener("change", () => setSpeed(Number(speed.value)));
  position.addEventListener("input", () => seek(Number(position.value)));
  play.addEventListener("click", toggle);
  root.querySelectorAll("[data-skips]").forEach((button) => button.addEventListener("click", () => skip(Number(button.dataset.skips))));
  audio.addEventListener("loadedmetadata", () => {
    position.max = Math.floor(length());
    if (wanted !== null) audio.currentTime = wanted;
    wanted = null;
    tell();
    draw();
  });
  audio.addEventListener("timeupdate", tell);
  audio.addEventListener("error", () => {
    part("broken").hidden = false;
    root.querySelector(".player-bar").hidden = true;
  });
  for (const name of ["play", "pause"]) {
    audio.addEventListener(name, () => {
      root.toggleAttribute("data-playing", !audio.paused);
      play.setAttribute("aria-label", say(audio.paused ? "Play" : "Pause"));
    });
  }
  audio.controls = false;
  root.querySelector(".player-bar").hidden = false;
  if (audio.error) audio.dispatchEvent(new Event("error"));
  if (audio.readyState) audio.dispatchEvent(new Event("loadedmetadata"));

  return {
    audio,
    seek,
    skip,
    toggle,
    setSpeed,
    now: () => wanted ?? audio.currentTime,
    faster: (by) => setSpeed(audio.playbackRate + by),
    setTicks: (next) => {
      ticks = next;
      draw();
    },
  };
}
