"""What people write down about contacts themselves: a walk-in, a call without a switch, a sound."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from accounts import audit
from accounts.models import TeamMembership, User
from crm.actions import dispositions, notes
from crm.actions.interactions import identity
from crm.events import InteractionChanged, InteractionRecorded
from crm.importing.customers import recount
from crm.models import Customer, Disposition, Interaction, Leg, Recording
from crm.models.customers import CustomerState
from crm.models.interactions import Direction, EndedBy, Outcome
from crm.redaction import redact
from lib import events
from lib.refusals import Invalid, Refused, need_reason
from ops.models import StoredFile
from routing.models import Queue

LEAST_REASON = 10
SOURCE = "by hand"


class EndsBeforeItStarts(Invalid):
    def __init__(self) -> None:
        super().__init__("ended_at", "The contact ended before it started. Look at both times.")


class NotYet(Invalid):
    def __init__(self) -> None:
        super().__init__("started_at", "The contact has not happened yet. Make it a task instead.")


class UnusableCustomer(Invalid):
    def __init__(self, customer: Customer) -> None:
        how = customer.get_state_display().lower() if not customer.is_active else "restricted"
        super().__init__("customer", f"{customer.reference} is {how}. Choose another customer.")


class SameCustomer(Refused):
    def __init__(self) -> None:
        super().__init__("The interaction already belongs to this customer.")


def record_contact(
    *,
    channel: str,
    direction: str,
    started_at: datetime,
    ended_at: datetime,
    customer: Customer | None = None,
    queue: Queue | None = None,
    subject: str = "",
    note: str = "",
    disposition: Disposition | None = None,
    by: User,
    at: datetime,
) -> Interaction:
    """Write down a contact that no switch knows of; whoever writes it handled it.

    Raises EndsBeforeItStarts, NotYet, UnusableCustomer, and what dispositions and notes refuse.
    """
    if ended_at < started_at:
        raise EndsBeforeItStarts
    if started_at > at:
        raise NotYet
    _check(customer)
    seconds = int((ended_at - started_at).total_seconds())
    with transaction.atomic():
        row = Interaction.objects.create(
            source=SOURCE,
            external_id=uuid4().hex,
            channel=channel,
            direction=direction,
            customer=customer,
            queue=queue,
            subject=redact(" ".join(subject.split()))[:200],
            started_at=started_at,
            answered_at=started_at,
            ended_at=ended_at,
            outcome=Outcome.HANDLED,
            ended_by=EndedBy.UNKNOWN,
            talk_seconds=seconds,
            handle_seconds=seconds,
            leg_count=1,
            first_agent=by,
            last_agent=by,
        )
        _leg(row, by, seconds)
        if customer is not None:
            recount([customer.pk])
        after = {"channel": channel, "direction": direction, "customer_id": row.customer_id}
        audit.record(verb="record_contact", record=row, by=by, at=at, after=after)
        if note.strip():
            notes.write_note(body=note, interaction=row, by=by, at=at)
        if disposition is not None:
            dispositions.set_disposition(
                interaction=row, disposition=disposition, note=note, by=by, at=at
            )
        events.publish(_recorded(row, by, at))
    return row


def _leg(row: Interaction, by: User, seconds: int) -> Leg:
    """The one leg of the contact, in the team of whoever handled it, at that moment."""
    held = TeamMembership.objects.agents().in_force(row.started_at).filter(user=by).first()
    return Leg.objects.create(
        interaction=row,
        position=1,
        agent=by,
        team=held.team if held else None,
        queue=row.queue,
        answered_at=row.started_at,
        ended_at=row.ended_at,
        talk_seconds=seconds,
    )


def _recorded(row: Interaction, by: User, at: datetime) -> InteractionRecorded:
    return InteractionRecorded(
        at=at,
        by_id=by.pk,
        interaction_id=row.pk,
        channel=row.channel,
        queue_id=row.queue_id,
        agent_ids=(by.pk,),
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
    )


def reassign_customer(
    *, interaction: Interaction, customer: Customer | None, reason: str, by: User, at: datetime
) -> Interaction:
    """Say that a contact was with somebody else, or that nobody knows with whom.

    Figures of both customers are counted anew. Raises UnusableCustomer, SameCustomer.
    """
    reason = need_reason(reason, LEAST_REASON)
    _check(customer)
    with transaction.atomic():
        ids = sorted(pk for pk in (interaction.customer_id, customer and customer.pk) if pk)
        for pk in ids:
            Customer.objects.select_for_update(of=("self",)).get(pk=pk)
        row = Interaction.objects.select_for_update(of=("self",)).get(pk=interaction.pk)
        before = identity(row)
        if row.customer_id == (customer.pk if customer else None):
            raise SameCustomer
        row.customer = customer
        row.quality_flags = [
            flag
            for flag in row.quality_flags
            if flag not in ("customer_unknown", "customer_ambiguous")
        ]
        row.version += 1
        row.save(update_fields=["customer", "quality_flags", "version", "updated_at"])
        recount([before["customer_id"], row.customer_id])
        after = identity(row)
        audit.record(
            verb="reassign_customer",
            record=row,
            by=by,
            at=at,
            before={"customer_id": before["customer_id"]},
            after={"customer_id": row.customer_id},
            reason=reason,
        )
        events.publish(_changed(row, before, after, by, at))
    return row


def _changed(
    row: Interaction, before: dict[str, Any], after: dict[str, Any], by: User, at: datetime
) -> InteractionChanged:
    return InteractionChanged(
        at=at,
        by_id=by.pk,
        interaction_id=row.pk,
        changed=("customer",),
        **{f"old_{name}": value for name, value in before.items()},
        **after,
    )


def attach_recording(
    *, interaction: Interaction, stored: StoredFile, by: User, at: datetime
) -> Recording:
    """Keep a sound that was stored as one of the interaction."""
    with transaction.atomic():
        recording = Recording.objects.create(
            interaction=interaction, file=stored, media_type=stored.media_type
        )
        after = {"recording_id": recording.pk, "sha256": stored.sha256}
        audit.record(verb="attach_recording", record=interaction, by=by, at=at, after=after)
    return recording


def _check(customer: Customer | None) -> None:
    if customer is None:
        return
    if customer.state != CustomerState.ACTIVE or customer.is_restricted:
        raise UnusableCustomer(customer)


WRITTEN_DIRECTIONS = (Direction.INBOUND, Direction.OUTBOUND)
