"""Rows behind a number as lines of a list: visits, legs or interactions alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from crm.models import Interaction, Leg, QueueVisit
from crm.models.interactions import Channel
from crm.references import reference
from lib.sentences import say_now
from lib.tabular import CellValue
from routing.models import Queue

RELATED = {
    "visit": ("interaction", "queue"),
    "leg": ("interaction", "queue", "agent"),
    "interaction": ("queue", "last_agent"),
}


@dataclass(frozen=True)
class Listed:
    """One line; `url` only for those who may open the interaction."""

    reference: str
    url: str
    at: datetime
    channel: str
    queue: str
    outcome: str
    agent: str
    wait_seconds: int | None
    handle_seconds: int | None
    is_hit: bool

    @classmethod
    def of(cls, rows: Sequence[Any], kind: str, visible: QuerySet[Interaction]) -> list[Listed]:
        """The lines of a page; one query for what may be opened."""
        ids = [interaction_of(row).pk for row in rows]
        open_ids = set(visible.filter(pk__in=ids).values_list("pk", flat=True))
        return [_line(row, kind, interaction_of(row).pk in open_ids) for row in rows]


def listed(rows: QuerySet[Any], kind: str) -> QuerySet[Any]:
    return rows.select_related(*RELATED[kind])


def interaction_of(row: QueueVisit | Leg | Interaction) -> Interaction:
    return row if isinstance(row, Interaction) else row.interaction


def _line(row: Any, kind: str, may_open: bool) -> Listed:
    interaction = interaction_of(row)
    return Listed(
        reference=reference("I", interaction.pk),
        url=interaction.get_absolute_url() if may_open else "",
        at=row.entered_at if kind == "visit" else interaction.started_at,
        channel=str(Channel(interaction.channel).label),
        queue=queue_name(row.queue),
        outcome=outcome_of(row, kind),
        agent=agent_of(row, kind),
        wait_seconds=row.wait_seconds,
        handle_seconds=handle_of(row, kind),
        is_hit=bool(getattr(row, "hit", False)),
    )


def queue_name(queue: Queue | None) -> str:
    return queue.name if queue else ""


def outcome_of(row: Any, kind: str) -> str:
    if kind == "visit":
        return str(row.get_outcome_display()) or say_now("Waiting")
    return str(row.get_end_display() if kind == "leg" else row.get_outcome_display())


def agent_of(row: Any, kind: str) -> str:
    agent = {"leg": "agent", "interaction": "last_agent"}.get(kind)
    person = getattr(row, agent) if agent else None
    return person.short_name if person else ""


def handle_of(row: Any, kind: str) -> int | None:
    if kind == "interaction":
        seconds: int | None = row.handle_seconds
        return seconds
    if kind == "leg" and row.talk_seconds is not None:
        return int(row.talk_seconds + (row.hold_seconds or 0) + (row.wrap_seconds or 0))
    return None


def list_line(row: Any, kind: str) -> tuple[CellValue, ...]:
    """The same as cells of a file."""
    line = _line(row, kind, may_open=False)
    return (
        *(line.reference, line.at, line.queue, line.outcome),
        *(line.wait_seconds, line.handle_seconds),
    )
