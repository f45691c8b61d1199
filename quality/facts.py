"""What conditions may know about the evaluated work: channel, queue, seconds, own fields."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from crm.models import Leg
from quality.models import InteractionSignal

LONGEST_TEXT = 200


SIGNAL = "signal."


def facts_of(leg: Leg, named: Collection[str]) -> dict[str, str]:
    """The named facts of a leg as text; what is unknown is left out.

    Reads `leg.interaction` and its queue, so select them with the leg. One query for signals.
    """
    known = {**_known(leg), **_signals(leg, named)}
    found = ((name, _as_text(known.get(name))) for name in named)
    return {name: text for name, text in found if text is not None}


def _known(leg: Leg) -> dict[str, Any]:
    interaction = leg.interaction
    queue = leg.queue or interaction.queue
    custom = interaction.custom if isinstance(interaction.custom, dict) else {}
    return {
        "channel": interaction.channel,
        "queue": queue.name if queue else None,
        "direction": interaction.direction,
        "language": interaction.language,
        "talk_seconds": leg.talk_seconds,
        "hold_seconds": leg.hold_seconds,
        "handle_seconds": _handle_seconds(leg),
        "hold_count": leg.hold_count,
        "transfer_count": interaction.transfer_count,
        **{f"custom.{key}": value for key, value in custom.items()},
    }


def _signals(leg: Leg, named: Collection[str]) -> dict[str, Decimal]:
    """The figure of each named kind; of several sources the one that spoke last."""
    kinds = [name.removeprefix(SIGNAL) for name in named if name.startswith(SIGNAL)]
    if not kinds:
        return {}
    rows = InteractionSignal.objects.filter(interaction=leg.interaction_id, kind__in=kinds)
    return {SIGNAL + row.kind: row.value for row in rows.order_by("updated_at", "pk")}


def _handle_seconds(leg: Leg) -> int | None:
    parts = [leg.talk_seconds, leg.hold_seconds, leg.wrap_seconds]
    return None if all(part is None for part in parts) else sum(part or 0 for part in parts)


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f") if value == value else None
    if isinstance(value, str) and 1 <= len(value) <= LONGEST_TEXT:
        return value
    return None
