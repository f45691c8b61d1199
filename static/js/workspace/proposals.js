// What rules propose: shown beside the answers, and taken over only when a person says so.

export function makeProposals(questions) {
  const of = (question) => [...(question?.querySelectorAll("[data-proposal]") ?? [])];

  function isPicked(question, proposal) {
    return questions.read(question)?.option === proposal.dataset.option;
  }

  function refresh(question) {
    for (const proposal of of(question)) {
      const picked = isPicked(question, proposal);
      proposal.classList.toggle("taken", picked);
      proposal.querySelector("[data-accepts]").hidden = picked;
    }
  }

  // False where the proposal names no answer of this question, or the one that is picked already.
  function pick(question, proposal) {
    const input = questions.options(question).find(({ value }) => value === proposal.dataset.option);
    if (!input || isPicked(question, proposal)) return false;
    input.checked = true;
    const na = questions.field(question, "na");
    if (na) na.checked = false;
    return true;
  }

  function show(question, html) {
    question.querySelector("[data-proposals]").innerHTML = html;
    refresh(question);
  }

  questions.all.forEach(refresh);
  return { of, refresh, pick, show, first: (question) => of(question)[0] };
}
