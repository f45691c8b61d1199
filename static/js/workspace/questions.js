// The criteria on the page: which one has the focus, what is answered, what is shown.

const LABELS = {
  saving: "Saving…",
  retrying: "Not saved – retrying",
  "signed-out": "Not saved – sign in in another tab, this one goes on by itself",
};

export function makeQuestions(root) {
  const all = [...root.querySelectorAll("[data-criterion]")];
  const byKey = new Map(all.map((question) => [question.dataset.criterion, question]));
  const tools = document.querySelector("[data-tools]").content.firstElementChild;
  let current = null;

  const shown = () => all.filter((question) => !question.hidden);
  const field = (question, name) => question.querySelector(`[data-field="${name}"]`);
  const options = (question) => [...question.querySelectorAll('[data-field="option"]')];
  const keyOf = (question) => question.dataset.criterion;

  function focus(question, { scroll = true } = {}) {
    if (!question) return;
    current?.removeAttribute("aria-current");
    current = question;
    current.setAttribute("aria-current", "true");
    current.querySelector(".answer-row")?.append(tools);
    if (!current.contains(document.activeElement)) current.focus({ preventScroll: true });
    if (scroll) current.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const list = shown();
    const at = list.indexOf(current);
    focus(list[Math.min(Math.max(at + by, 0), list.length - 1)]);
  }

  function stepSection(by) {
    const sections = [...root.querySelectorAll("[data-section]")].filter((s) => s.querySelector("[data-criterion]:not([hidden])"));
    const at = sections.indexOf(current?.closest("[data-section]"));
    const there = sections[Math.min(Math.max(at + by, 0), sections.length - 1)];
    there?.querySelector("header").scrollIntoView({ block: "start" });
    focus(there?.querySelector("[data-criterion]:not([hidden])"), { scroll: false });
  }

  function read(question) {
    if (field(question, "na")?.checked) return { na: true };
    const picked = options(question).filter((input) => input.checked).map((input) => input.value);
    if (question.dataset.kind === "single") return picked.length ? { option: picked[0] } : null;
    if (question.dataset.kind === "multi") return picked.length ? { options: picked } : null;
    const value = field(question, question.dataset.kind)?.value.trim();
    if (!value) return null;
    return { [question.dataset.kind]: question.dataset.kind === "number" ? value.replace(",", ".") : value };
  }

  function write(question, answer) {
    const picked = answer?.options ?? (answer?.option ? [answer.option] : []);
    options(question).forEach((input) => (input.checked = picked.includes(input.value)));
    const na = field(question, "na");
    if (na) na.checked = Boolean(answer?.na);
    const written = field(question, question.dataset.kind);
    if (written && written !== document.activeElement) written.value = answer?.[question.dataset.kind] ?? "";
    showCauses(question);
  }

  function apply(question, state) {
    if ("answer" in state) write(question, state.answer);
    for (const name of ["comment_public", "comment_private", "fault_owner", "root_cause"]) {
      const input = field(question, name);
      if (!input || !(name in state) || input === document.activeElement) continue;
      input.value = state[name] ?? (name === "fault_owner" ? "agent" : "");
      if (name.startsWith("comment") && state[name]) input.closest("[data-comment]").hidden = false;
    }
  }

  function showCauses(question) {
    const select = field(question, "root_cause");
    if (!select) return;
    const causes = options(question).filter((input) => input.checked && input.dataset.causes).flatMap((input) => JSON.parse(input.dataset.causes));
    const chosen = select.value;
    select.replaceChildren(new Option("Choose…", ""), ...causes.map(({ key, label }) => new Option(label, key)));
    select.value = causes.some(({ key }) => key === chosen) ? chosen : "";
    select.closest(".question-cause").hidden = !causes.length;
  }

  function showFailed(question, failed) {
    question.toggleAttribute("data-failed", failed);
    const part = question.querySelector(".question-failed");
    if (part) part.hidden = !failed;
  }

  function showHidden(keys) {
    all.forEach((question) => (question.hidden = keys.includes(keyOf(question))));
    if (current?.hidden) step(1);
  }

  function showState(question, state, text = "") {
    const slot = question.querySelector("[data-save-state]");
    slot.textContent = text || LABELS[state] || "";
    slot.dataset.saveState = state;
  }

  function progress() {
    const asked = shown().filter((question) => question.dataset.kind !== "label");
    return { answered: asked.filter(read).length, total: asked.length };
  }

  function countSections() {
    for (const count of root.querySelectorAll("[data-section-count]")) {
      const top = document.getElementById(`s-${count.dataset.sectionCount}`);
      const parts = [top];
      for (let next = top.nextElementSibling; next?.matches("[data-section]:not([data-top])"); next = next.nextElementSibling) parts.push(next);
      const asked = parts.flatMap((part) => [...part.querySelectorAll("[data-criterion]:not([hidden])")]).filter((q) => q.dataset.kind !== "label");
      count.textContent = `${asked.filter(read).length}/${asked.length}`;
      count.parentElement.parentElement.hidden = !asked.length;
    }
  }

  function markSection() {
    const section = current?.closest("[data-section]");
    let top = section;
    while (top && !top.matches("[data-top]")) top = top.previousElementSibling;
    root.querySelectorAll("[data-section-link]").forEach((link) => {
      if (link.dataset.sectionLink === top?.dataset.section) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }

  return {
    all, byKey, keyOf, field, options, focus, step, stepSection, read, write, apply, showCauses, showFailed,
    showHidden, showState, progress, countSections, markSection, shown, current: () => current,
  };
}
