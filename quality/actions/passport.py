"""Verbs about forms that come from elsewhere: take one in as a draft, test how its scores agree."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from quality.actions.scorecards import create_scorecard
from quality.models import AnswerSet, FormImport, Scorecard
from quality.passport import parity, reading
from quality.passport.formats import read_form
from quality.passport.loss import LOW, Imported
from quality.passport.theirs import in_reading_order
from quality.refusals import Invalid, Refused

SHOWN_ROWS = 200


class NotStorable(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "content",
            "The form can be read, but its rules contradict one another. Nothing was stored; lint "
            "in the old system, or leave out critical rules on bonus questions, and try again.",
        )


class NoDraft(Refused):
    def __init__(self) -> None:
        super().__init__("The version that was made from this form is gone.")


def read_upload(body: bytes) -> tuple[str, Imported]:
    """What a file holds, with links to answer sets that this center lacks told as lost.

    Raises InvalidRequest with every problem found; stores nothing.
    """
    name, found = read_form(body)
    used = [
        (thing, thing["answer_set"])
        for thing, is_criterion in in_reading_order(found.document)
        if is_criterion and thing.get("answer_set")
    ]
    known = set(
        AnswerSet.objects.filter(name__in={s for _, s in used}).values_list("name", flat=True)
    )
    for thing, answer_set in used:
        if answer_set not in known:
            path = f"criterion {thing['key']}"
            lost = f"the link to the answer set “{answer_set}”"
            found.losses.add(path, "answer_set", LOW, lost=lost, kept="its options")
    return name, found


def import_form(*, name: str, file_name: str, body: bytes, by: User, at: datetime) -> FormImport:
    """Make a new scorecard with the form as its first draft; nothing existing is touched.

    Raises InvalidRequest for an unreadable file, NameTaken, NotStorable.
    """
    format_name, found = read_upload(body)
    document: dict[str, Any] = found.document
    try:
        with transaction.atomic():
            scorecard = create_scorecard(
                name=name,
                kind=document.get("kind") or "interaction",
                channels=document.get("channels") or [],
                direction=document.get("direction") or "any",
                document=document,
                by=by,
                at=at,
            )
            return _note_import(scorecard, format_name, file_name, found, by, at)
    except IntegrityError:
        raise NotStorable from None


def _note_import(
    scorecard: Scorecard, format_name: str, file_name: str, found: Imported, by: User, at: datetime
) -> FormImport:
    taken = FormImport.objects.create(
        version=scorecard.versions.get(),
        format=format_name,
        file_name=file_name[:255],
        document=found.document,
        loss_report=found.losses.as_list(),
        ordered_by=by,
    )
    after = {"scorecard": scorecard.name, "format": format_name, "losses": len(found.losses.rows)}
    audit.record(verb="import_form", record=taken, by=by, at=at, after=after)
    return taken


def check_parity(*, form_import: FormImport, body: bytes, by: User, at: datetime) -> FormImport:
    """Re-score results of the old system with the imported version, and keep the report.

    Raises InvalidRequest for an unreadable list, NoDraft.
    """
    if form_import.version is None:
        raise NoDraft
    document = form_import.version.as_document()
    original = form_import.document.get("name") or document["name"]
    rows = parity.compare({**document, "name": original}, reading.parse(body))
    counts = parity.counts(rows)
    notable = [row._asdict() for row in rows if row.outcome != parity.EQUAL]
    with transaction.atomic():
        form_import = FormImport.objects.select_for_update().get(pk=form_import.pk)
        form_import.parity_report = {"counts": counts, "rows": notable[:SHOWN_ROWS]}
        form_import.save(update_fields=["parity_report", "updated_at"])
        audit.record(verb="check_parity", record=form_import, by=by, at=at, after=counts)
    return form_import
