"""What stands in the way of publishing a survey, all of it at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from feedback import answering, logic, piping
from feedback.questionnaire import (
    MOST,
    RATING_POINTS,
    WITH_OPTIONS,
    Question,
    Questionnaire,
    Words,
    in_language,
)
from lib.contrast import ratio

LEAST_CONTRAST = 4.5
MOST_BYTES = 60_000
# Style, script and frame of the page, then the markup of one thing to click, measured generously.
FRAME_BYTES, CONTROL_BYTES, QUESTION_BYTES = 22_000, 210, 420
PAPER, INK = "#ffffff", "#ffffff"


@dataclass(frozen=True)
class Finding:
    """`part` is the code of a section, question or ending, or empty for the whole survey."""

    check: str
    part: str
    sentence: str


def findings(
    version: Questionnaire, *, is_anonymous: bool = False, topic: str = "surveys"
) -> list[Finding]:
    """Everything that is wrong; empty if the version may be published."""
    found = [
        *_structure(version),
        *_key(version),
        *_wordings(version),
        *_questions(version),
        *_logic(version),
        *_reachable(version),
        *_placeholders(version),
        *_theme(version),
    ]
    if is_anonymous:
        found += [
            Finding(
                "anonymous", one.code, f"“{one.code}” asks who it is; this survey is anonymous."
            )
            for one in version.questions.values()
            if one.kind in ("file", "contact")
        ]
    if not topic:
        found.append(Finding("topic", "", "Say which topic people opt out of."))
    if estimated_bytes(version) >= MOST_BYTES:
        found.append(
            Finding("weight", "", "The page would be larger than 60 kB; take questions out.")
        )
    return found


def _structure(version: Questionnaire) -> Iterator[Finding]:
    codes = Counter(
        [one.code for one in version.sections]
        + [one.code for section in version.sections for one in section.questions]
        + [one.code for one in version.endings]
    )
    for code, count in codes.items():
        if count > 1:
            yield Finding("codes", code, f"The code {code} is used {count} times.")
    counts = {
        "questions": sum(len(one.questions) for one in version.sections),
        "sections": len(version.sections),
        "languages": len(version.languages),
    }
    for name, count in counts.items():
        if not 1 <= count <= MOST[name]:
            yield Finding("limits", "", f"A survey has 1 to {MOST[name]} {name}; this has {count}.")
    if not version.endings:
        yield Finding("endings", "", "Add an ending, which thanks for the answers.")
    for section in version.sections:
        if not section.questions:
            yield Finding("empty", section.code, "This section asks nothing; add a question.")


def _key(version: Questionnaire) -> Iterator[Finding]:
    first = next(iter(version.questions.values()), None)
    if version.key is None:
        yield Finding("key", "", "Add a satisfaction, recommendation or effort question first.")
    elif first is not version.key:
        yield Finding("key", version.key.code, "The key question must be the first one.")


def _wordings(version: Questionnaire) -> Iterator[Finding]:
    for part, words in _all_words(version):
        missing = [tag for tag in version.languages if not words.get(tag, "").strip()]
        if missing:
            yield Finding("wordings", part, f"{part}: no text in {', '.join(missing)}.")


def _all_words(version: Questionnaire) -> Iterator[tuple[str, Words]]:
    """Every wording that must exist in every language."""
    yield "", version.title
    for section in version.sections:
        for one in section.questions:
            yield one.code, one.words
            if one.is_scale:
                yield one.code, one.low
                yield one.code, one.high
            for option in (*one.options, *one.rows):
                yield one.code, option.words
    for ending in version.endings:
        yield ending.code, ending.words


def _questions(version: Questionnaire) -> Iterator[Finding]:
    for one in version.questions.values():
        for sentence in question_faults(one):
            yield Finding("question", one.code, sentence)


def question_faults(one: Question) -> Iterator[str]:
    """Sentences about one question, also used when it is saved."""
    if one.kind == "rating" and one.scale_max not in RATING_POINTS:
        yield f"A rating has {', '.join(map(str, RATING_POINTS))} points."
    if not one.satisfied <= set(one.values):
        yield "The satisfied values lie outside the scale."
    if one.kind in WITH_OPTIONS and not 2 <= len(one.options) <= MOST["options"]:
        yield f"Give 2 to {MOST['options']} choices."
    if one.kind == "matrix" and not 1 <= len(one.rows) <= MOST["rows"]:
        yield f"Give 1 to {MOST['rows']} rows."
    if len(one.option_codes) < len(one.options):
        yield "Two choices have the same code."
    for kind in ("other", "none"):
        if sum(option.kind == kind for option in one.options) > 1:
            yield f"Only one choice may be “{kind}”."
    for rule in one.validation.get("rules", ()):
        if fault := answering.rule_fault(rule):
            yield fault


def _logic(version: Questionnaire) -> Iterator[Finding]:
    seen: set[str] = set(version.hidden)
    order = [section.code for section in version.sections]
    for at, section in enumerate(version.sections):
        seen |= {one.code for one in section.questions}
        seen |= {f"{one.code}.{row.code}" for one in section.questions for row in one.rows}
        targets = {*order[at + 1 :], *(one.code for one in version.endings)}
        for rule in section.rules:
            for sentence in _rule_faults(version, rule, seen, targets):
                yield Finding("logic", section.code, sentence)
            if "set" in rule:
                seen.add(rule["set"])


def _rule_faults(
    version: Questionnaire, rule: Mapping[str, object], seen: set[str], targets: set[str]
) -> Iterator[str]:
    when = rule.get("when")
    if fault := logic.fault_of(when):
        yield fault
        return
    assert isinstance(when, dict)
    if later := logic.names_in(when) - seen:
        yield f"A rule asks about {', '.join(sorted(later))}, which is not known before it."
    if "jump" in rule and rule["jump"] not in targets:
        yield f"A rule leads to {rule['jump']}, which is no later section and no ending."
    if "require" in rule and rule["require"] not in version.questions:
        yield f"A rule requires {rule['require']}, which is no question."
    if "set" in rule and rule["set"] not in version.variables:
        yield f"A rule sets {rule['set']}, which is no variable."


def _reachable(version: Questionnaire) -> Iterator[Finding]:
    """What no way leads to, taking every jump as possible."""
    reached, ends, falls_through = {0}, set(), False
    codes = [section.code for section in version.sections]
    for at, section in enumerate(version.sections):
        if at not in reached:
            yield Finding("reach", section.code, f"No way leads to section {section.code}.")
            continue
        for rule in section.rules:
            target = str(rule.get("jump", ""))
            if target in codes:
                reached.add(codes.index(target))
            elif target:
                ends.add(target)
        reached.add(at + 1)
        falls_through = falls_through or at == len(codes) - 1
    for at, ending in enumerate(version.endings):
        if ending.code not in ends and not (at == 0 and falls_through):
            yield Finding("reach", ending.code, f"No way leads to ending {ending.code}.")


def _placeholders(version: Questionnaire) -> Iterator[Finding]:
    known = piping.ALLOWED_NAMES | set(version.hidden) | set(version.variables)
    earlier: set[str] = set()
    for section in version.sections:
        for one in section.questions:
            for text in (*one.words.values(), *one.help.values()):
                if unknown := piping.placeholders(text) - known - earlier:
                    names = ", ".join(sorted(unknown))
                    yield Finding("names", one.code, f"Nothing is known as {names} at this point.")
            earlier.add(one.code)
    for ending in version.endings:
        for text in (*ending.words.values(), *ending.text.values()):
            if unknown := piping.placeholders(text) - known - earlier:
                yield Finding("names", ending.code, f"Nothing is known as {sorted(unknown)[0]}.")


def _theme(version: Questionnaire) -> Iterator[Finding]:
    accent = version.theme.get("accent")
    if not accent:
        return
    try:
        found = ratio(accent, PAPER)
    except ValueError as error:
        yield Finding("contrast", "", str(error))
        return
    if found < LEAST_CONTRAST:
        yield Finding(
            "contrast", "", f"The color {accent} has a contrast of {found:.2f}; 4.5 is needed."
        )


def estimated_bytes(version: Questionnaire) -> int:
    """A little more than the largest page of the survey weighs, style and script included."""
    language = version.languages[0]
    return FRAME_BYTES + max(
        (
            sum(
                QUESTION_BYTES
                + len(in_language(one.words, language).encode())
                + CONTROL_BYTES * (len(one.values) + len(one.options) * max(1, len(one.rows)))
                + sum(len(in_language(o.words, language).encode()) for o in one.options)
                for one in section.questions
            )
            for section in version.sections
        ),
        default=0,
    )
