"""Verbs of the evaluator's desk: each answer and comment is saved as it is given.

What is saved here is a draft; it enters the audit trail with the act of submitting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from quality import scoring
from quality.actions import assist
from quality.actions.desks import LONGEST_PAUSE_SECONDS, open_desk
from quality.actions.leases import keep_lease
from quality.actions.texts import clean_text
from quality.desk import Desk
from quality.gaps import root_causes_of
from quality.models import Answer, Criterion, Evaluation, EvaluationRevision, Evidence
from quality.models.answers import AnswerOrigin, FaultOwner, NaSource
from quality.refusals import Invalid, Stale

FIELDS = frozenset(
    {"answer", "fault_owner", "root_cause", "comment_public", "comment_private", "suggestion"}
)
FORM_OF_KIND = {
    "single": "option",
    "multi": "options",
    "number": "number",
    "text": "text",
    "date": "date",
}
LONGEST = {"comment_public": 2000, "comment_private": 2000, "text": 4000}


class AnswerChangedElsewhere(Stale):
    """`current` is the stored answer, None if it is still unanswered."""

    def __init__(self, current: Answer | None) -> None:
        super().__init__("This answer was changed elsewhere. Choose yours or theirs.")
        self.current = current


class UnknownCriterion(Invalid):
    def __init__(self, key: str) -> None:
        super().__init__("criterion", f"This version has no criterion {key[:40]}.")


class NotApplicableIsOff(Invalid):
    def __init__(self) -> None:
        super().__init__("answer", "“Not applicable” is switched off here.")


@dataclass(frozen=True)
class Saved:
    """A saved answer with the score of the whole desk, so far.

    `attached` is the evidence that came with a confirmed proposal; `reveals` tells that proposals
    to this criterion may show from now on.
    """

    desk: Desk
    answers: dict[str, Answer]
    score: scoring.Score
    attached: list[Evidence] = field(default_factory=list)
    reveals: bool = False


def save_answer(
    *,
    evaluation: Evaluation,
    key: str,
    change: Mapping[str, Any],
    seen: int,
    save_id: UUID,
    by: User,
    at: datetime,
) -> Saved:
    """Store what was changed about one answer; the same `save_id` again changes nothing.

    `change` holds any of FIELDS; `answer` is the shape that scoring reads, null takes it back, and
    `suggestion` names the proposal that the person takes over with it.
    `seen` is the row_version that the person saw, 0 if nothing was stored. Raises
    AnswerChangedElsewhere, Invalid, Taken, Closed or NotYours. Seven queries; one more
    where a proposal waits hidden, and one more once a minute.
    """
    with transaction.atomic():
        keep_lease(evaluation=evaluation, by=by, at=at)
        desk = open_desk(evaluation, by)
        criterion = desk.content.criteria.get(key)
        if criterion is None:
            raise UnknownCriterion(key)
        answer = desk.answers.get(key)
        if answer and answer.last_save_id == save_id:
            return Saved(desk, {key: answer}, desk.score())
        if (answer.row_version if answer else 0) != seen:
            raise AnswerChangedElsewhere(answer)
        row = answer or _new_answer(desk.revision, key)
        _apply(row, criterion, change)
        row.last_save_id = save_id
        desk.answers[key] = row
        score = _checked_score(desk, key)
        _settle(row, criterion, score.criteria[key])
        proposal = None
        if change.get("suggestion") is not None:
            proposal = assist.confirm(desk, row, key, change["suggestion"])
        _write(row, by)
        reveals = "answer" in change and assist.note_answer(desk, row, key)
        attached = assist.attach_passages(row, proposal, by) if proposal else []
        _note_time(desk.revision, at)
    return Saved(desk, {key: row}, score, attached, reveals)


def mark_section_not_applicable(
    *,
    evaluation: Evaluation,
    section_key: str,
    is_na: bool,
    seen: Mapping[str, int],
    by: User,
    at: datetime,
) -> Saved:
    """Set every criterion of a section to N/A at once, or take that back.

    `seen` maps the criterion keys to the row_versions that the person saw.
    """
    with transaction.atomic():
        desk = open_desk(evaluation, by)
        section = desk.content.sections.get(section_key)
        if section is None or not section["allow_na"]:
            raise NotApplicableIsOff
        changed: dict[str, Answer] = {}
        for criterion in desk.content.criteria_below(section_key):
            key = criterion["key"]
            answer = desk.answers.get(key)
            if not _takes_section_na(criterion, answer, is_na):
                continue
            if (answer.row_version if answer else 0) != seen.get(key, 0):
                raise AnswerChangedElsewhere(answer)
            row = answer or _new_answer(desk.revision, key)
            _clear(row)
            if is_na:
                row.is_na, row.na_source = True, NaSource.SECTION
            _write(row, by)
            desk.answers[key] = changed[key] = row
        _note_time(desk.revision, at)
    return Saved(desk, changed, desk.score())


def save_comment(
    *,
    evaluation: Evaluation,
    comment_public: str | None,
    comment_private: str | None,
    by: User,
    at: datetime,
) -> EvaluationRevision:
    """Store the comment on the whole evaluation; None leaves that part as it is."""
    with transaction.atomic():
        revision = open_desk(evaluation, by).revision
        if comment_public is not None:
            revision.comment_public = clean_text("comment_public", comment_public, 4000)
        if comment_private is not None:
            revision.comment_private = clean_text("comment_private", comment_private, 4000)
        revision.row_version += 1
        revision.save(
            update_fields=["comment_public", "comment_private", "row_version", "updated_at"]
        )
        _note_time(revision, at)
    return revision


# --- Below the verbs --------------------------------------------------------------------------


def _new_answer(revision: EvaluationRevision, key: str) -> Answer:
    criterion = Criterion.objects.only("pk").get(version=revision.evaluation.version_id, key=key)
    return Answer(revision=revision, criterion=criterion, row_version=0)


def _apply(row: Answer, criterion: Mapping[str, Any], change: Mapping[str, Any]) -> None:
    for name in change:
        if name not in FIELDS:
            raise Invalid(name, f"{name[:40]} cannot be written here.")
    if "answer" in change:
        _answer(row, criterion, change["answer"])
    for name in ("comment_public", "comment_private"):
        if name in change:
            setattr(row, name, clean_text(name, change[name], LONGEST[name]))
    if "fault_owner" in change:
        row.fault_owner = _word("fault_owner", change["fault_owner"], FaultOwner.values)
    if "root_cause" in change:
        causes = [cause["key"] for cause in root_causes_of(criterion, row)]
        row.root_cause = _word("root_cause", change["root_cause"], causes) or ""


def _answer(row: Answer, criterion: Mapping[str, Any], given: Any) -> None:
    """Put the given value in place of what was answered before."""
    _clear(row)
    if given is None:
        return
    if not isinstance(given, dict) or len(given) != 1:
        raise Invalid("answer", "Give one answer, or null to take it back.")
    ((form, value),) = given.items()
    if form not in ("na", FORM_OF_KIND.get(criterion["kind"])):
        raise Invalid("answer", "This is not an answer to this kind of criterion.")
    if form == "na":
        if value is not True or not criterion["allow_na"] or criterion["kind"] == "label":
            raise NotApplicableIsOff
        row.is_na, row.na_source = True, NaSource.PERSON
    elif form == "option" and isinstance(value, str):
        row.option_keys = [value]
    elif form == "options" and isinstance(value, list):
        row.option_keys = sorted({str(item) for item in value})
    elif form == "number":
        row.number = _number(value)
    elif form == "text" and isinstance(value, str):
        row.text = clean_text("text", value, LONGEST["text"])
    elif form == "date":
        row.date = _date(value)
    else:
        raise Invalid("answer", "This is not an answer to this kind of criterion.")


def _clear(row: Answer) -> None:
    row.option_keys, row.number, row.text, row.date = [], None, "", None
    row.is_na, row.na_source = False, ""
    row.origin = AnswerOrigin.MANUAL


def _takes_section_na(criterion: Mapping[str, Any], answer: Answer | None, is_na: bool) -> bool:
    if not criterion["allow_na"] or criterion["kind"] == "label":
        return False
    if is_na:
        return answer is None or not answer.is_na
    return answer is not None and answer.na_source == NaSource.SECTION


def _checked_score(desk: Desk, key: str) -> scoring.Score:
    try:
        return desk.score()
    except scoring.InvalidRequest as error:
        mine = [p for p in error.problems if p.path.startswith(f"answers.{key}")]
        raise Invalid("answer", (mine or list(error.problems))[0].message) from None


def _settle(row: Answer, criterion: Mapping[str, Any], figures: scoring.CriterionFigures) -> None:
    """A fault owner stands on failures only, a root cause on options that ask for one."""
    row.fault_owner = figures.fault_owner if figures.is_failed else None
    if row.root_cause not in {cause["key"] for cause in root_causes_of(criterion, row)}:
        row.root_cause = ""


def _write(row: Answer, by: User) -> None:
    row.saved_by = by
    row.row_version += 1
    row.save()


def _note_time(revision: EvaluationRevision, at: datetime) -> None:
    """Add the time since the last save, at most five minutes: longer ones are breaks."""
    if revision.last_active_at:
        pause = max(at - revision.last_active_at, timedelta(0)).total_seconds()
        revision.seconds_spent += int(min(pause, LONGEST_PAUSE_SECONDS))
    revision.last_active_at = at
    revision.save(update_fields=["seconds_spent", "last_active_at", "updated_at"])


def _word(name: str, value: Any, allowed: list[str]) -> str | None:
    if value in (None, ""):
        return None
    if value not in allowed:
        raise Invalid(name, f"Choose one of: {', '.join(allowed) or 'nothing here'}.")
    return str(value)


def _number(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Invalid("answer", "Give a number such as 7 or 2.5.") from None
    if not number.is_finite() or abs(number) > 1_000_000 or number != round(number, 4):
        raise Invalid("answer", "Give a number of at most 4 decimals, up to a million.")
    return number


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Invalid("answer", "Give a date such as 2026-05-04.") from None
