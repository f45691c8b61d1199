"""Assist rules at work: the transcript as lines, what a rule says of it, what is shown of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.models import Leg, Transcript, Turn
from quality import assistance
from quality.assistance import Finding, Line, Place
from quality.content import Content, content_of
from quality.models import AssistRule, Evidence, ScorecardVersion, Suggestion
from quality.proving import Proof, proof_of
from quality.transcripts import current_transcript, shown_end_ms, shown_start_ms

MEASURES = {
    "silence": "{:g} s of silence",
    "talk_share": "the agent talks {:.0f} % of the time",
    "hold": "{:g} s on hold",
}


@dataclass(frozen=True)
class Proposal:
    """A suggestion as the workspace shows it: the option's label and the words behind it."""

    suggestion: Suggestion
    label: str
    proof: Proof
    passages: list[Evidence] = field(default_factory=list)

    @property
    def measure(self) -> str:
        """What was measured, in words; empty for phrases."""
        return measure_in_words(self.suggestion.rule.kind, self.suggestion.measure)

    @property
    def is_otherwise(self) -> bool:
        """Whether it is proposed because nothing was found."""
        return not self.passages and not self.measure


def lines_of(transcript: Transcript | None) -> list[Line]:
    """The turns that are not internal, agent's clock moved as people see it. One query."""
    if transcript is None:
        return []
    turns = transcript.turns.filter(is_internal=False).order_by("position")
    return lines_of_turns(list(turns), transcript)


def lines_of_turns(turns: Sequence[Turn], transcript: Transcript) -> list[Line]:
    began = next((turn.sent_at for turn in turns if turn.sent_at), None)
    return [_line(turn, transcript, began) for turn in turns]


def _line(turn: Turn, transcript: Transcript, began: Any) -> Line:
    start, end = shown_start_ms(turn, transcript), shown_end_ms(turn, transcript)
    if start is None and turn.sent_at and began:
        start = int((turn.sent_at - began).total_seconds() * 1000)
    return Line(turn.pk, turn.speaker, turn.text, start, end)


def lines_of_leg(leg: Leg) -> list[Line]:
    return lines_of(current_transcript(leg.interaction))


def check_of(rule: AssistRule) -> assistance.Check:
    return assistance.Check(
        kind=rule.kind,
        phrases=tuple(filter(None, map(assistance.phrase_of, rule.phrases))),
        speaker=rule.speaker,
        window=rule.window,
        size=rule.window_size or 0,
        bound=rule.bound,
        threshold=float(rule.threshold or 0),
    )


def proposed_by(rule: AssistRule, finding: Finding | None) -> str:
    """The option that a finding proposes; empty for none."""
    if finding is None:
        return ""
    return rule.option_key if finding.holds else rule.otherwise_key


def fits(rule: AssistRule, content: Content) -> bool:
    """Whether a version has the criterion, as a choice of one, and both options."""
    criterion = content.criteria.get(rule.criterion_key)
    if criterion is None or criterion["kind"] != "single":
        return False
    keys = {option["key"] for option in criterion["options"]}
    return rule.option_key in keys and (not rule.otherwise_key or rule.otherwise_key in keys)


def unfit_rules(version: ScorecardVersion) -> list[AssistRule]:
    """Rules in use that a version could not serve: publishing it switches them off."""
    content = content_of(version)
    rules = AssistRule.objects.in_use().filter(scorecard=version.scorecard_id)
    return [rule for rule in rules if not fits(rule, content)]


def proofs_of(rules: Iterable[AssistRule]) -> dict[int, Proof]:
    """By rule, from their blind pairs; one query."""
    ids = [rule.pk for rule in rules]
    counts = Suggestion.objects.filter(rule__in=ids).pair_counts() if ids else {}
    return {pk: proof_of(counts.get(pk, {})) for pk in ids}


def shown_proposals(
    suggestions: Iterable[Suggestion], content: Content
) -> dict[str, list[Proposal]]:
    """By criterion, those that people may see. Two queries if there are any, else none."""
    seen = [one for one in suggestions if one.is_shown]
    if not seen:
        return {}
    proofs = proofs_of(one.rule for one in seen)
    turns = Turn.objects.in_bulk(
        {place[name] for one in seen for place in one.evidence for name in ("turn_from", "turn_to")}
    )
    found: dict[str, list[Proposal]] = {}
    for one in seen:
        label = option_labels(content, one.criterion_key).get(one.option_key, one.option_key)
        passages = [_passage(place, turns) for place in one.evidence]
        proposal = Proposal(one, label, proofs[one.rule_id], passages)
        found.setdefault(one.criterion_key, []).append(proposal)
    return found


def _passage(place: Mapping[str, Any], turns: Mapping[int, Turn]) -> Evidence:
    """Unsaved evidence: it resolves words as stored evidence does."""
    first, last = turns.get(place["turn_from"]), turns.get(place["turn_to"])
    times = {name: place[name] for name in ("char_from", "char_to", "start_ms", "end_ms")}
    return Evidence(turn_from=first, turn_to=last, **times)


def place_document(place: Place) -> dict[str, Any]:
    """A place as a suggestion keeps it; times before the start count from 0."""
    times = {
        name: None if value is None else max(value, 0)
        for name, value in (("start_ms", place.start_ms), ("end_ms", place.end_ms))
    }
    return {
        "turn_from": place.turn_from,
        "turn_to": place.turn_to,
        "char_from": place.char_from,
        "char_to": place.char_to,
        **times,
    }


def option_labels(content: Content, criterion_key: str) -> dict[str, str]:
    criterion = content.criteria.get(criterion_key, {})
    return {option["key"]: option["label"] for option in criterion.get("options", [])}


# --- In words ------------------------------------------------------------------------------------


def in_words(rule: AssistRule) -> str:
    """What a rule asks, as a sentence's part: “hello” by the agent in the first 30 seconds."""
    if rule.kind in assistance.PHRASE_KINDS:
        return _phrases_in_words(rule)
    bound = "under" if rule.bound == assistance.BELOW else "at least"
    number = f"{rule.threshold.normalize():f}" if rule.threshold is not None else "?"
    if rule.kind == assistance.SILENCE:
        return f"a silence of at least {number} seconds"
    if rule.kind == assistance.TALK_SHARE:
        return f"the agent talks {bound} {number} % of the time"
    return f"{bound} {number} seconds on hold"


def _phrases_in_words(rule: AssistRule) -> str:
    quoted = [f"“{phrase}”" for phrase in rule.phrases[:3]]
    more = len(rule.phrases) - len(quoted)
    told = ", ".join(quoted) + (f" and {more} more" if more else "")
    one_of = "" if len(rule.phrases) == 1 else "one of " if rule.kind == assistance.SAID else ""
    who = "" if rule.speaker == "any" else f" by the {rule.speaker}"
    name, _, unit = rule.window.partition("_")
    where = "" if rule.window == "whole" else f" in the {name} {rule.window_size} {unit}"
    start = "no " if rule.kind == assistance.MISSING else one_of
    return f"{start}{told}{who}{where}"


def measure_in_words(kind: str, measure: Any) -> str:
    return MEASURES[kind].format(float(measure)) if kind in MEASURES and measure is not None else ""
