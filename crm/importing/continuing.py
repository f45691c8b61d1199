"""Puts what is stored of an interaction before the rest of it that a later file tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from accounts.models import AgentKey
from crm.importing.writing import LEG_FIELDS
from crm.models.interactions import Interaction, Leg
from crm.models.visits import QueueVisit
from crm.readers.base import InteractionRecord, LegRecord, QueueVisitRecord
from crm.readers.complete import complete

# The beginning that a file does not hold is reckoned from whole seconds.
TOLERANCE = timedelta(seconds=2)


def whole(records: Sequence[InteractionRecord], at: datetime) -> list[InteractionRecord]:
    """The records, those that go on with a stored interaction made whole; 5 queries per source."""
    stored = _stored(record for record in records if record.may_continue)
    agents = _agent_keys(stored)
    return [
        _joined(record, stored[record.source, record.external_id], agents, at)
        if (record.source, record.external_id) in stored
        else record
        for record in records
    ]


def _stored(records: Iterable[InteractionRecord]) -> dict[tuple[str, str], Interaction]:
    wanted: dict[str, list[str]] = defaultdict(list)
    for record in records:
        wanted[record.source].append(record.external_id)
    return {
        (source, row.external_id): row
        for source, names in wanted.items()
        for row in Interaction.objects.filter(source=source, external_id__in=names)
        .select_related("queue")
        .prefetch_related("legs__queue", "queue_visits__queue", "queue_visits__leg")
    }


def _agent_keys(
    stored: dict[tuple[str, str], Interaction],
) -> dict[tuple[str, int], list[AgentKey]]:
    """By source and person, the names that the source has for them over time."""
    people = {leg.agent_id for row in stored.values() for leg in row.legs.all()}
    found: dict[tuple[str, int], list[AgentKey]] = defaultdict(list)
    sources = {source for source, _name in stored}
    for key in AgentKey.objects.filter(source__in=sources, user__in=people - {None}):
        found[key.source, key.user_id].append(key)
    return found


def _joined(
    record: InteractionRecord,
    row: Interaction,
    agents: dict[tuple[str, int], list[AgentKey]],
    at: datetime,
) -> InteractionRecord:
    """What is stored from before the record begins, then the record."""
    visits = list(record.visits or ())
    earlier_visits = list(_before(row.queue_visits.all(), visits))
    if earlier_visits and visits and _goes_on(earlier_visits[-1], visits[0]):
        visits[0] = _since(visits[0], earlier_visits.pop().entered_at)
    earlier_legs = list(_legs_before(row.legs.all(), record.legs))
    legs = [_leg_record(leg, row.source, agents) for leg in earlier_legs]
    legs += [_filled(leg, row.legs.all()) for leg in record.legs]
    by_position = {leg.position: index for index, leg in enumerate(earlier_legs)}
    answered = [leg.answered_at for leg in legs if leg.answered_at]
    joined = replace(
        record,
        started_at=min(row.started_at, record.started_at or row.started_at),
        queued_at=row.queued_at or record.queued_at,
        answered_at=answered[0] if answered else None,
        outcome="handled" if answered and record.ended_at else record.outcome,
        queue=row.queue.name if row.queue else record.queue,
        customer_address=record.customer_address or row.customer_address,
        service_address=record.service_address or row.service_address,
        wait_seconds=None,
        legs=legs,
        visits=[
            *(_visit_record(visit, by_position) for visit in earlier_visits),
            *(_moved(visit, len(earlier_legs)) for visit in visits),
        ],
        flags=(),
    )
    return complete(joined, at)


def _before(stored: Iterable[QueueVisit], told: Sequence[QueueVisitRecord]) -> Iterator[QueueVisit]:
    for visit in stored:
        if not told or visit.entered_at < told[0].entered_at - TOLERANCE:
            yield visit


def _legs_before(stored: Iterable[Leg], told: Sequence[LegRecord]) -> Iterator[Leg]:
    """Stored legs that stand before the first of the record; all, if it has none."""
    moments = [moment for moment in map(_begin, told) if moment]
    first = min(moments, default=None)
    for leg in stored:
        begin = _begin(leg)
        is_told = any(_is_same(leg, each) for each in told)
        if not is_told and (first is None or begin is None or begin < first - TOLERANCE):
            yield leg


def _is_same(leg: Leg, told: LegRecord) -> bool:
    if leg.answered_at is None or told.answered_at is None:
        return False
    return abs(leg.answered_at - told.answered_at) <= TOLERANCE


def _filled(told: LegRecord, stored: Iterable[Leg]) -> LegRecord:
    """The leg with what only its beginning told."""
    known = next((leg for leg in stored if _is_same(leg, told)), None)
    if known is None or told.offered_at:
        return told
    return replace(told, offered_at=known.offered_at, ring_seconds=known.ring_seconds)


def _begin(leg: Leg | LegRecord) -> datetime | None:
    return leg.offered_at or leg.answered_at or leg.ended_at


def _goes_on(visit: QueueVisit, told: QueueVisitRecord) -> bool:
    """The record tells how the stored visit ended, anew if that is stored too."""
    if (visit.queue.name if visit.queue else "") != told.queue:
        return False
    if visit.left_at is None or told.left_at is None:
        return visit.left_at is None
    return abs(visit.left_at - told.left_at) <= TOLERANCE


def _since(visit: QueueVisitRecord, entered_at: datetime) -> QueueVisitRecord:
    """The visit from its true beginning, which an end without a wait does not tell."""
    waited = int((visit.left_at - entered_at).total_seconds()) if visit.left_at else None
    return replace(visit, entered_at=entered_at, wait_seconds=waited)


def _moved(visit: QueueVisitRecord, places: int) -> QueueVisitRecord:
    return visit if visit.leg is None else replace(visit, leg=visit.leg + places)


def _leg_record(leg: Leg, source: str, agents: dict[tuple[str, int], list[AgentKey]]) -> LegRecord:
    values = {name: getattr(leg, name) for name in LEG_FIELDS}
    begin = _begin(leg)
    keys = agents.get((source, leg.agent_id), []) if leg.agent_id else []
    held = [key.key for key in keys if begin is None or _holds(key, begin)]
    return LegRecord(
        agent=held[0] if held else "", queue=leg.queue.name if leg.queue else "", **values
    )


def _holds(key: AgentKey, at: datetime) -> bool:
    return key.starts_at <= at and (key.ends_at is None or at < key.ends_at)


def _visit_record(visit: QueueVisit, by_position: dict[int, int]) -> QueueVisitRecord:
    return QueueVisitRecord(
        visit.queue.name if visit.queue else "",
        visit.entered_at,
        visit.left_at,
        visit.outcome,
        visit.wait_seconds,
        by_position.get(visit.leg.position) if visit.leg else None,
    )
