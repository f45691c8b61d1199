"""Verbs of assistance: keep rules, let them propose, and settle what became of a proposal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Team, User
from crm.models import Turn
from crm.redaction import redact
from quality import assistance, assisting
from quality.actions import rules
from quality.actions.desks import locked_evaluation
from quality.actions.release import falls_into
from quality.content import Content, content_of
from quality.desk import WITH_FACTS, Desk
from quality.disputing import NOT_APPLICABLE
from quality.models import AssistRule, Evaluation, Evidence, Scorecard, ScorecardVersion, Suggestion
from quality.models.answers import Answer, AnswerOrigin
from quality.models.evaluations import OPEN_STATES, Purpose
from quality.models.rules import AssistKind, AssistWindow, SuggestionState
from quality.proving import BLIND_SHARE
from quality.refusals import Invalid, Refused, need_reason

LEAST_REASON = 10
LONGEST_PHRASE = 120
LONGEST_WINDOW = 86_400
MEASURED = (AssistKind.SILENCE, AssistKind.TALK_SHARE, AssistKind.HOLD)


class OptionGone(Refused):
    def __init__(self) -> None:
        super().__init__("The version in force has no such answer any more. Choose another one.")


class NotProposed(Invalid):
    def __init__(self) -> None:
        super().__init__("suggestion", "No rule proposes this answer here.")


@dataclass(frozen=True)
class AssistContent:
    """All that people write about an assist rule."""

    name: str
    scorecard: Scorecard
    criterion_key: str
    option_key: str
    kind: str
    phrases: Sequence[str] = ()
    speaker: str = "any"
    window: str = AssistWindow.WHOLE
    window_size: int | None = None
    bound: str = assistance.AT_LEAST
    threshold: Decimal | None = None
    otherwise_key: str = ""
    teams: Sequence[Team] = field(default=())


def create_assist_rule(*, content: AssistContent, by: User, at: datetime) -> AssistRule:
    """Make a rule; it proposes from the next evaluation on. Raises Invalid."""
    values = _checked(content)
    with transaction.atomic():
        rule = AssistRule.objects.create(
            scorecard=content.scorecard, created_by=by, asked_since=at, **values
        )
        rule.teams.set(content.teams)
        after = rules.scalars({**values, "teams": list(content.teams)})
        audit.record(verb="create_assist_rule", record=rule, by=by, at=at, after=after)
    return rule


def draft_rule(content: AssistContent) -> AssistRule:
    """The rule as it would be stored; nothing is. Raises Invalid."""
    return AssistRule(scorecard=content.scorecard, **_checked(content))


def change_assist_rule(
    *, rule: AssistRule, content: AssistContent, seen: int, by: User, at: datetime
) -> AssistRule:
    """Write a rule anew; another test begins its proof anew. Raises Invalid, RuleChangedElsewhere.

    The scorecard stays what it was.
    """
    values = _checked(content)
    with transaction.atomic():
        locked = rules.locked_rule(rule)
        before = rules.write_anew(locked, values, seen)
        if before.keys() - {"name"}:
            locked.asked_since = at
        locked.save()
        locked.teams.set(content.teams)
        after = {name: values[name] for name in before} | {"teams": list(content.teams)}
        audit.record(
            verb="change_assist_rule",
            record=locked,
            by=by,
            at=at,
            before=rules.scalars(before),
            after=rules.scalars(after),
        )
    return locked


def switch_assist_rule(
    *, rule: AssistRule, is_active: bool, by: User, at: datetime, reason: str = ""
) -> AssistRule:
    """Let a rule propose, or stop it for a reason of 10 characters. Raises OptionGone."""
    with transaction.atomic():
        locked = rules.locked_rule(rule, "scorecard__current_version")
        if is_active and not _fits_now(locked):
            raise OptionGone
        reason = "" if is_active else need_reason(redact(reason), LEAST_REASON, most=300)
        rules.switch(locked, is_active, reason, verb="switch_assist_rule", by=by, at=at)
    return locked


def switch_off_unfit_rules(*, version: ScorecardVersion, by: User, at: datetime) -> int:
    """Called as a version comes into force: rules whose answers it no longer has are switched off.

    Returns how many.
    """
    unfit = assisting.unfit_rules(version)
    for rule in unfit:
        reason = f"Version {version.number} has no such answer."
        rules.switch(rule, False, reason, verb="switch_assist_rule", by=by, at=at)
    return len(unfit)


def suggest(*, evaluation: Evaluation, at: datetime) -> int:
    """Let every rule that applies look at the interaction; returns how many propose something.

    Standard evaluations in draft only: second scorings and calibrations are to be independent.
    Again, as when a transcript arrives, it replaces what nobody has answered yet. At most six
    queries; three where nothing was or is proposed.
    """
    with transaction.atomic():
        locked = locked_evaluation(evaluation, *WITH_FACTS)
        leg = locked.leg
        if locked.purpose != Purpose.STANDARD or locked.state not in OPEN_STATES or leg is None:
            return 0
        content = content_of(locked.version)
        asked = AssistRule.objects.in_use().for_team(locked.team_id)
        asked = asked.filter(scorecard=locked.scorecard_id).order_by("pk")
        fitting = [rule for rule in asked if assisting.fits(rule, content)]
        if not fitting:
            return 0
        lines = assisting.lines_of_leg(leg)
        kept = _kept_rules(locked)
        found = [
            (rule, finding)
            for rule in fitting
            if rule.pk not in kept
            and (finding := assistance.examine(assisting.check_of(rule), lines, leg.hold_seconds))
            and assisting.proposed_by(rule, finding)
        ]
        proofs = assisting.proofs_of([rule for rule, _finding in found]) if found else {}
        made = [
            _suggestion(locked, rule, finding, proofs[rule.pk].is_withheld)
            for rule, finding in found
        ]
        Suggestion.objects.bulk_create(made)
    return len(made)


# --- On the desk -----------------------------------------------------------------------------


def note_answer(desk: Desk, answer: Answer, key: str) -> bool:
    """Keep the first answer that was given without seeing a proposal; True if one shows now."""
    given = given_key(answer)
    if not given or not getattr(desk.evaluation, "has_blind", True):
        return False
    blind = Suggestion.objects.filter(
        evaluation=desk.evaluation, criterion_key=key, is_blind=True, answered_key=""
    )
    return bool(blind.update(answered_key=given))


def confirm(desk: Desk, answer: Answer, key: str, suggestion_id: Any) -> Suggestion:
    """A person takes a proposal over as the answer. Raises NotProposed."""
    rows = Suggestion.objects.filter(evaluation=desk.evaluation, criterion_key=key)
    whole = isinstance(suggestion_id, int) and not isinstance(suggestion_id, bool)
    found = rows.filter(pk=suggestion_id).first() if whole else None
    if found is None or not found.is_shown or given_key(answer) != found.option_key:
        raise NotProposed
    answer.origin, answer.suggestion = AnswerOrigin.ASSISTED, found
    return found


def attach_passages(answer: Answer, suggestion: Suggestion, by: User) -> list[Evidence]:
    """The places behind a confirmed proposal become evidence of the answer; twice is once."""
    there = {(row.turn_from_id, row.char_from) for row in answer.evidence.all()}
    turns = {place[name] for place in suggestion.evidence for name in ("turn_from", "turn_to")}
    known = Turn.objects.in_bulk(turns)
    new = [
        Evidence(
            answer=answer,
            turn_from=known[place["turn_from"]],
            turn_to=known[place["turn_to"]],
            char_from=place["char_from"],
            char_to=place["char_to"],
            start_ms=place["start_ms"],
            end_ms=place["end_ms"],
            created_by=by,
        )
        for place in suggestion.evidence
        if place["turn_from"] in known
        and place["turn_to"] in known
        and (place["turn_from"], place["char_from"]) not in there
    ]
    return Evidence.objects.bulk_create(new)


def settle(desk: Desk) -> None:
    """With the submission each open proposal becomes confirmed, overridden or ignored."""
    waiting = Suggestion.objects.filter(
        evaluation=desk.evaluation, state=SuggestionState.PENDING
    ).select_for_update()
    rows = list(waiting)
    for row in rows:
        answer = desk.answers.get(row.criterion_key)
        row.state = _settled(row, given_key(answer) if answer else "")
    Suggestion.objects.bulk_update(rows, ["state"])


def given_key(answer: Answer) -> str:
    """The one option that was picked, "n/a", or nothing."""
    if answer.is_na:
        return NOT_APPLICABLE
    return str(answer.option_keys[0]) if len(answer.option_keys) == 1 else ""


# --- Below -----------------------------------------------------------------------------------


def _settled(row: Suggestion, given: str) -> str:
    if not row.is_shown or not given:
        return SuggestionState.IGNORED
    is_same = given == row.option_key
    return SuggestionState.CONFIRMED if is_same else SuggestionState.OVERRIDDEN


def _kept_rules(evaluation: Evaluation) -> set[int]:
    """Rules whose proposal somebody has met already; the others' are taken away."""
    rows = evaluation.suggestions.all()
    if not rows:
        return set()
    confirmed = Answer.objects.filter(revision__evaluation=evaluation, suggestion__isnull=False)
    met = set(confirmed.values_list("suggestion", flat=True))
    kept = {
        row.pk: row.rule_id
        for row in rows
        if row.answered_key or row.state != SuggestionState.PENDING or row.pk in met
    }
    rows.exclude(pk__in=kept).delete()
    return set(kept.values())


def _suggestion(
    evaluation: Evaluation, rule: AssistRule, finding: assistance.Finding, is_withheld: bool
) -> Suggestion:
    is_blind = falls_into(f"gate:{rule.pk}", evaluation.public_ref, Fraction(*BLIND_SHARE))
    measure = finding.measure
    return Suggestion(
        evaluation=evaluation,
        rule=rule,
        criterion_key=rule.criterion_key,
        option_key=assisting.proposed_by(rule, finding),
        evidence=[assisting.place_document(place) for place in finding.places],
        measure=None if measure is None else round(Decimal(measure), 2),
        is_blind=is_blind,
        is_withheld=is_withheld,
    )


def _fits_now(rule: AssistRule) -> bool:
    version = rule.scorecard.current_version
    return version is not None and assisting.fits(rule, content_of(version))


def _checked(content: AssistContent) -> dict[str, Any]:
    """The columns of a rule; raises Invalid naming the field."""
    _check_answers(content)
    is_measured = content.kind in MEASURED
    phrases = [] if is_measured else _phrases(content.phrases)
    window = AssistWindow.WHOLE if is_measured else content.window
    if window != AssistWindow.WHOLE and not 1 <= (content.window_size or 0) <= LONGEST_WINDOW:
        raise Invalid("window_size", "Say how many seconds or turns, from 1 on.")
    if is_measured and content.threshold is None:
        raise Invalid("threshold", "Say how much.")
    if is_measured and not 0 <= (content.threshold or 0) <= LONGEST_WINDOW:
        raise Invalid("threshold", f"From 0 to {LONGEST_WINDOW:,}.")
    return {
        "name": content.name.strip(),
        "criterion_key": content.criterion_key,
        "option_key": content.option_key,
        "otherwise_key": content.otherwise_key,
        "kind": content.kind,
        "phrases": phrases,
        "speaker": "any" if is_measured else content.speaker,
        "window": window,
        "window_size": None if window == AssistWindow.WHOLE else content.window_size,
        "bound": assistance.AT_LEAST if content.kind == AssistKind.SILENCE else content.bound,
        "threshold": content.threshold if is_measured else None,
    }


def _check_answers(content: AssistContent) -> None:
    version = content.scorecard.current_version
    if version is None:
        raise Invalid("scorecard", "This scorecard has no version in force.")
    known: Content = content_of(version)
    criterion = known.criteria.get(content.criterion_key)
    if criterion is None or criterion["kind"] != "single":
        raise Invalid("criterion", "Choose a criterion with one answer to pick.")
    keys = {option["key"] for option in criterion["options"]}
    if content.option_key not in keys:
        raise Invalid("option", "Choose one of this criterion's answers.")
    if content.otherwise_key and content.otherwise_key not in keys - {content.option_key}:
        raise Invalid("otherwise", "Choose another one of this criterion's answers, or none.")


def _phrases(given: Sequence[str]) -> list[str]:
    phrases = [" ".join(phrase.split()) for phrase in given]
    phrases = list(dict.fromkeys(filter(None, phrases)))
    if not 1 <= len(phrases) <= assistance.MOST_PHRASES:
        raise Invalid("phrases", f"Write 1 to {assistance.MOST_PHRASES} phrases, one a line.")
    if any(len(phrase) > LONGEST_PHRASE for phrase in phrases):
        raise Invalid("phrases", f"A phrase has at most {LONGEST_PHRASE} characters.")
    if not all(map(assistance.phrase_of, phrases)):
        raise Invalid("phrases", "Each phrase needs at least one word.")
    return phrases
