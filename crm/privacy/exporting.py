"""What the customer record itself gives to a person who asks for a copy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from crm.models import (
    Case,
    ConsentEvent,
    ContactPoint,
    Customer,
    CustomerRelation,
    Interaction,
    InteractionDisposition,
    Note,
    OrganizationRole,
    Promise,
    Recording,
    Task,
    Turn,
)
from crm.privacy.rules import Exporter
from ops.models import StoredFile

Row = dict[str, Any]


def _rows(rows: QuerySet[Any], **columns: str) -> Iterator[Row]:
    """Rows as JSON scalars; `columns` names each key's path."""
    found = rows.order_by("pk").values_list(*columns.values())
    for values in found.iterator():
        yield {name: _scalar(value) for name, value in zip(columns, values, strict=True)}


def _scalar(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def person(customer_id: int) -> Iterator[Row]:
    names = (
        *("first_name", "last_name", "display_name", "preferred_language", "preferred_channel"),
        *("time_zone", "is_vip", "vip_reason", "vip_until_on", "source", "external_id", "custom"),
        *("state", "first_interaction_at", "last_interaction_at", "interaction_count"),
        *("delete_reason", "restrict_reason", "created_at"),
    )
    for customer in Customer.objects.filter(pk=customer_id).prefetch_related("tags"):
        told = {name: _scalar(getattr(customer, name)) for name in names}
        tags = [tag.name for tag in customer.tags.all()]
        yield {"reference": customer.reference, **told, "tags": tags}


def contact_points(customer_id: int) -> Iterator[Row]:
    names = (
        *("kind", "network", "raw", "value", "extension", "country", "label", "is_primary"),
        *("verified_at", "verified_how", "invalid_at", "invalid_reason", "opted_out_at"),
        *("opted_out_until_on", "opt_out_source"),
    )
    rows = ContactPoint.objects.filter(customer=customer_id)
    return _rows(rows, **{name: name for name in names})


def organizations(customer_id: int) -> Iterator[Row]:
    rows = OrganizationRole.objects.filter(customer=customer_id)
    return _rows(
        rows,
        organization="organization__name",
        role="role",
        title="title",
        from_on="from_on",
        to_on="to_on",
    )


def relations(customer_id: int) -> Iterator[Row]:
    """Only that there is one and of which type: the other person has a right of their own."""
    rows = CustomerRelation.objects.filter(Q(left=customer_id) | Q(right=customer_id))
    return _rows(rows, type="type__name", from_on="from_on", to_on="to_on")


def consents(customer_id: int) -> Iterator[Row]:
    names = ("channel", "decision", "lawful_basis", "source", "text_version", "at", "expires_at")
    rows = ConsentEvent.objects.filter(customer=customer_id)
    return _rows(rows, purpose="purpose__label", evidence="evidence", **{n: n for n in names})


def interactions(customer_id: int) -> Iterator[Row]:
    names = (
        *("id", "external_id", "channel", "direction", "customer_address", "subject", "language"),
        *("started_at", "answered_at", "ended_at", "outcome", "wait_seconds", "talk_seconds"),
        *("hold_seconds", "custom"),
    )
    rows = Interaction.objects.filter(customer=customer_id)
    return _rows(rows, queue="queue__name", **{name: name for name in names})


def transcripts(customer_id: int) -> Iterator[Row]:
    """What was said on both sides; notes of agents among themselves are left out."""
    rows = Turn.objects.filter(
        transcript__interaction__customer=customer_id,
        transcript__is_current=True,
        is_internal=False,
    )
    return _rows(
        rows,
        interaction="transcript__interaction_id",
        position="position",
        speaker="speaker",
        start_ms="start_ms",
        sent_at="sent_at",
        text="text",
    )


def notes(customer_id: int) -> Iterator[Row]:
    mine = (
        Q(customer=customer_id)
        | Q(interaction__customer=customer_id)
        | Q(case__customer=customer_id)
    )
    return _rows(Note.objects.filter(mine), written_at="written_at", body="body")


def cases(customer_id: int) -> Iterator[Row]:
    names = ("id", "subject", "description", "kind", "priority", "opened_at", "resolved_at")
    rows = Case.objects.filter(customer=customer_id)
    return _rows(rows, status="status__name", **{name: name for name in names})


def dispositions(customer_id: int) -> Iterator[Row]:
    rows = InteractionDisposition.objects.filter(
        interaction__customer=customer_id, superseded_at=None
    )
    return _rows(
        rows, interaction="interaction_id", what="disposition__label", note="note", at="at"
    )


def promises(customer_id: int) -> Iterator[Row]:
    names = ("text", "kind", "made_at", "due_at", "state", "proof")
    return _rows(Promise.objects.filter(customer=customer_id), **{name: name for name in names})


def tasks(customer_id: int) -> Iterator[Row]:
    names = ("title", "kind", "due_at", "state", "result")
    return _rows(Task.objects.filter(customer=customer_id), **{name: name for name in names})


def recordings(customer_id: int) -> Iterator[Row]:
    rows = Recording.objects.filter(interaction__customer=customer_id)
    return _rows(
        rows,
        interaction="interaction_id",
        media_type="media_type",
        duration_seconds="duration_seconds",
        url="url",
        state="state",
    )


def recording_files(customer_id: int) -> Iterator[StoredFile]:
    rows = Recording.objects.filter(interaction__customer=customer_id, file__isnull=False)
    for row in rows.select_related("file").order_by("pk"):
        assert row.file is not None
        yield row.file


EXPORTERS = (
    Exporter("person", "Person", person),
    Exporter("contact_points", "Contact points", contact_points),
    Exporter("organizations", "Organizations", organizations),
    Exporter("relations", "Relations", relations),
    Exporter("consents", "Consents", consents),
    Exporter("interactions", "Interactions", interactions),
    Exporter("transcripts", "Transcripts", transcripts),
    Exporter("recordings", "Recordings", recordings, recording_files),
    Exporter("dispositions", "What came of interactions", dispositions),
    Exporter("notes", "Notes", notes),
    Exporter("cases", "Cases", cases),
    Exporter("promises", "Promises", promises),
    Exporter("tasks", "Tasks", tasks),
)
