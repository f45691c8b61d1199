// The evaluator's workspace: joins questions, transcript, player, autosave and keys.
// "?" lists the keys; each single key can be switched off there.

import { registerKeys } from "../keys.js";
import { makePlayer } from "../player.js";
import { toast } from "../toast.js";
import { makeSend } from "./api.js";
import { makeMarks } from "./marks.js";
import { makeProposals } from "./proposals.js";
import { makeQuestions } from "./questions.js";
import { makeStore } from "./store.js";
import { makeSubmit } from "./submit.js";
import { makeTranscript } from "./transcript.js";

const root = document.querySelector("[data-workspace]");
const base = root.dataset.url;
const send = makeSend(base, root.dataset.csrf);
const questions = makeQuestions(root);
const transcript = makeTranscript(root, send);
const playerBox = root.querySelector("[data-player]");
const player = playerBox && makePlayer(playerBox);
const marks = makeMarks({ root, send, moment, changed: showTicks });
const proposals = makeProposals(questions);
const place = `attune.place.${root.dataset.id}.${root.dataset.revision}`;
const undone = [];
const before = new Map(questions.all.map((question) => [question, questions.read(question)]));
const typing = new WeakMap();
const of = (key) => questions.byKey.get(key);
const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

// --- What is shown while saving ---------------------------------------------------------------

function refresh() {
  const { answered, total } = questions.progress();
  root.querySelector("[data-progress]").textContent = `${answered} of ${total} answered`;
  questions.countSections();
}

function showRunning(running) {
  for (const slot of root.querySelectorAll("[data-running]")) slot.textContent = running?.[slot.dataset.running] ?? "–";
}

const shows = {
  state: (key, state, text) => questions.showState(of(key), state, text),
  unsaved(waiting, retrying) {
    const slot = root.querySelector("[data-unsaved]");
    slot.textContent = retrying ? `${count(retrying, "answer", "answers")} not saved, retrying` : waiting ? "Saving…" : "";
    slot.classList.toggle("bad-text", retrying > 0);
  },
  saved(key, data, more) {
    for (const [name, state] of Object.entries(data.answers)) {
      const question = of(name);
      question.classList.remove("untouched");
      if (!more) questions.apply(question, state);
      questions.showFailed(question, data.failed[name]);
      questions.showState(question, "saved", `Saved ${state.saved_at}`);
      before.set(question, questions.read(question));
      proposals.refresh(question);
    }
    if (data.chips) attached(of(key), data.chips);
    if (data.proposals) proposals.show(of(key), data.proposals);
    questions.showHidden(data.hidden);
    showRunning(data.running);
    refresh();
  },
  pending: (key, fields) => of(key) && questions.apply(of(key), fields),
  theirs(key, current) {
    const question = of(key);
    questions.apply(question, current ?? { answer: null, comment_public: "", comment_private: "" });
    before.set(question, questions.read(question));
    questions.showState(question, "saved", "Theirs taken");
    refresh();
  },
  conflict(key, current, resolve) {
    const question = of(key);
    const card = document.querySelector("[data-conflict]").content.cloneNode(true).firstElementChild;
    card.querySelector("[data-conflict-text]").textContent = `${tell(question, current)} You have ${label(question, questions.read(question))}.`;
    card.addEventListener("click", ({ target }) => {
      const choice = target.closest("[data-keep]");
      if (!choice) return;
      card.remove();
      resolve(choice.dataset.keep === "mine");
      questions.focus(question);
    });
    questions.showState(question, "conflict", "Changed elsewhere");
    question.querySelector(".conflict")?.remove();
    question.append(card);
  },
  closed(sentence) {
    root.querySelectorAll("input, textarea, select, button").forEach((control) => (control.disabled = true));
    toast(sentence, "bad");
    root.querySelector("[data-unsaved]").textContent = sentence;
  },
};

function label(question, answer) {
  if (!answer) return "no answer";
  if (answer.na) return "not applicable";
  const keys = answer.options ?? (answer.option ? [answer.option] : null);
  if (!keys) return `“${Object.values(answer)[0]}”`;
  const names = questions.options(question).filter((input) => keys.includes(input.value));
  return `“${names.map((input) => input.closest("label").querySelector("span").textContent).join(", ")}”`;
}

function tell(question, current) {
  if (!current) return "There is no stored answer.";
  return `${current.saved_by || "Somebody"} saved ${label(question, current.answer)} at ${current.saved_at}.`;
}

const store = makeStore({
  send,
  name: `attune.answers.${root.dataset.id}.${root.dataset.revision}`,
  versionOf: (key) => Number(of(key)?.dataset.rowVersion ?? 0),
  shows,
});
const submit = makeSubmit({ root, send, store, questions });

// --- Answering --------------------------------------------------------------------------------

function answered(question, { remember = true, suggestion = null } = {}) {
  const answer = questions.read(question);
  if (remember) undone.push([question, before.get(question)]);
  before.set(question, answer);
  questions.showCauses(question);
  store.change(questions.keyOf(question), proposals.of(question).length ? { answer, suggestion } : { answer });
  proposals.refresh(question);
  refresh();
}

function accept(proposal = proposals.first(questions.current())) {
  const question = proposal?.closest("[data-criterion]");
  if (!question || !proposals.pick(question, proposal)) return false;
  answered(question, { suggestion: Number(proposal.dataset.proposal) });
  questions.focus(question);
}

function attached(question, chips) {
  question.querySelector("[data-evidence-list]").insertAdjacentHTML("beforeend", chips.join(""));
  transcript?.markEvidence();
  showTicks();
}

function save(input) {
  const question = input.closest("[data-criterion]");
  const name = input.dataset.field;
  clearTimeout(typing.get(input));
  if (["option", "na", "number", "text", "date"].includes(name)) {
    if (name === "na" && input.checked) questions.options(question).forEach((other) => (other.checked = false));
    if (name !== "na" && questions.field(question, "na")) questions.field(question, "na").checked = false;
    answered(question);
  } else {
    store.change(questions.keyOf(question), { [name]: input.value });
  }
}

root.addEventListener("change", ({ target }) => {
  if (target.matches("[data-field]")) save(target);
  else if (target.matches("[data-whole]")) saveWhole(target);
});

root.addEventListener("input", ({ target }) => {
  if (!target.matches("textarea[data-field], input[inputmode][data-field]")) return;
  clearTimeout(typing.get(target));
  typing.set(target, setTimeout(() => save(target), 800));
});

async function saveWhole(input) {
  const { status } = await send("PUT", "../comment/", { [input.dataset.whole]: input.value });
  toast(status === 200 ? "Comment saved." : "The comment was not saved. Try again.", status === 200 ? "good" : "bad");
}

function pick(number) {
  const question = questions.current();
  const input = question && questions.options(question)[number - 1];
  if (!input) return false;
  input.checked = input.type === "checkbox" ? !input.checked : true;
  save(input);
}

function toggleNa() {
  const input = questions.current() && questions.field(questions.current(), "na");
  if (!input) return false;
  input.checked = !input.checked;
  save(input);
}

async function sectionNa(key) {
  const section = document.getElementById(`s-${key}`);
  const parts = [section];
  for (let next = section.nextElementSibling; section.matches("[data-top]") && next?.matches("[data-section]:not([data-top])"); next = next.nextElementSibling) parts.push(next);
  const inside = parts.flatMap((part) => [...part.querySelectorAll("[data-criterion]")]).filter((q) => questions.field(q, "na"));
  const na = !inside.every((question) => questions.field(question, "na").checked);
  const versions = Object.fromEntries(inside.map((q) => [questions.keyOf(q), store.version(questions.keyOf(q))]));
  const { status, data } = await send("PUT", `../sections/${encodeURIComponent(key)}/`, { na, row_versions: versions });
  if (status !== 200) return toast(data.error ?? "Not saved. Try again.", "bad");
  for (const [name, state] of Object.entries(data.answers)) store.setVersion(name, state.row_version);
  shows.saved(key, data, false);
}

function undo() {
  const last = undone.pop();
  if (!last) return toast("Nothing to undo.");
  const [question, answer] = last;
  questions.write(question, answer);
  questions.focus(question);
  answered(question, { remember: false });
}

function openComment(kind) {
  const part = questions.current()?.querySelector(`[data-comment="${kind}"]`);
  if (!part) return false;
  part.hidden = false;
  part.querySelector("textarea").focus();
}

function enterField() {
  const question = questions.current();
  const field = question && ["number", "text", "date"].map((kind) => questions.field(question, kind)).find(Boolean);
  if (!field) return false;
  field.focus();
}

function focusField(name) {
  const field = questions.current() && questions.field(questions.current(), name);
  if (!field || field.closest("[hidden]")) return false;
  field.focus();
}

// --- Evidence and marks -----------------------------------------------------------------------

async function attach() {
  const question = questions.current() ?? questions.shown()[0];
  const passage = transcript?.passage();
  if (!passage) return toast("Select a passage, or go to a turn with J and K.", "warn");
  const { status, data } = await send("POST", "../evidence/", {
    criterion: questions.keyOf(question), transcript: Number(root.dataset.transcript), ...passage,
  });
  if (status !== 200) return toast(data.error ?? "Not attached. Try again.", "bad");
  store.setVersion(questions.keyOf(question), data.row_version);
  const list = question.querySelector("[data-evidence-list]");
  if (!list.querySelector(`[data-evidence="${data.id}"]`)) list.insertAdjacentHTML("beforeend", data.chip);
  getSelection().removeAllRanges();
  questions.focus(question);
  questions.showState(question, "saved", "Evidence attached");
  transcript.markEvidence();
  showTicks();
}

async function detach(id) {
  const { status } = await send("DELETE", `../evidence/${id}/`);
  if (status !== 200) return toast("Not removed. Try again.", "bad");
  root.querySelector(`[data-evidence="${id}"]`)?.remove();
  transcript?.markEvidence();
  showTicks();
}

// Where a mark is set: in the recording, else at the turn one is at.
function moment() {
  if (player) return player.now();
  return transcript?.current() ? transcript.seconds(transcript.current()) : NaN;
}

function showTicks() {
  const evidence = [...root.querySelectorAll("[data-evidence][data-from]")].map(({ dataset }) => {
    const turn = document.getElementById(`turn-${dataset.from}`);
    return { at: turn ? transcript.seconds(turn) : NaN, kind: "evidence" };
  });
  player?.setTicks([...marks.ticks(), ...evidence.filter(({ at }) => Number.isFinite(at))]);
}

// --- Clicks -----------------------------------------------------------------------------------

root.addEventListener("click", ({ target }) => {
  const question = target.closest("[data-criterion]");
  if (question) questions.focus(question, { scroll: false });
  const turn = target.closest("[data-turn]");
  if (turn && getSelection().isCollapsed) {
    transcript.select(turn, { focus: false });
    player?.seek(transcript.seconds(turn));
  }
  const on = (selector) => target.closest(selector)?.dataset;
  if (on("[data-plays-at]")) goTo(Number(on("[data-plays-at]").playsAt));
  if (on("[data-shows]")) show(Number(on("[data-shows]").shows));
  if (on("[data-removes]")) detach(on("[data-removes]").removes);
  if (on("[data-unmarks]")) marks.remove(on("[data-unmarks]").unmarks);
  if (on("[data-accepts]")) accept(target.closest("[data-proposal]"));
  if (on("[data-attach]")) attach();
  if (on("[data-opens-comment]")) openComment(on("[data-opens-comment]").opensComment);
  if (on("[data-section-na]")) sectionNa(on("[data-section-na]").sectionNa);
  if (on("[data-hit]")) transcript.nextHit(Number(on("[data-hit]").hit));
});

root.addEventListener("focusin", ({ target }) => {
  const question = target.closest("[data-criterion]");
  if (question) {
    questions.focus(question, { scroll: false });
    questions.markSection();
    remember();
  }
});

function show(position) {
  document.querySelector('[aria-controls="pane-interaction"]').click();
  transcript?.show(position).then(() => player?.seek(transcript.seconds(transcript.current())));
}

// To a moment: the recording goes there, and so does the transcript.
function goTo(seconds) {
  player?.seek(seconds);
  const turn = transcript?.playing(seconds);
  if (turn) transcript.select(turn, { focus: false });
}

const searchField = root.querySelector("[data-search]");
searchField?.addEventListener("input", () => {
  clearTimeout(typing.get(searchField));
  typing.set(searchField, setTimeout(() => transcript.search(searchField.value), 250));
});
searchField?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") transcript.nextHit(event.shiftKey ? -1 : 1);
  else if (event.key === "Escape") questions.focus(questions.current() ?? questions.shown()[0]);
  else return;
  event.preventDefault();
  event.stopPropagation();
});

// --- Keys -------------------------------------------------------------------------------------

const isControl = (event) => event.target.matches("button, a, summary, select, input");
const unlessControl = (run) => (event) => (isControl(event) ? false : run());
const digits = Object.fromEntries([..."1234567890"].map((digit, at) => [digit, [`Pick option ${at + 1}`, () => pick(at + 1)]]));

registerKeys("Answering", {
  ...digits,
  n: ["Not applicable", toggleNa],
  "Shift+n": ["Whole section not applicable", () => sectionNa(questions.current()?.closest("[data-section]").dataset.section)],
  a: ["Accept the proposal", () => accept()],
  c: ["Comment", () => openComment("public")],
  p: ["Private comment", () => openComment("private")],
  f: ["Fault owner", () => focusField("fault_owner")],
  r: ["Root cause", () => focusField("root_cause")],
  u: ["Undo the last answer", undo],
  Enter: ["Go into a number or text field", unlessControl(enterField)],
  Escape: ["Leave a field", () => questions.focus(questions.current() ?? questions.shown()[0])],
  s: ["Submit", submit.open],
});
registerKeys("Moving", {
  ArrowDown: ["Next criterion", () => questions.step(1)],
  ArrowUp: ["Previous criterion", () => questions.step(-1)],
  ArrowRight: ["Next section", () => questions.stepSection(1)],
  ArrowLeft: ["Previous section", () => questions.stepSection(-1)],
});
registerKeys("Transcript and recording", {
  j: ["Next turn", () => transcript?.step(1)],
  k: ["Previous turn", () => transcript?.step(-1)],
  "/": ["Search the transcript", () => searchField?.focus()],
  e: ["Attach the selection or the turn as evidence", attach],
  m: ["Mark this moment", marks.open],
  " ": ["Play or pause", unlessControl(() => player?.toggle() ?? false)],
  "[": ["5 seconds back", () => player?.skip(-5)],
  "]": ["5 seconds on", () => player?.skip(5)],
  "<": ["Slower", () => player?.faster(-0.25)],
  ">": ["Faster", () => player?.faster(0.25)],
});

// Escape inside a field leaves it; the field's value was saved as it was typed.
root.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("input, textarea, select")) {
    if (event.target.matches("[data-field]")) event.target.dispatchEvent(new Event("change", { bubbles: true }));
    event.target.blur();
  }
});

// --- Where one was ----------------------------------------------------------------------------

function remember() {
  const state = {
    criterion: questions.current() && questions.keyOf(questions.current()),
    turn: transcript?.current()?.dataset.turn,
    scroll: root.querySelector("[data-scorecard]").scrollTop,
    left: root.querySelector("[data-transcript-pane]").scrollTop,
    time: player?.now(),
    speed: player?.audio.playbackRate,
  };
  sessionStorage.setItem(place, JSON.stringify(state));
}

async function comeBack() {
  const state = JSON.parse(sessionStorage.getItem(place) ?? "{}");
  if (player && state.time) player.seek(state.time);
  if (player && state.speed) player.setSpeed(state.speed);
  if (state.turn && transcript) await transcript.show(Number(state.turn));
  questions.focus(of(state.criterion) ?? firstOpen(), { scroll: true });
  if (state.scroll) root.querySelector("[data-scorecard]").scrollTop = state.scroll;
  if (state.left) root.querySelector("[data-transcript-pane]").scrollTop = state.left;
}

function firstOpen() {
  return questions.shown().find((question) => question.dataset.kind !== "label" && !questions.read(question)) ?? questions.shown()[0];
}

player?.audio.addEventListener("timeupdate", () => transcript?.playing(player.audio.currentTime));
addEventListener("pagehide", remember);
addEventListener("beforeunload", (event) => {
  if (store.waiting() && !store.isClosed()) event.preventDefault();
});

document.querySelector("[data-needs-script]").remove();
store.resume();
refresh();
transcript?.markEvidence();
showTicks();
comeBack();
root.dataset.ready = "";
