"""How the customer record itself is emptied, step by step; times, codes and figures stay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote_plus

from django.db.models import F, Q, QuerySet

from accounts.models import AuditPayload
from crm.models import (
    BulkRun,
    Case,
    CaseInteraction,
    ConsentEvent,
    ContactPoint,
    Customer,
    CustomerRelation,
    CustomFieldDefinition,
    DuplicateCandidate,
    ExportRun,
    ImportRow,
    ImportRun,
    Interaction,
    InteractionDisposition,
    MergeMove,
    MergeRecord,
    Note,
    NoteText,
    OrganizationRole,
    PrivacyRequest,
    Promise,
    Recording,
    SavedView,
    SlaClock,
    Task,
    TimelineEntry,
    Turn,
)
from crm.models.bulk import BulkState
from crm.models.custom_fields import Target
from crm.models.exports import ExportState
from crm.models.privacy import UNFINISHED_REQUESTS
from crm.models.transcripts import RecordingState
from crm.privacy.rules import Eraser
from ops import files
from ops.models import IdempotencyKey, JobRun, WebhookAttempt

ERASED = "Erased"
ERASED_URL = "https://erased.invalid/"


def selves(customer_id: int) -> QuerySet[Customer]:
    """The customer, and those who were merged into it."""
    return Customer.objects.filter(Q(pk=customer_id) | Q(merged_into=customer_id))


def interactions(customer_id: int) -> QuerySet[Interaction]:
    return Interaction.objects.filter(customer__in=selves(customer_id))


def _emptied(rows: QuerySet[Any], limit: int, **values: Any) -> int:
    """Set columns of up to `limit` of these rows, which must hold something else still."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    rows.model._base_manager.filter(pk__in=ids).update(**values)
    return len(ids)


def _removed(rows: QuerySet[Any], limit: int) -> int:
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    rows.model._base_manager.filter(pk__in=ids).delete()
    return len(ids)


def erase_import_rows(customer_id: int, limit: int) -> int:
    """The cells of rows that became this customer or its interactions, or that name it."""
    mine = Q(target_id__in=interactions(customer_id).values("pk"))
    mine |= _naming(_words_of(customer_id), "raw", "message")
    rows = ImportRow.objects.filter(mine).exclude(raw="", message="", before=None)
    return _emptied(rows, limit, raw="", message="", before=None)


def _words_of(customer_id: int) -> Iterable[str]:
    """What names this person in the cells of a file; too short words fit too many."""
    for row in selves(customer_id).prefetch_related("contact_points"):
        words = [row.display_name, row.external_id]
        words += [word for point in row.contact_points.all() for word in (point.raw, point.value)]
        yield from (word for word in words if len(word) >= 5)


def erase_import_files(customer_id: int, limit: int) -> int:
    """The files that brought this customer, and those with its interactions."""
    runs = interactions(customer_id).exclude(import_run=None).values("import_run")
    own = selves(customer_id).exclude(import_run=None).values("import_run")
    rows = ImportRun.objects.filter(Q(pk__in=runs) | Q(pk__in=own), file__isnull=False)
    return _without_files(rows.exclude(state__in=("checking", "running", "paused")), limit)


def _without_files(rows: QuerySet[Any], limit: int) -> int:
    found = list(rows.select_related("file").order_by("pk")[:limit])
    for row in found:
        stored, row.file = row.file, None
        row.save(update_fields=["file"])
        files.remove(stored)
    return len(found)


def erase_recordings(customer_id: int, limit: int) -> int:
    """Sound goes from the disk; that there was some, and how long, stays."""
    rows = Recording.objects.filter(
        interaction__in=interactions(customer_id), legal_hold=False
    ).exclude(state=RecordingState.DELETED)
    found = list(rows.select_related("file").order_by("pk")[:limit])
    for row in found:
        stored = row.file
        row.file, row.url, row.state = None, ERASED_URL, RecordingState.DELETED
        row.save(update_fields=["file", "url", "state", "updated_at"])
        if stored is not None:
            files.remove(stored)
    return len(found)


def erase_turns(customer_id: int, limit: int) -> int:
    rows = Turn.objects.filter(transcript__interaction__in=interactions(customer_id))
    return _emptied(rows.exclude(text=""), limit, text="")


def erase_notes(customer_id: int, limit: int) -> int:
    """Notes on the customer, its interactions and its cases; who wrote when stays."""
    notes = Note.objects.filter(
        Q(customer__in=selves(customer_id))
        | Q(interaction__in=interactions(customer_id))
        | Q(case__customer__in=selves(customer_id))
    )
    earlier = _removed(NoteText.objects.filter(note__in=notes), limit)
    return earlier or _emptied(notes.exclude(body=ERASED), limit, body=ERASED)


def erase_interactions(customer_id: int, limit: int) -> int:
    rows = interactions(customer_id).exclude(customer_address="", subject="", custom={})
    return _emptied(rows, limit, customer_address="", subject="", custom={}, content_digest="")


def erase_dispositions(customer_id: int, limit: int) -> int:
    """The notes go; what came of the interaction stays."""
    rows = InteractionDisposition.objects.filter(interaction__in=interactions(customer_id))
    return _emptied(rows.exclude(note=""), limit, note="")


def erase_queries(customer_id: int, limit: int) -> int:
    """Filters of lists that search for the person; work under way still needs its own."""
    words = {quote_plus(word) for word in _words_of(customer_id)}
    for rows in (
        SavedView.objects.all(),
        BulkRun.objects.exclude(state__in=(BulkState.WAITING, BulkState.RUNNING)),
        ExportRun.objects.exclude(state=ExportState.WAITING),
    ):
        if done := _emptied(rows.filter(_naming(words, "query")), limit, query=""):
            return done
    return 0


def erase_traces(customer_id: int, limit: int) -> int:
    """What requests, jobs and deliveries of the last days said of the person."""
    words = set(_words_of(customer_id))
    words |= {json.dumps(word)[1:-1] for word in words}
    for model, column in (
        (IdempotencyKey, "body"),
        (JobRun, "error_text"),
        (JobRun, "progress_text"),
        (WebhookAttempt, "answer"),
    ):
        rows = model._base_manager.filter(_naming(words, column))
        if done := _emptied(rows, limit, **{column: ""}):
            return done
    return 0


def _naming(words: Iterable[str], *columns: str) -> Q:
    """One of the columns holds one of the words, in any case; without words nothing does."""
    found = Q(pk__in=[])
    for word in words:
        for column in columns:
            found |= Q(**{f"{column}__icontains": word})
    return found


def erase_list_exports(customer_id: int, limit: int) -> int:
    """Every kept list that may hold the person: none is older than a week, all can be rewritten."""
    return _without_files(ExportRun.objects.filter(file__isnull=False), limit)


def erase_cases(customer_id: int, limit: int) -> int:
    """Subject, description and own values, and why it was linked and excused."""
    cases = Case.objects.filter(customer__in=selves(customer_id))
    rows = cases.exclude(subject=ERASED, description="", custom={})
    links = CaseInteraction.objects.filter(case__in=cases).exclude(reason="")
    excused = SlaClock.objects.filter(case__in=cases).exclude(excuse_reason="")
    return (
        _emptied(rows, limit, subject=ERASED, subject_key=ERASED.lower(), description="", custom={})
        or _emptied(links, limit, reason="")
        or _emptied(excused, limit, excuse_reason="")
    )


def erase_promises(customer_id: int, limit: int) -> int:
    rows = Promise.objects.filter(customer__in=selves(customer_id))
    return _emptied(rows.exclude(text=ERASED, proof=""), limit, text=ERASED, proof="")


def erase_tasks(customer_id: int, limit: int) -> int:
    rows = Task.objects.filter(
        Q(customer__in=selves(customer_id))
        | Q(case__customer__in=selves(customer_id))
        | Q(interaction__in=interactions(customer_id))
    )
    return _emptied(rows.exclude(title=ERASED, result=""), limit, title=ERASED, result="")


def erase_consents(customer_id: int, limit: int) -> int:
    """The decisions stay, for they prove what was allowed; their words go."""
    rows = ConsentEvent.objects.filter(customer__in=selves(customer_id))
    return _emptied(rows.exclude(evidence="", source=""), limit, evidence="", source="")


def erase_timeline(customer_id: int, limit: int) -> int:
    rows = TimelineEntry.objects.filter(customer__in=selves(customer_id)).exclude(summary="")
    return _emptied(rows, limit, summary="")


def erase_ties(customer_id: int, limit: int) -> int:
    """Tags, roles, relations and pairs."""
    both = selves(customer_id)
    return (
        _removed(Customer.tags.through.objects.filter(customer__in=both), limit)
        or _removed(Case.tags.through.objects.filter(case__customer__in=both), limit)
        or _removed(
            Interaction.tags.through.objects.filter(interaction__in=interactions(customer_id)),
            limit,
        )
        or _removed(OrganizationRole.objects.filter(customer__in=both), limit)
        or _removed(CustomerRelation.objects.filter(Q(left__in=both) | Q(right__in=both)), limit)
        or _removed(
            DuplicateCandidate.objects.filter(Q(lower__in=both) | Q(higher__in=both)), limit
        )
    )


def erase_requests(customer_id: int, limit: int) -> int:
    """What was said with earlier requests; the one under way loses its reason at its end."""
    rows = PrivacyRequest.objects.filter(customer__in=selves(customer_id))
    ended = rows.exclude(state__in=UNFINISHED_REQUESTS).exclude(reason="", refusal="")
    return _emptied(ended, limit, reason="", refusal="")


def erase_journals(customer_id: int, limit: int) -> int:
    """What merges of this customer wrote down; they can no longer be undone."""
    records = MergeRecord.objects.filter(
        Q(winner__in=selves(customer_id)) | Q(loser__in=selves(customer_id))
    )
    return _removed(MergeMove.objects.filter(record__in=records), limit) or _emptied(
        records.exclude(reason="", choices={}), limit, reason="", choices={}
    )


# The records whose audit entries hold words about the person: type, and their ids.
_AUDITED: tuple[tuple[str, Callable[[int], QuerySet[Any]]], ...] = (
    ("crm.customer", selves),
    ("crm.contactpoint", lambda pk: ContactPoint.objects.filter(customer__in=selves(pk))),
    ("crm.interaction", interactions),
    ("crm.case", lambda pk: Case.objects.filter(customer__in=selves(pk))),
    ("crm.promise", lambda pk: Promise.objects.filter(customer__in=selves(pk))),
    ("crm.task", lambda pk: Task.objects.filter(customer__in=selves(pk))),
)


def erase_audit_payloads(customer_id: int, limit: int) -> int:
    """The before and after of acts on this person's records; that they happened stays sealed."""
    for label, rows in _AUDITED:
        ids = [str(pk) for pk in rows(customer_id).values_list("pk", flat=True)]
        payloads = AuditPayload.objects.filter(entry__object_type=label, entry__object_id__in=ids)
        held = payloads.exclude(before={}, after={}, reason="")
        if done := _emptied(held, limit, before={}, after={}, reason=""):
            return done
    return 0


def erase_contact_points(customer_id: int, limit: int) -> int:
    return _removed(ContactPoint.objects.filter(customer__in=selves(customer_id)), limit)


def erase_identity(customer_id: int, limit: int) -> int:
    """Last of all the names and ids, of the customer and of those merged into it."""
    personal = set(
        CustomFieldDefinition.objects.filter(target=Target.CUSTOMER, is_personal=True).values_list(
            "key", flat=True
        )
    )
    found = [row for row in selves(customer_id) if _holds_something(row, personal)]
    for row in found:
        kept = {key: value for key, value in row.custom.items() if key not in personal}
        Customer.objects.filter(pk=row.pk).update(
            first_name="",
            last_name="",
            display_name=f"Erased customer {row.reference}",
            name_key="",
            preferred_language="",
            preferred_channel="",
            time_zone="",
            is_vip=False,
            vip_reason="",
            vip_until_on=None,
            source="",
            external_id="",
            custom=kept,
            delete_reason="",
            restrict_reason="",
            version=F("version") + 1,
        )
    return len(found)


def _holds_something(row: Customer, personal: set[str]) -> bool:
    is_named = row.display_name != f"Erased customer {row.reference}"
    return bool(is_named or row.first_name or row.last_name or personal & row.custom.keys())


ERASERS = (
    Eraser("crm.import_rows", "Rows of imports", erase_import_rows),
    Eraser("crm.import_files", "Files of imports", erase_import_files),
    Eraser("crm.list_exports", "Exported lists", erase_list_exports),
    Eraser("crm.queries", "Filters of lists", erase_queries),
    Eraser("crm.traces", "Requests, jobs and deliveries", erase_traces),
    Eraser("crm.recordings", "Recordings", erase_recordings),
    Eraser("crm.turns", "Transcripts", erase_turns),
    Eraser("crm.notes", "Notes", erase_notes),
    Eraser("crm.interactions", "Interactions", erase_interactions),
    Eraser("crm.dispositions", "Notes of dispositions", erase_dispositions),
    Eraser("crm.cases", "Cases", erase_cases),
    Eraser("crm.promises", "Promises", erase_promises),
    Eraser("crm.tasks", "Tasks", erase_tasks),
    Eraser("crm.consents", "Consents", erase_consents),
    Eraser("crm.timeline", "Timeline", erase_timeline),
    Eraser("crm.ties", "Tags, roles and relations", erase_ties),
    Eraser("crm.requests", "Earlier requests", erase_requests),
    Eraser("crm.journals", "Merges", erase_journals),
    Eraser("crm.audit_payloads", "Audit trail", erase_audit_payloads),
    Eraser("crm.contact_points", "Contact points", erase_contact_points),
    Eraser("crm.identity", "Name and ids", erase_identity),
)
