"""What people change about an interaction and its transcript."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts import audit
from accounts.models import TeamMembership, User
from accounts.teams import spans_holding
from crm.events import InteractionChanged
from crm.models import Interaction, Leg, Transcript
from lib import events
from lib.sentences import said

LARGEST_OFFSET_MS = 600_000
LEGS_AT_ONCE = 500


class ChangedMeanwhile(Exception):
    """Somebody else changed the record since it was shown."""

    def __str__(self) -> str:
        return said("Somebody changed this in the meantime. Look at it again before you change it.")


class OffsetTooLarge(ValueError):
    """Clocks that differ by more than ten minutes are not two clocks of one conversation."""

    def __str__(self) -> str:
        return said(
            "Use a whole number of milliseconds up to {most:,}, more or less.",
            most=LARGEST_OFFSET_MS,
        )


def align_transcript(
    *, transcript: Transcript, agent_offset_ms: int, version: int, by: User, at: datetime
) -> Transcript:
    """Say how many milliseconds to add to the agent's times; the stored times stay as they came.

    Raises OffsetTooLarge, and ChangedMeanwhile if `version` is no longer the transcript's.
    """
    if abs(agent_offset_ms) > LARGEST_OFFSET_MS:
        raise OffsetTooLarge
    with transaction.atomic():
        stored = Transcript.objects.select_for_update(of=("self",)).get(pk=transcript.pk)
        if stored.version != version:
            raise ChangedMeanwhile
        before, stored.agent_offset_ms = stored.agent_offset_ms, agent_offset_ms
        stored.version += 1
        stored.save(update_fields=["agent_offset_ms", "version", "updated_at"])
        audit.record(
            verb="align_transcript",
            record=stored,
            by=by,
            at=at,
            before={"agent_offset_ms": before},
            after={"agent_offset_ms": agent_offset_ms},
        )
    return stored


def restamp_legs(
    *, agent_id: int, from_at: datetime, until_at: datetime | None, by: User | None, at: datetime
) -> int:
    """Stamp the legs of an agent in [from_at, until_at) with the team of that moment.

    Returns how many legs had another team before; running it again changes none.
    """
    with transaction.atomic():
        wrong = [leg for leg in _legs_with_teams(agent_id, from_at, until_at) if _is_wrong(leg)]
        for leg in wrong:
            leg.team_id = leg.right_team  # type: ignore[attr-defined]
        Leg.objects.bulk_update(wrong, ["team"], batch_size=LEGS_AT_ONCE)
        for interaction_id in sorted({leg.interaction_id for leg in wrong}):
            _publish_restamped(interaction_id, by, at)
    return len(wrong)


def _legs_with_teams(agent_id: int, from_at: datetime, until_at: datetime | None) -> Iterable[Leg]:
    """Legs of the span, each with the `right_team` that memberships give it."""
    held = TeamMembership.objects.agents().filter(
        spans_holding(OuterRef("moment")), user_id=agent_id
    )
    moment = Coalesce("answered_at", "offered_at", "interaction__started_at")
    legs = Leg.objects.filter(agent_id=agent_id).annotate(moment=moment).filter(moment__gte=from_at)
    if until_at is not None:
        legs = legs.filter(moment__lt=until_at)
    right = Subquery(held.values("team_id")[:1])
    return legs.annotate(right_team=right).iterator(chunk_size=LEGS_AT_ONCE)


def _is_wrong(leg: Leg) -> bool:
    return bool(leg.team_id != leg.right_team)  # type: ignore[attr-defined]


def _publish_restamped(interaction_id: int, by: User | None, at: datetime) -> None:
    if not events.is_heard(InteractionChanged):
        return
    row = Interaction.objects.get(pk=interaction_id)
    same = identity(row)
    events.publish(
        InteractionChanged(
            at=at,
            by_id=by.pk if by else None,
            interaction_id=row.pk,
            changed=("team",),
            **{f"old_{name}": value for name, value in same.items()},
            **same,
        )
    )


def identity(row: Interaction) -> dict[str, Any]:
    """What decides where an interaction is counted: one query for its agents."""
    agents = row.legs.filter(agent__isnull=False).values_list("agent_id", flat=True)
    return {
        "queue_id": row.queue_id,
        "started_at": row.started_at,
        "customer_id": row.customer_id,
        "agent_ids": tuple(dict.fromkeys(agents)),
    }
