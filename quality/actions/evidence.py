"""Attach places of the transcript to answers; the server itself looks them up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from crm.models import Turn
from quality.actions.answers import UnknownCriterion
from quality.actions.desks import open_desk
from quality.desk import Desk
from quality.models import Answer, Criterion, Evaluation, Evidence
from quality.refusals import Invalid
from quality.transcripts import shown_end_ms, shown_start_ms

MOST_EVIDENCE = 20


class NotInThisInteraction(Invalid):
    def __init__(self) -> None:
        super().__init__("turn", "This passage is not in the transcript of this interaction.")


class BeyondTheText(Invalid):
    def __init__(self) -> None:
        super().__init__("turn", "The selected characters are not in this turn.")


class BeyondTheRecording(Invalid):
    def __init__(self) -> None:
        super().__init__("turn", "This passage lies beyond the end of the recording.")


class EnoughEvidence(Invalid):
    def __init__(self) -> None:
        super().__init__("turn", f"An answer holds at most {MOST_EVIDENCE} pieces of evidence.")


def attach_evidence(
    *,
    evaluation: Evaluation,
    key: str,
    transcript_id: int,
    turn_from: int,
    turn_to: int,
    by: User,
    at: datetime,
    char_from: int | None = None,
    char_to: int | None = None,
) -> Evidence:
    """Attach the turns at positions `turn_from` to `turn_to`; the same passage twice is one.

    `char_from` counts in the first turn, `char_to` in the last; without both, whole turns.
    """
    with transaction.atomic():
        desk = open_desk(evaluation, by)
        answer = desk.answers.get(key) or _unanswered(desk, key, by)
        first, last = _turns(desk, transcript_id, turn_from, turn_to)
        _check_characters(first, last, char_from, char_to)
        start_ms, end_ms = _span(first, last)
        check_recording(desk, start_ms)
        place = {
            "turn_from": first,
            "turn_to": last,
            "char_from": char_from,
            "char_to": char_to,
        }
        stored = list(answer.evidence.all())
        for evidence in stored:
            if all(getattr(evidence, name) == value for name, value in place.items()):
                return evidence
        if len(stored) >= MOST_EVIDENCE:
            raise EnoughEvidence
        return Evidence.objects.create(
            answer=answer, start_ms=start_ms, end_ms=end_ms, created_by=by, **place
        )


def remove_evidence(*, evaluation: Evaluation, evidence_id: int, by: User, at: datetime) -> None:
    """Take a piece of evidence off its answer; one that is gone already stays gone."""
    with transaction.atomic():
        desk = open_desk(evaluation, by)
        Evidence.objects.filter(pk=evidence_id, answer__revision=desk.revision).delete()


def _unanswered(desk: Desk, key: str, by: User) -> Answer:
    """A row for evidence that comes before the answer."""
    criterion = Criterion.objects.filter(version=desk.evaluation.version_id, key=key).first()
    if criterion is None:
        raise UnknownCriterion(key)
    return Answer.objects.create(revision=desk.revision, criterion=criterion, saved_by=by)


def _turns(desk: Desk, transcript_id: int, turn_from: int, turn_to: int) -> tuple[Turn, Turn]:
    """Both turns, if they stand in this order in the current transcript of this interaction."""
    leg = desk.evaluation.leg
    rows = Turn.objects.filter(
        transcript_id=transcript_id,
        transcript__is_current=True,
        transcript__interaction=leg.interaction_id if leg else None,
        position__in=[turn_from, turn_to],
        is_internal=False,
    ).select_related("transcript")
    found = {row.position: row for row in rows}
    if turn_from > turn_to or not {turn_from, turn_to} <= found.keys():
        raise NotInThisInteraction
    return found[turn_from], found[turn_to]


def _check_characters(first: Turn, last: Turn, char_from: int | None, char_to: int | None) -> None:
    if char_from is None and char_to is None:
        return
    if char_from is None or char_to is None:
        raise BeyondTheText
    if not (0 <= char_from < len(first.text) and 0 < char_to <= len(last.text)):
        raise BeyondTheText
    if first.pk == last.pk and char_from >= char_to:
        raise BeyondTheText


def _span(first: Turn, last: Turn) -> tuple[int | None, int | None]:
    """Milliseconds as people see them; a turn before the start of the interaction counts from 0."""
    start = shown_start_ms(first, first.transcript)
    end = shown_end_ms(last, last.transcript)
    if start is None or end is None:
        return (None if start is None else max(start, 0)), None
    return max(start, 0), max(end, start, 0)


def check_recording(desk: Desk, start_ms: int | None) -> None:
    """Raise BeyondTheRecording for a moment more than a second after the end of the longest."""
    leg = desk.evaluation.leg
    if leg is None or start_ms is None:
        return
    recordings = leg.interaction.recordings.aggregate(longest=Max("duration_seconds"))
    longest = recordings["longest"]
    if longest is not None and start_ms > (longest + 1) * 1000:
        raise BeyondTheRecording
