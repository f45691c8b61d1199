"""Fair play: the nightly scan, and a person's word about what it found."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from feedback import scanning
from feedback.actions.reversals import reverse_points
from feedback.models import FairPlayFlag, Kudos, PointsTransaction
from feedback.models.boards import FlagState
from feedback.models.points import TransactionKind
from feedback.recognition_events import FairPlayFlagRaised
from feedback.site_days import first_of_month, month_span, site_day
from lib import events
from lib.refusals import Refused, need_reason

WINDOW = timedelta(days=90)


class FlagDecided(Refused):
    def __init__(self, flag: FairPlayFlag) -> None:
        super().__init__(f"This was {flag.get_state_display().lower()} before.")


def scan_fair_play(*, at: datetime) -> int:
    """Look at 90 days of thanks with points and raise what is new; how many flags that were.

    The same data gives the same flags; nothing is taken away from anybody.
    """
    rows = given_since(at - WINDOW, at)
    yesterday = at - timedelta(days=1)
    found = scanning.findings(rows, month_span(site_day(yesterday)))
    period = first_of_month(yesterday)
    known = set(FairPlayFlag.objects.filter(period_on=period).values_list("kind", "subjects_key"))
    new = [one for one in found if (one.kind, _key(one)) not in known]
    raised = 0
    for one in {(one.kind, _key(one)): one for one in reversed(new)}.values():
        with transaction.atomic():
            flag, is_new = FairPlayFlag.objects.get_or_create(
                kind=one.kind,
                period_on=period,
                subjects_key=_key(one),
                defaults={"evidence": one.sentence[:1000], "kudos": list(one.kudos)[:200]},
            )
            if is_new:
                flag.subjects.set(one.subjects)
                events.publish(
                    FairPlayFlagRaised(at=at, by_id=None, flag_id=flag.pk, kind=flag.kind)
                )
                raised += 1
    return raised


def given_since(since: datetime, until: datetime) -> list[scanning.Given]:
    """Thanks with points of people, oldest first. Two queries."""
    rows = (
        Kudos.objects.posted()
        .filter(posted_at__gte=since, posted_at__lt=until, points_each__gt=0, giver__isnull=False)
        .exclude(idempotency_key__startswith="award:")
        .order_by("posted_at", "pk")
        .prefetch_related("recipients")
    )
    return [
        scanning.Given(
            pk=row.pk,
            giver=row.giver_id,
            recipients=tuple(sorted(one.agent_id for one in row.recipients.all())),
            points=row.points_each,
            message=row.message,
            at=row.posted_at,
        )
        for row in rows
        if row.giver_id is not None
    ]


def clear_flag(*, flag: FairPlayFlag, reason: str, by: User, at: datetime) -> FairPlayFlag:
    """Say that it is nothing, and why."""
    return _decide(flag, FlagState.CLEARED, reason, by, at)


def confirm_flag(
    *, flag: FairPlayFlag, reason: str, by: User, at: datetime, takes_points_back: bool = False
) -> FairPlayFlag:
    """Say that it is what it looks like; on request the points of those thanks are reversed."""
    with transaction.atomic():
        decided = _decide(flag, FlagState.CONFIRMED, reason, by, at)
        if takes_points_back:
            standing = PointsTransaction.objects.filter(
                source_type="kudos",
                source_id__in=decided.kudos,
                kind=TransactionKind.KUDOS,
                reversed_by__isnull=True,
            )
            for entry in standing:
                reverse_points(entry=entry, reason=decided.reason, by=by, at=at)
    return decided


def _decide(flag: FairPlayFlag, state: str, reason: str, by: User, at: datetime) -> FairPlayFlag:
    reason = need_reason(reason, 10)
    with transaction.atomic():
        locked = FairPlayFlag.objects.select_for_update(of=("self",)).get(pk=flag.pk)
        if locked.state != FlagState.OPEN:
            raise FlagDecided(locked)
        locked.state, locked.decided_by, locked.decided_at, locked.reason = state, by, at, reason
        locked.save(update_fields=["state", "decided_by", "decided_at", "reason", "updated_at"])
        audit.record(
            verb=f"{'clear' if state == FlagState.CLEARED else 'confirm'}_flag",
            record=locked,
            by=by,
            at=at,
            after={"state": state},
            reason=reason,
        )
    return locked


def _key(finding: scanning.Finding) -> str:
    return "-".join(map(str, finding.subjects))
