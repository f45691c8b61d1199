"""Derives the stays in queues of an interaction whose source gives none.

The rules are told in prose in docs/algorithms/durations.md.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from crm.durations import TRANSFER_ENDS, is_answered
from crm.readers.base import InteractionRecord, LegRecord, QueueVisitRecord

VISIT_OUTCOME = {
    "abandoned_in_queue": "abandoned",
    "flowed_out": "overflowed",
    "voicemail": "voicemail",
    "callback_requested": "callback",
}


def derive(interaction: InteractionRecord) -> list[QueueVisitRecord]:
    """The visits that legs and outcome of an inbound interaction tell of, in order of entry.

    An answered visit whose wait is unknown although the interaction did queue keeps None: the
    caller flags it `missing_time`.
    """
    if interaction.direction != "inbound":
        return []
    return [
        *_answered_visits(interaction),
        *_unanswered_visit(interaction),
        *_visit_after_transfer(interaction),
    ]


def _answered_visits(interaction: InteractionRecord) -> Iterator[QueueVisitRecord]:
    entered_at = interaction.queued_at or interaction.started_at
    for index, leg in enumerate(interaction.legs):
        queue = leg.queue or interaction.queue
        if leg.kind == "handling" and is_answered(leg) and queue and entered_at:
            wait = _wait_of(leg, interaction)
            left_at = leg.answered_at or entered_at + timedelta(seconds=wait or 0)
            yield QueueVisitRecord(
                queue, entered_at, max(entered_at, left_at), "answered", wait, index
            )
        entered_at = leg.ended_at or entered_at


def _wait_of(leg: LegRecord, interaction: InteractionRecord) -> int | None:
    if leg.wait_seconds is None and interaction.queued_at is None:
        return 0
    return leg.wait_seconds


def _unanswered_visit(interaction: InteractionRecord) -> Iterator[QueueVisitRecord]:
    outcome = VISIT_OUTCOME.get(interaction.outcome)
    entered_at = interaction.queued_at or interaction.started_at
    if outcome and interaction.queue and entered_at:
        left_at = _left_at(entered_at, interaction)
        yield QueueVisitRecord(
            interaction.queue, entered_at, left_at, outcome, interaction.wait_seconds
        )


def _left_at(entered_at: datetime, interaction: InteractionRecord) -> datetime:
    if interaction.wait_seconds is not None:
        return entered_at + timedelta(seconds=interaction.wait_seconds)
    return max(entered_at, interaction.ended_at or entered_at)


def _visit_after_transfer(interaction: InteractionRecord) -> Iterator[QueueVisitRecord]:
    """A leg that was sent to a queue where nobody took it."""
    leg = _last_answered(interaction.legs)
    if leg is None or leg.end not in TRANSFER_ENDS or not leg.transferred_to:
        return
    if leg.ended_at and interaction.ended_at and interaction.ended_at >= leg.ended_at:
        wait = int((interaction.ended_at - leg.ended_at).total_seconds())
        outcome = "abandoned" if interaction.ended_by == "customer" else "overflowed"
        yield QueueVisitRecord(
            leg.transferred_to, leg.ended_at, interaction.ended_at, outcome, wait
        )


def _last_answered(legs: Sequence[LegRecord]) -> LegRecord | None:
    return next((leg for leg in reversed(legs) if is_answered(leg)), None)
