"""Makes a record whole: queue visits, header seconds, and flags on what is doubtful.

Dirty data is kept and marked, never repaired in silence and never a reason to refuse a row. Every
row of every import passes here, so the common case (one leg, nothing negative) goes a short way.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from crm import queue_visits
from crm.durations import NOT_ANSWERED, TRANSFER_ENDS, has_negative, plus, totals
from crm.readers.base import InteractionRecord, LegRecord, QueueVisitRecord
from crm.readers.vocabulary import ENDED_BY

TOLERANCE = timedelta(seconds=2)
AHEAD = timedelta(minutes=5)
LONGEST_CALL = timedelta(hours=24)

LEG_SECONDS = (
    "wait_seconds",
    "ring_seconds",
    "talk_seconds",
    "hold_seconds",
    "hold_count",
    "longest_hold_seconds",
    "wrap_seconds",
    "active_seconds",
)
HEADER_SECONDS = (
    "ring_seconds",
    "talk_seconds",
    "hold_seconds",
    "wrap_seconds",
    "handle_seconds",
    "hold_count",
)


def complete(record: InteractionRecord, now: datetime | None = None) -> InteractionRecord:
    """Fill in visits, header seconds and flags of `record`, and return it.

    `now` is the moment of the import, for the flag `future`; None leaves that question out.
    """
    flags = set(record.flags)
    if _drop_negatives(record):
        flags.add("negative_duration")
    if record.visits is None:
        record.visits = queue_visits.derive(record)
        if any(
            visit.outcome == "answered" and visit.wait_seconds is None for visit in record.visits
        ):
            flags.add("missing_time")
    flags.update(_visit_flags(record.visits))
    _sum_header(record)
    if record.ended_by == "unknown" and record.legs:
        record.ended_by = _ended_by(record.legs[-1])
    flags.update(quality_flags(record, now))
    record.flags = tuple(sorted(flags)) if flags else ()
    return record


def quality_flags(record: InteractionRecord, now: datetime | None = None) -> list[str]:
    """The flags that the record's times, seconds and agents call for."""
    found = []
    moments = (record.started_at, record.queued_at, record.answered_at, record.ended_at)
    present = [moment for moment in moments if moment is not None]
    if present and _is_out_of_order(present):
        found.append("time_order")
    if record.outcome == "handled" and (record.answered_at is None or record.ended_at is None):
        found.append("missing_time")
    for leg in record.legs:
        if not leg.agent and leg.end != NOT_ANSWERED and "agent_unknown" not in found:
            found.append("agent_unknown")
        if _talks_too_long(leg) and "duration_mismatch" not in found:
            found.append("duration_mismatch")
    if now is not None and present and max(present) > now + AHEAD:
        found.append("future")
    if record.channel == "voice" and _lasts_longer(LONGEST_CALL, record):
        found.append("too_long")
    if record.side_offsets_ms:
        found.append("clocks_differ")
    if record.turns_out_of_order:
        found.append("turns_out_of_order")
    return found


def _is_out_of_order(moments: list[datetime]) -> bool:
    """Some moment lies more than two seconds before one that it should follow."""
    latest = moments[0]
    for moment in moments:
        if moment >= latest:
            latest = moment
        elif latest - moment > TOLERANCE:
            return True
    return False


def _talks_too_long(leg: LegRecord) -> bool:
    if leg.answered_at is None or leg.ended_at is None:
        return False
    seconds = (leg.talk_seconds or 0) + (leg.hold_seconds or 0)
    return timedelta(seconds=seconds) - (leg.ended_at - leg.answered_at) > TOLERANCE


def _lasts_longer(limit: timedelta, record: InteractionRecord) -> bool:
    if record.started_at is None or record.ended_at is None:
        return False
    return record.ended_at - record.started_at > limit


def _drop_negatives(record: InteractionRecord) -> bool:
    """Turn negative seconds of header and legs into None; tell whether there were any."""
    found = record.wait_seconds is not None and record.wait_seconds < 0
    if found:
        record.wait_seconds = None
    for leg in record.legs:
        if has_negative(leg) or (leg.wait_seconds or 0) < 0 or (leg.longest_hold_seconds or 0) < 0:
            _null_negatives(leg)
            found = True
    return found


def _null_negatives(leg: LegRecord) -> None:
    for name in LEG_SECONDS:
        if (getattr(leg, name) or 0) < 0:
            setattr(leg, name, None)


def _visit_flags(visits: Sequence[QueueVisitRecord]) -> Iterator[str]:
    """Correct what cannot be stored of a visit, yielding the flag for it."""
    for visit in visits:
        if visit.wait_seconds is not None and visit.wait_seconds < 0:
            visit.wait_seconds = None
            yield "negative_duration"
        if visit.left_at is not None and visit.left_at < visit.entered_at:
            visit.left_at = visit.entered_at
            visit.wait_seconds = None
            yield "time_order"


def _ended_by(leg: LegRecord) -> str:
    if leg.end in TRANSFER_ENDS:
        return "transfer"
    return leg.end if leg.end in ENDED_BY else "unknown"


def _sum_header(record: InteractionRecord) -> None:
    """Take the header from legs and visits; what neither knows stays as the source gave it."""
    waits = None
    for visit in record.visits or ():
        waits = plus(waits, visit.wait_seconds)
    if waits is not None:
        record.wait_seconds = waits
    record.leg_count = len(record.legs)
    if not record.legs:
        return
    sums = totals(record.legs)
    record.transfer_count = sums.transfer_count
    for name in HEADER_SECONDS:
        value = getattr(sums, name)
        if value is not None:
            setattr(record, name, value)
