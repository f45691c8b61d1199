"""What came of an interaction: given and taken back, with what its flags ask for."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from crm.actions import consents, tasks
from crm.events import DispositionSet
from crm.models import ConsentPurpose, Disposition, Interaction, InteractionDisposition
from crm.models.consents import Decision
from crm.models.work import TaskKind
from crm.redaction import redact
from lib import events
from lib.refusals import Invalid, Refused
from lib.sentences import said

CALL_BACK_WITHIN = timedelta(days=1)


class Retired(Refused):
    def __init__(self, disposition: Disposition) -> None:
        super().__init__(said("“{name}” is no longer used. Choose another one.", name=disposition))


class NoteMissing(Invalid):
    def __init__(self, disposition: Disposition) -> None:
        super().__init__("note", said("“{name}” needs a note.", name=disposition))


def set_disposition(
    *,
    interaction: Interaction,
    disposition: Disposition,
    note: str = "",
    by: User | None,
    at: datetime,
) -> InteractionDisposition:
    """Say what came of an interaction; the same one again changes nothing.

    A disposition that forbids contact withdraws the customer's consent to everything, one that
    needs a call-back opens a task for the next day. Raises Retired, NoteMissing.
    """
    note = redact(note.strip())[:500]
    if disposition.retired_at is not None:
        raise Retired(disposition)
    if disposition.needs_note and not note:
        raise NoteMissing(disposition)
    with transaction.atomic():
        Interaction.objects.select_for_update(of=("self",)).get(pk=interaction.pk)
        known = interaction.dispositions.filter(disposition=disposition, superseded_at=None)
        if row := known.first():
            return row
        row = InteractionDisposition.objects.create(
            interaction=interaction,
            leg=interaction.legs.order_by("-position").first(),
            disposition=disposition,
            note=note,
            by=by,
            at=at,
        )
        _follow(row, by, at)
        _tell(row, "set_disposition", by, at)
    return row


def remove_disposition(*, row: InteractionDisposition, by: User, at: datetime) -> None:
    """Take a disposition back; that it was given stays readable. What it asked for stays too."""
    with transaction.atomic():
        row = InteractionDisposition.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if row.superseded_at is None:
            row.superseded_at = at
            row.save(update_fields=["superseded_at"])
            _tell(row, "remove_disposition", by, at)


def _follow(row: InteractionDisposition, by: User | None, at: datetime) -> None:
    interaction, chosen = row.interaction, row.disposition
    if chosen.needs_callback:
        tasks.create_task(
            title=f"Call back: {chosen}",
            kind=TaskKind.CALLBACK,
            due_at=at + CALL_BACK_WITHIN,
            assignee=by,
            customer=interaction.customer,
            interaction=interaction,
            by=by,
            at=at,
        )
    if chosen.forbids_contact and interaction.customer is not None:
        for purpose in ConsentPurpose.objects.all():
            consents.record_consent(
                customer=interaction.customer,
                purpose=purpose,
                decision=Decision.WITHDRAWN,
                source=f"{interaction.reference}: {chosen}"[:80],
                by=by,
                at=at,
            )


def _tell(row: InteractionDisposition, verb: str, by: User | None, at: datetime) -> None:
    codes = row.interaction.dispositions.filter(superseded_at=None).values_list(
        "disposition__code", flat=True
    )
    audit.record(
        verb=verb,
        record=row.interaction,
        by=by,
        at=at,
        after={"disposition": row.disposition.code},
    )
    events.publish(
        DispositionSet(
            at=at,
            by_id=by.pk if by else None,
            interaction_id=row.interaction_id,
            leg_id=row.leg_id,
            codes=tuple(codes),
        )
    )
