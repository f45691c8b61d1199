"""What people write down about contacts themselves: a walk-in, a call without a switch, a sound."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import TeamMembership, User
from crm.actions import dispositions, notes
from crm.actions.interactions import identity
from crm.custom_fields import read_values
from crm.events import InteractionChanged, InteractionRecorded
from crm.importing.customers import recount
from crm.models import (
    Customer,
    CustomFieldDefinition,
    Disposition,
    Interaction,
    Leg,
    QueueVisit,
    Recording,
)
from crm.models.custom_fields import Target
from crm.models.customers import CustomerState
from crm.models.interactions import Direction, EndedBy, Outcome
from crm.redaction import redact
from lib import events
from lib.refusals import Invalid, Refused, Stale, need_reason
from lib.sentences import said
from ops.models import StoredFile
from routing.models import Queue

LEAST_REASON = 10
SOURCE = "by hand"
UNUSABLE: dict[str, str] = {
    CustomerState.MERGED: said("{reference} is merged. Choose another customer."),
    CustomerState.DELETED: said("{reference} is deleted. Choose another customer."),
    CustomerState.ERASED: said("{reference} is erased. Choose another customer."),
}
RESTRICTED = said("{reference} is restricted. Choose another customer.")


class EndsBeforeItStarts(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "ended_at", said("The contact ended before it started. Look at both times.")
        )


class NotYet(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "started_at", said("The contact has not happened yet. Make it a task instead.")
        )


class UnusableCustomer(Invalid):
    def __init__(self, customer: Customer) -> None:
        how = UNUSABLE.get(customer.state, RESTRICTED)
        super().__init__("customer", said(how, reference=customer.reference))


class SameCustomer(Refused):
    def __init__(self) -> None:
        super().__init__(said("The interaction already belongs to this customer."))


class NothingSaid(Invalid):
    def __init__(self, queue: Queue) -> None:
        super().__init__(
            "disposition", said("Say what came of it: {queue} asks for it.", queue=queue)
        )


class ChangedMeanwhile(Stale):
    def __init__(self) -> None:
        super().__init__(said("Somebody changed this contact meanwhile. Load the page again."))


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

    Raises EndsBeforeItStarts, NotYet, UnusableCustomer, NothingSaid where the queue asks for a
    disposition, and what dispositions and notes refuse.
    """
    if ended_at < started_at:
        raise EndsBeforeItStarts
    if started_at > at:
        raise NotYet
    if queue is not None and queue.wrap_needs_disposition and disposition is None:
        raise NothingSaid(queue)
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
    row: Interaction,
    before: dict[str, Any],
    after: dict[str, Any],
    by: User,
    at: datetime,
    *,
    what: str = "customer",
) -> InteractionChanged:
    return InteractionChanged(
        at=at,
        by_id=by.pk,
        interaction_id=row.pk,
        changed=(what,),
        **{f"old_{name}": value for name, value in before.items()},
        **after,
    )


def correct_queue(*, interaction: Interaction, queue: Queue, by: User, at: datetime) -> Interaction:
    """Say that a contact belongs to another queue than its source said.

    Legs and visits of the queue it stood in go along, so that reports count them there.
    """
    with transaction.atomic():
        row = Interaction.objects.select_for_update(of=("self",)).get(pk=interaction.pk)
        before = identity(row)
        if row.queue_id == queue.pk:
            return row
        Leg.objects.filter(interaction=row, queue=row.queue_id).update(queue=queue)
        QueueVisit.objects.filter(interaction=row, queue=row.queue_id).update(queue=queue)
        row.queue = queue
        row.quality_flags = [flag for flag in row.quality_flags if flag != "queue_unknown"]
        row.version += 1
        row.save(update_fields=["queue", "quality_flags", "version", "updated_at"])
        audit.record(
            verb="correct_queue",
            record=row,
            by=by,
            at=at,
            before={"queue_id": before["queue_id"]},
            after={"queue_id": queue.pk},
        )
        events.publish(_changed(row, before, identity(row), by, at, what="queue"))
    return row


def set_own_values(
    *, interaction: Interaction, values: Mapping[str, Any], seen: int, by: User, at: datetime
) -> Interaction:
    """Set custom fields; raises UnknownField, WrongValue, and ChangedMeanwhile for an old version.

    What the source says of them counts again once it changes its record.
    """
    with transaction.atomic():
        row = Interaction.objects.select_for_update(of=("self",)).get(pk=interaction.pk)
        if row.version != seen:
            raise ChangedMeanwhile
        before, same = row.custom, identity(row)
        definitions = list(CustomFieldDefinition.objects.of(Target.INTERACTION))
        row.custom = read_values(definitions, values, settings.PHONE_REGION, before=before)
        if row.custom == before:
            return row
        row.version += 1
        row.save(update_fields=["custom", "version", "updated_at"])
        audit.record(
            verb="set_own_values",
            record=row,
            by=by,
            at=at,
            before={"custom": before},
            after={"custom": row.custom},
        )
        events.publish(_changed(row, same, same, by, at, what="custom"))
    return row


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
