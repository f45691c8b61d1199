// The timed transcript: walk through its turns, search it, take a passage of it as evidence.

const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;

export function makeTranscript(root, send) {
  const list = root.querySelector("[data-turns]");
  if (!list) return null;
  const total = Number(root.dataset.turnTotal);
  const hitCount = root.querySelector("[data-hits]");
  let current = null;
  let hits = [];
  let hit = -1;
  let loading = null;

  const turns = () => [...list.children];
  const seconds = (turn) => Number(turn.querySelector("[data-seek]").dataset.seek || NaN);

  function select(turn, { focus = true } = {}) {
    if (!turn) return;
    current?.removeAttribute("aria-selected");
    current = turn;
    current.setAttribute("aria-selected", "true");
    if (focus) current.focus({ preventScroll: true });
    current.scrollIntoView({ block: "nearest", behavior: reduced ? "auto" : "smooth" });
  }

  async function step(by) {
    const all = turns();
    const at = all.indexOf(current);
    if (by > 0 && at === all.length - 1) await loadNext();
    select(turns()[Math.min(Math.max(at + by, 0), turns().length - 1)]);
  }

  function loadNext() {
    if (turns().length >= total) return Promise.resolve(false);
    loading ??= send("GET", `../turns/?after=${list.lastElementChild.dataset.turn}`).then(({ status, data }) => {
      loading = null;
      if (status !== 200) return false;
      list.insertAdjacentHTML("beforeend", data);
      return true;
    });
    return loading;
  }

  async function loadAll() {
    while (turns().length < total && (await loadNext()));
  }

  async function show(position) {
    while (!document.getElementById(`turn-${position}`) && (await loadNext()));
    select(document.getElementById(`turn-${position}`), { focus: false });
  }

  function clear() {
    list.querySelectorAll(".turn-text:has(mark)").forEach((text) => text.replaceChildren(text.textContent));
    hits = [];
    hit = -1;
  }

  async function search(words) {
    clear();
    hitCount.textContent = "";
    if (!words.trim()) return;
    await loadAll();
    const pattern = new RegExp(words.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "giu");
    for (const text of list.querySelectorAll(".turn-text")) markIn(text, pattern);
    hits = [...list.querySelectorAll("mark")];
    nextHit(1);
  }

  function markIn(text, pattern) {
    const words = text.textContent;
    const found = [...words.matchAll(pattern)];
    if (!found.length) return;
    let at = 0;
    text.replaceChildren();
    for (const { 0: match, index } of found) {
      text.append(words.slice(at, index), Object.assign(document.createElement("mark"), { textContent: match }));
      at = index + match.length;
    }
    text.append(words.slice(at));
  }

  function nextHit(by) {
    if (!hits.length) {
      hitCount.textContent = "No hits";
      return;
    }
    hits[hit]?.classList.remove("current");
    hit = (hit + by + hits.length) % hits.length;
    hits[hit].classList.add("current");
    hitCount.textContent = `${hit + 1} of ${hits.length}`;
    select(hits[hit].closest(".turn"), { focus: false });
  }

  // Characters are counted as Unicode code points, as the server counts them.
  function offset(text, node, at) {
    const range = document.createRange();
    range.setStart(text, 0);
    range.setEnd(node, at);
    return [...range.toString()].length;
  }

  function turnOf(node) {
    return (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-turn]");
  }

  function passage() {
    const chosen = getSelection();
    const range = chosen.rangeCount && !chosen.isCollapsed ? chosen.getRangeAt(0) : null;
    if (range && list.contains(range.startContainer) && list.contains(range.endContainer)) {
      const first = turnOf(range.startContainer);
      const last = turnOf(range.endContainer);
      if (first && last) return cut(range, first, last);
    }
    if (!current) return null;
    return { turn_from: Number(current.dataset.turn), turn_to: Number(current.dataset.turn) };
  }

  function cut(range, first, last) {
    const [begin, end] = [first, last].map((turn) => turn.querySelector(".turn-text"));
    const from = begin.contains(range.startContainer) ? offset(begin, range.startContainer, range.startOffset) : 0;
    const whole = [...end.textContent].length;
    const to = end.contains(range.endContainer) ? offset(end, range.endContainer, range.endOffset) : whole;
    const place = { turn_from: Number(first.dataset.turn), turn_to: Number(last.dataset.turn) };
    return to > 0 ? { ...place, char_from: from, char_to: to } : place;
  }

  function playing(time) {
    const now = turns().findLast((turn) => seconds(turn) <= time);
    list.querySelectorAll("[aria-current]").forEach((turn) => turn !== now && turn.removeAttribute("aria-current"));
    now?.setAttribute("aria-current", "true");
    return now;
  }

  function markEvidence() {
    const places = [...root.querySelectorAll("[data-evidence][data-from]")].map(({ dataset }) => [Number(dataset.from), Number(dataset.to)]);
    turns().forEach((turn) => {
      const at = Number(turn.dataset.turn);
      turn.classList.toggle("evident", places.some(([from, to]) => from <= at && at <= to));
    });
  }

  root.querySelector("[data-transcript-pane]").addEventListener("scroll", ({ target }) => {
    if (target.scrollTop + target.clientHeight > target.scrollHeight - 600) loadNext().then((more) => more && markEvidence());
  });

  return { select, step, show, search, nextHit, passage, playing, markEvidence, seconds, current: () => current };
}
