// The page around a package's frame: goes where the content asks to go, and back when it has ended.

const play = document.querySelector("[data-play]");
const frame = play.querySelector("iframe");
const told = play.querySelector("[data-told]");
const { origin } = new URL(frame.src);

function open(identifier) {
  const buttons = [...play.querySelectorAll("[data-item]")];
  const button = buttons.find((one) => one.dataset.item === identifier);
  button?.form.requestSubmit(button);
  return Boolean(button);
}

addEventListener("message", ({ data, origin: from, source }) => {
  if (from !== origin || source !== frame.contentWindow || typeof data?.scorm !== "string") return;
  if (data.scorm === "ended") {
    if (data.go && open(data.go)) return;
    if (data.leave) location.assign(play.dataset.back);
    else told.hidden = false;
  } else if (data.scorm === "over") {
    told.hidden = false;
  }
});

if (matchMedia("(max-width: 60rem)").matches) play.querySelector("[data-tree-sheet]")?.removeAttribute("open");
play.dataset.ready = "";
