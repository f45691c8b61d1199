"""Care of what was answered: retention, erasure, and counts that must agree with the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actions import empty_audit
from crm.models import Customer
from feedback import tallies, visiting
from feedback.models import (
    Alert,
    Answer,
    Draft,
    Invitation,
    Kudos,
    PraiseDraft,
    Recovery,
    Response,
    SendDecision,
    Survey,
    Tally,
    Visit,
)
from feedback.models.survey_responses import ResponseState
from feedback.survey_events import SurveyResponseWithdrawn
from feedback.tallies import Cell
from lib import events
from ops import files
from ops.models import StoredFile

VISIT_DAYS = 30
GONE = "Erased with the customer's data."
FILE_KIND = "survey"
AT_ONCE = 500


class TalliesDiffer(Exception):
    """Counts that do not follow from the answers; run rebuild_tallies to mend them."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(f"{len(found)} counts differ, such as {found[0]}")


# --- Retention and erasure -----------------------------------------------------------------------


def apply_retention(*, at: datetime) -> int:
    """Empty the answers that are older than their survey keeps them; returns how many.

    Answers of customers on legal hold wait until the hold is lifted.
    """
    count = 0
    for survey in Survey.objects.all():
        before = (at - timedelta(days=survey.retention_days)).date()
        rows = Response.objects.filter(survey=survey, submitted_on__lt=before, is_anonymized=False)
        rows = rows.exclude(invitation__customer__in=Customer.objects.on_legal_hold())
        for response in rows.select_related("invitation")[:AT_ONCE]:
            with transaction.atomic():
                anonymize(response=response)
            count += 1
    return count


def anonymize(*, response: Response) -> None:
    """Remove texts, files and the way to the person; figures stay."""
    kept = list(StoredFile.objects.filter(pk__in=response.answers.values("file")))
    response.answers.update(text="", file=None)
    for stored in kept:
        files.remove(stored)
    response.history.all().delete()
    Response.objects.filter(pk=response.pk).update(
        is_anonymized=True, comment="", text_hash="", invitation=None, nonce_hash=None
    )


def purge_visits(*, at: datetime) -> int:
    """Count the visits of a past day into their sum, and delete those older than 30 days."""
    old = Visit.objects.filter(at__lt=at - timedelta(days=VISIT_DAYS))
    ids = list(old.values_list("pk", "verdict", "at")[:10_000])
    with transaction.atomic():
        for (on, verdict), n in Counter((_day(when), verdict) for _, verdict, when in ids).items():
            visiting.add_to_count(on, verdict, n)
        Visit.objects.filter(pk__in=[pk for pk, _, _ in ids]).delete()
    return len(ids)


def purge_files(*, at: datetime) -> int:
    """Remove what was sent with answers that nobody keeps: of drafts that ended, or never sent."""
    drafts = Draft.objects.values_list("answers", flat=True).iterator()
    held = {str(pk) for answers in drafts for pk in _listed(answers)}
    used = Answer.objects.filter(file__isnull=False).values("file")
    strays = StoredFile.objects.filter(kind=FILE_KIND, created_at__lt=at - timedelta(days=1))
    found = [one for one in strays.exclude(pk__in=used) if str(one.pk) not in held]
    with transaction.atomic():
        for stored in found[:AT_ONCE]:
            files.remove(stored)
    return len(found[:AT_ONCE])


def _listed(answers: Mapping[str, Any]) -> Iterator[Any]:
    for answer in answers.values():
        value = answer.get("value")
        yield from value if isinstance(value, list) else ()


def _day(at: datetime) -> date:
    return timezone.localtime(at, timezone.get_default_timezone()).date()


def erase_customer(customer_id: int, limit: int) -> int:
    """Empty up to `limit` rows of a customer; see crm.privacy.rules."""
    rows = Response.objects.filter(invitation__customer=customer_id, is_anonymized=False)
    found = list(rows[:limit])
    for response in found:
        if response.state == ResponseState.ACCEPTED:
            events.publish(
                SurveyResponseWithdrawn(
                    at=timezone.now(), by_id=None, response_id=str(response.pk), reason="erased"
                )
            )
        _forget_what_followed(response)
        anonymize(response=response)
    if found:
        return len(found)
    mine = Invitation.objects.filter(customer=customer_id)
    Draft.objects.filter(invitation__in=mine).delete()
    Visit.objects.filter(invitation__in=mine).delete()
    SendDecision.objects.filter(customer=customer_id).update(contact_point=None)
    mine.filter(state__in=("planned", "queued")).update(state="canceled")
    left = mine.exclude(contact_point=None, hidden={})
    ids = list(left.values_list("pk", flat=True)[:limit])
    Invitation.objects.filter(pk__in=ids).update(contact_point=None, hidden={})
    return len(ids)


def _forget_what_followed(response: Response) -> None:
    """The words that were passed on as praise, and those about what was done for the customer."""
    drafts = PraiseDraft.objects.filter(response_id=str(response.pk))
    kudos = list(drafts.exclude(kudos=None).values_list("kudos", flat=True))
    Kudos.objects.filter(pk__in=kudos).update(message="")
    empty_audit("feedback.kudos", kudos)
    empty_audit("feedback.praisedraft", drafts.values_list("pk", flat=True))
    drafts.update(redacted_text="")
    Alert.objects.filter(response=response).exclude(closed_reason="").update(closed_reason=GONE)
    recoveries = Recovery.objects.filter(alert__response=response).exclude(action_taken="")
    recoveries.update(action_taken=GONE)


# --- Counts --------------------------------------------------------------------------------------


def differences(survey: Survey) -> Iterator[tuple[Cell, int, int]]:
    """(cell, stored, computed) for every count that does not follow from the rows."""
    computed, stored = expected(survey), stored_counts(survey)
    for cell in sorted(computed.keys() | stored.keys()):
        if computed[cell] != stored[cell]:
            yield cell, stored[cell], computed[cell]


def expected(survey: Survey) -> Counter[Cell]:
    """What the counts must be by the answers and invitations as they stand."""
    found: Counter[Cell] = Counter()
    rows = Response.objects.accepted().filter(survey=survey).select_related("version")
    for response in rows.prefetch_related("answers").iterator(chunk_size=AT_ONCE):
        found += tallies.cells_of(response, response.version.questionnaire, response.answers.all())
    sent = Invitation.objects.filter(survey=survey, sent_at__isnull=False).exclude(disposition="")
    for invitation in sent.select_related("program").iterator(chunk_size=AT_ONCE):
        assert invitation.sent_at is not None
        cell = tallies.field_cell(invitation, _day(invitation.sent_at), invitation.disposition)
        found[cell] += 1
    return found


def stored_counts(survey: Survey) -> Counter[Cell]:
    rows = Tally.objects.filter(survey=survey).exclude(count=0)
    found: Counter[Cell] = Counter()
    for row in rows.values_list(*tallies.COLUMNS, "count").iterator():
        found[Cell(*row[:-1])] = row[-1]
    return found


def rebuild_tallies(survey: Survey) -> int:
    """Make the counts anew from the rows; returns how many differed."""
    with transaction.atomic():
        wrong = list(differences(survey))
        tallies.add({cell: computed - stored for cell, stored, computed in wrong})
    return len(wrong)


def check_tallies() -> int:
    """Compare every survey; returns how many counts agree. Raises TalliesDiffer."""
    found: list[str] = []
    for survey in Survey.objects.all():
        found += [
            f"{cell.question} {cell.key} on {cell.on_date}: {stored}, computed {computed}"
            for cell, stored, computed in differences(survey)
        ]
    if found:
        raise TalliesDiffer(found)
    return Tally.objects.count()


# --- For the customer ---------------------------------------------------------------------------


def customer_rows(customer_id: int) -> Iterable[dict[str, Any]]:
    """Everything about surveys that belongs to a customer, oldest first, for an export."""
    for row in (
        Invitation.objects.filter(customer=customer_id)
        .order_by("pk")
        .values(
            "reference", "state", "channel", "sent_at", "answered_on", survey_name=F("survey__name")
        )
    ):
        yield {key: str(value) if value is not None else None for key, value in row.items()}
    rows = Response.objects.filter(invitation__customer=customer_id).order_by("submitted_on")
    for response in rows.prefetch_related("answers"):
        yield {
            "response": str(response.pk),
            "submitted_on": response.submitted_on.isoformat(),
            "answers": [
                {
                    "question": one.question,
                    "row": one.row_code,
                    "option": one.option,
                    "number": str(one.number) if one.number is not None else None,
                    "text": one.text,
                }
                for one in response.answers.all()
            ],
        }
