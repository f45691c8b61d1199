// A canned reply goes into the message; typing its shortcut and a space does the same.
const form = document.querySelector("[data-message]");
const body = form?.querySelector("textarea");
const used = form?.querySelector("input[name=reply]");
const replies = [...document.querySelectorAll("[data-reply]")];

function put(button) {
  body.value = body.value ? `${body.value.trimEnd()}\n${button.dataset.text}` : button.dataset.text;
  used.value = button.dataset.reply;
  body.focus();
}

replies.forEach((button) => button.addEventListener("click", () => put(button)));

body?.addEventListener("input", () => {
  const typed = /(^|\s)(\/[\w-]+)\s$/.exec(body.value);
  const button = typed && replies.find((one) => one.textContent.trim().split(/\s/)[0] === typed[2]);
  if (!button) return;
  body.value = body.value.slice(0, typed.index) + typed[1];
  put(button);
});
