"""One act on many rows: ordered, worked off in chunks, refusals listed row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.permissions import has
from crm import bulk, listed
from crm.models import BulkRefusal, BulkRun
from crm.models.bulk import BulkState
from lib.refusals import Forbidden, Invalid, Refused
from ops import jobs

MOST_ROWS = 50_000
AT_ONCE = 100


class TooMany(Invalid):
    def __init__(self, count: int) -> None:
        sentence = _("This list has {count} rows; at most {most} at once. Narrow it first.")
        super().__init__("", sentence.format(count=f"{count:,}", most=f"{MOST_ROWS:,}"))


class Nobody(Invalid):
    def __init__(self) -> None:
        super().__init__("", _("No row fits these filters any more."))


def order_bulk(
    *, kind: str, act: str, argument: str, query: str, by: User, at: datetime
) -> BulkRun:
    """Order an act on every row of a list; raises TooMany, Nobody, Invalid, Forbidden."""
    chosen = bulk.ACTS.get(act)
    if chosen is None or chosen.kind != kind:
        raise Invalid("act", _("Choose what to do."))
    if not has(by, chosen.verb):
        raise Forbidden(bulk.NOT_HERE)
    chosen.find(argument, by)
    rows = listed.ROWS[kind](by, QueryDict(query)).order_by()
    count = rows.count()
    if count > MOST_ROWS:
        raise TooMany(count)
    if not count:
        raise Nobody
    with transaction.atomic():
        run = BulkRun.objects.create(
            kind=kind,
            act=act,
            argument=argument.strip()[:120],
            query=query,
            total=count,
            last_id=rows.aggregate(last=Max("pk"))["last"],
            ordered_by=by,
            ordered_at=at,
        )
        after = {"act": act, "argument": run.argument, "rows": count}
        audit.record(verb="order_bulk", record=run, by=by, at=at, after=after)
        jobs.enqueue("crm.run_bulk", key=f"bulk-{run.pk}", requested_by_id=by.pk, run_id=run.pk)
    return run


def work(run: BulkRun, *, at: datetime) -> Iterator[BulkRun]:
    """Act on the rows behind the checkpoint, a chunk in each transaction; yields after each."""
    act = bulk.ACTS[run.act]
    while run.is_working:
        try:
            with transaction.atomic():
                run = BulkRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
                if run.is_working:
                    _take_chunk(run, act, at)
                    run.save()
        except Invalid as refusal:
            run.state, run.message, run.finished_at = BulkState.FAILED, str(refusal)[:300], at
            run.save(update_fields=["state", "message", "finished_at", "updated_at"])
        yield run


def _take_chunk(run: BulkRun, act: bulk.Act, at: datetime) -> None:
    by = run.ordered_by
    value = act.find(run.argument, by)
    rows = listed.ROWS[run.kind](by, QueryDict(run.query))
    chunk = list(
        rows.filter(pk__gt=run.checkpoint, pk__lte=run.last_id).order_by("pk").distinct()[:AT_ONCE]
    )
    refusals = []
    for row in chunk:
        try:
            with transaction.atomic():
                act.do(row, value, by=by, at=at)
            run.done += 1
        except Refused as refusal:
            reference, message = bulk.refusal_of(row, refusal)
            refusals.append(
                BulkRefusal(run=run, target_id=row.pk, reference=reference, message=message)
            )
    BulkRefusal.objects.bulk_create(refusals)
    run.refused += len(refusals)
    run.state = BulkState.RUNNING
    if chunk:
        run.checkpoint = chunk[-1].pk
    if len(chunk) < AT_ONCE:
        run.state, run.finished_at = BulkState.FINISHED, at
