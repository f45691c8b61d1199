"""Verbs about ordered reports: order, gather, print, cancel, retry."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone, translation

from accounts import audit
from accounts.actions.erasing import FORMER
from accounts.models import User
from lib import events, pdf
from lib.refusals import Refused
from lib.sentences import said
from lib.speaking import SOURCE
from ops import files, mail
from ops.jobs import enqueue
from reports import printing
from reports.events import ReportFailed, ReportReady
from reports.models import ReportItem, ReportRun, ReportSchedule
from reports.models.outputs import (
    KEPT_DAYS,
    MOST_ATTEMPTS,
    OPEN_STATES,
    ItemState,
    ReportKind,
    RunState,
)

SAME_ORDER = timedelta(minutes=10)


class RunIsOver(Refused):
    def __init__(self) -> None:
        super().__init__(said("This report is finished already. Order it again to make a new one."))


class NothingFailed(Refused):
    def __init__(self) -> None:
        super().__init__(said("No document of this report failed, so there is nothing to repeat."))


def order_report(
    *,
    kind: str,
    query: str,
    by: User,
    at: datetime,
    schedule: ReportSchedule | None = None,
) -> ReportRun:
    """Order documents; the same order within ten minutes is the same run.

    Raises Invalid where the filters cannot be used or leave nobody to report on.
    """
    kind = ReportKind(kind)
    printing.gather(kind, printing.Order(QueryDict(query), by, at))
    with translation.override(SOURCE):  # As its documents, whoever orders.
        title = str(kind.label)
    with transaction.atomic():
        same = ReportRun.objects.filter(
            kind=kind, query=query, requested_by=by, created_at__gt=at - SAME_ORDER
        ).exclude(state__in=[RunState.FAILED, RunState.CANCELED])
        if schedule is None and (known := same.first()):
            return known
        run = ReportRun.objects.create(
            kind=kind,
            query=query,
            title=title,
            requested_by=by,
            schedule=schedule,
            expires_on=timezone.localdate(at) + timedelta(days=KEPT_DAYS),
        )
        audit.record(verb="order_report", record=run, by=by, at=at, after={"kind": kind.value})
        enqueue("reports.make_run", key=f"run-{run.pk}", requested_by_id=by.pk, run_id=run.pk)
    return run


def gather_run(*, run: ReportRun, at: datetime) -> ReportRun:
    """Store every document of the run as it will be printed; a second call changes nothing."""
    with transaction.atomic():
        run = _locked(run)
        if run.state != RunState.QUEUED:
            return run
        order = printing.Order(QueryDict(run.query), run.requested_by, at)
        try:
            documents = printing.gather(run.kind, order)
        except Refused as refusal:
            return _end(run, RunState.FAILED, str(refusal), at)
        if sum(not one.annex for one in documents) == 1:
            run.title = documents[0].name
        documents += printing.joined(documents, run.title)
        ReportItem.objects.bulk_create(
            ReportItem(
                run=run,
                subject_kind=document.subject_kind,
                subject_id=document.subject_id,
                name=document.name,
                snapshot=document.snapshot,
                snapshot_sha256=document.sha256,
            )
            for document in documents
        )
        run.as_of_at, run.state, run.total = at, RunState.RENDERING, len(documents)
        run.save(update_fields=["as_of_at", "state", "total", "title", "updated_at"])
    return run


def begin_item(*, run: ReportRun) -> ReportItem | None:
    """The next document to print, its attempt counted; None when all are done or failed."""
    with transaction.atomic():
        if _locked(run).state != RunState.RENDERING:
            return None
        item = run.items.filter(state=ItemState.PENDING).order_by("pk").first()
        if item is None:
            return None
        if item.attempts >= MOST_ATTEMPTS:
            fail_item(item=item, sentence=said("The renderer broke off three times."))
            return begin_item(run=run)
        item.attempts += 1
        item.save(update_fields=["attempts", "updated_at"])
    return item


def printed_document(item: ReportItem) -> bytes | pdf.PdfFailed:
    """The file of what was gathered, a PDF or an annex; called outside any transaction."""
    if annex := item.snapshot.get("annex"):
        return str(annex).encode("utf-8-sig")
    try:
        return pdf.render(
            item.snapshot["html"],
            generated_at=item.run.as_of_at,
            identifier=bytes.fromhex(item.snapshot_sha256)[:16],
        )
    except pdf.PdfFailed as failure:
        return failure


def finish_item(*, item: ReportItem, document: bytes | pdf.PdfFailed) -> None:
    """Keep the printed document, or why there is none."""
    if isinstance(document, pdf.PdfFailed):
        fail_item(item=item, sentence=str(document))
        return
    with transaction.atomic():
        run = _locked(item.run)
        ending, media_type = ("csv", "text/csv") if item.is_annex else ("pdf", "application/pdf")
        try:
            stored = files.store(
                document,
                name=f"{item.name}.{ending}",
                media_type=media_type,
                kind="report",
                by_id=run.requested_by_id,
            )
        except files.NoSpace as error:
            fail_item(item=item, sentence=str(error))
            return
        item.file, item.state = stored, ItemState.RENDERED
        item.save(update_fields=["file", "state", "updated_at"])
        run.done += 1
        run.save(update_fields=["done", "updated_at"])


def fail_item(*, item: ReportItem, sentence: str) -> None:
    with transaction.atomic():
        run = _locked(item.run)
        item.state, item.sentence = ItemState.FAILED, sentence[:300]
        item.save(update_fields=["state", "sentence", "updated_at"])
        run.failed += 1
        run.save(update_fields=["failed", "updated_at"])


def finish_run(*, run: ReportRun, at: datetime) -> ReportRun:
    """Close the run once nothing of it is left to print, and tell who waits for it."""
    with transaction.atomic():
        run = _locked(run)
        if run.state != RunState.RENDERING:
            return run
        state = RunState.DONE if not run.failed else RunState.PARTLY_DONE
        return _end(run, RunState.FAILED if not run.done else state, "", at)


def _end(run: ReportRun, state: RunState, sentence: str, at: datetime) -> ReportRun:
    run.state, run.sentence = state, sentence[:300]
    run.save(update_fields=["state", "sentence", "updated_at"])
    fact = ReportFailed if state == RunState.FAILED else ReportReady
    events.publish(fact(at=at, by_id=None, run_id=run.pk))
    if run.schedule is not None:
        for user_id in run.schedule.recipients.values_list("pk", flat=True):
            mail.send(
                "reports.report_ready", key=f"{run.pk}-{user_id}", run_id=run.pk, user_id=user_id
            )
    return run


def cancel_run(*, run: ReportRun, by: User, at: datetime) -> ReportRun:
    """Stop after the document that is being printed; raises RunIsOver."""
    with transaction.atomic():
        run = _locked(run)
        if run.state not in OPEN_STATES:
            raise RunIsOver
        run.state = RunState.CANCELED
        run.save(update_fields=["state", "updated_at"])
        audit.record(verb="cancel_report", record=run, by=by, at=at)
    return run


def retry_failed(*, run: ReportRun, by: User, at: datetime) -> ReportRun:
    """Print the failed documents once more, from what was gathered; raises NothingFailed."""
    with transaction.atomic():
        run = _locked(run)
        count = run.items.filter(state=ItemState.FAILED).update(
            state=ItemState.PENDING, attempts=0, sentence=""
        )
        if not count:
            raise NothingFailed
        run.state, run.failed = RunState.RENDERING, 0
        run.save(update_fields=["state", "failed", "updated_at"])
        audit.record(verb="retry_report", record=run, by=by, at=at, after={"documents": count})
        enqueue("reports.make_run", key=f"run-{run.pk}-{at:%Y%m%d%H%M%S%f}", run_id=run.pk)
    return run


def expire_runs(*, on: date) -> int:
    """Forget what documents of runs past their day said; their files are swept later."""
    over = ReportRun.objects.filter(expires_on__lt=on)
    items = ReportItem.objects.filter(run__in=over).exclude(snapshot={})
    return items.update(snapshot={}, file=None)


def forget_person(*, person_id: int) -> int:
    """Empty the documents about somebody who was erased, and those that hold them.

    Their files are swept later.
    """
    items = ReportItem.objects.filter(subject_kind="agent", subject_id=person_id)
    holding = ReportItem.objects.filter(subject_kind=printing.JOINED, run__in=items.values("run"))
    emptied = holding.update(snapshot={}, file=None)
    return emptied + items.update(name=FORMER, snapshot={}, file=None)


def _locked(run: ReportRun) -> ReportRun:
    return ReportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)


def changed_since(*, run: ReportRun, at: datetime) -> list[tuple[str, str, str, str]]:
    """(document, value, as printed, now) where figures differ by now; the files stay as printed."""
    order = printing.Order(QueryDict(run.query), run.requested_by, at)
    try:
        now = {(one.subject_kind, one.subject_id): one for one in printing.gather(run.kind, order)}
    except Refused:
        return []
    found = []
    for item in run.items.all():
        document = now.get((item.subject_kind, item.subject_id))
        if document is None:
            continue
        values = dict(document.values)
        for name, printed in item.snapshot.get("values", []):
            if values.get(name, printed) != printed:
                found.append((item.name, name, printed, values[name]))
    return found
