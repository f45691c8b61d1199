// Tells the server that a lesson is in front of somebody: every 15 s while the page is visible. A video tells what was
// played. Time is counted by the server; this page only shows what is left.

import { say } from "../words.js";

const lesson = document.querySelector("[data-lesson]");
const video = lesson.querySelector("[data-video]");
const told = lesson.querySelector("[data-time-left]");
const mark = lesson.querySelector("[data-mark]");
const EVERY = 15_000;
let from = 0;
let last = 0;
let isDone = "done" in lesson.dataset;

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function played() {
  if (!video || video.currentTime <= from) return {};
  const span = { played_from: Math.floor(from), played_to: Math.floor(video.currentTime) };
  from = video.currentTime;
  return span;
}

function show(data) {
  if (data.is_done && !isDone) {
    isDone = true;
    if (told) told.textContent = say("Done.");
    document.querySelector("[data-next]")?.classList.add("primary");
    document.querySelector(".tree-item[aria-current]")?.classList.replace("started", "done");
  } else if (told && mark?.hasAttribute("data-wait")) {
    told.textContent = data.seconds_left ? say("Counts after {time} more with this page open.").replace("{time}", clock(data.seconds_left)) : "";
  }
}

async function beat() {
  if (document.visibilityState !== "visible" || isDone) return;
  const response = await fetch(lesson.dataset.beat, {
    method: "POST",
    headers: { "X-CSRFToken": lesson.dataset.csrf, "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(played()),
    keepalive: true,
  }).catch(() => null);
  if (response?.ok) show(await response.json());
  else if (told) told.textContent = say(response ? "This page is out of date. Load it again." : "No connection. Time does not count until it is back.");
}

if (video) {
  video.addEventListener("loadedmetadata", () => (video.currentTime = Number(video.dataset.place) || 0), { once: true });
  video.addEventListener("seeking", () => (from = video.currentTime));
  video.addEventListener("play", () => (from = video.currentTime));
  for (const name of ["pause", "ended"]) video.addEventListener(name, beat);
  video.addEventListener("timeupdate", () => {
    if (Math.abs(video.currentTime - last) > 3) from = video.currentTime;
    last = video.currentTime;
  });
}

// On a narrow screen the lessons are a sheet that starts closed.
if (matchMedia("(max-width: 60rem)").matches) document.querySelector("[data-tree-sheet]")?.removeAttribute("open");

beat();
setInterval(beat, EVERY);
document.addEventListener("visibilitychange", beat);
lesson.dataset.ready = "";
