"""Jobs of recognition: allowances, badges, milestones, expiry, boards, fair play, notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User, role_group
from feedback.actions import (
    allowances,
    badges,
    boards,
    budgets,
    fair_play,
    leavers,
    volume,
)
from feedback.checking import faults_of_ledger
from feedback.models import (
    AbuseReport,
    Budget,
    GrantRequest,
    Kudos,
    Leaderboard,
    RecognitionFact,
    Reward,
)
from feedback.site_days import first_of_month, site_day
from ops import mail
from ops.jobs import Step, enqueue, job

DIGEST_FROM = 4  # The fourth thank-you of a day waits for the digest.


class LedgerFault(Exception):
    """The books are not sound; the sentences say where."""


# --- Points -----------------------------------------------------------------------------------


@job("feedback.issue_allowances", queue="slow", style="steps")
def issue_allowances(cursor: dict[str, Any]) -> Iterator[Step]:
    """Let the old month's allowances lapse and issue the new ones, 200 people at a time."""
    after = cursor.get("after", 0)
    while (last := allowances.issue_and_lapse(at=timezone.now(), after_id=after)) is not None:
        after = last
        yield Step({"after": after}, text=f"Up to person {after}")


@job("feedback.month_end")
def month_end() -> dict[str, Any]:
    """Points that grew too old, budgets whose period is over, wallets of leavers."""
    at = timezone.now()
    last_month = first_of_month(at) - timedelta(days=1)
    return {
        "expired": leavers.expire_points(month=last_month, at=at),
        "budgets": budgets.close_budgets(at=at),
        "leavers": leavers.close_leavers(at=at),
    }


@job("feedback.check_ledger", queue="slow")
def check_ledger() -> dict[str, Any]:
    """Compare every balance with its postings; any fault fails the job."""
    found = list(faults_of_ledger())
    if found:
        raise LedgerFault(" ".join(found[:20]))
    return {"faults": 0}


# --- Badges and milestones ---------------------------------------------------------------------


@job("feedback.fold_facts")
def fold_facts(*, agent_id: int) -> dict[str, Any]:
    """Let one agent's badges be what the facts say."""
    agent = User.objects.get(pk=agent_id)
    given, revoked = badges.fold_agent(agent=agent, at=timezone.now())
    return {"given": given, "revoked": revoked}


@job("feedback.fold_all", queue="slow")
def fold_all() -> dict[str, Any]:
    """Order a fold for everybody with facts, so that nothing that got lost stays lost."""
    stamp = f"{timezone.now():%Y%m%d%H%M%S}"
    agents = RecognitionFact.objects.order_by().values_list("agent", flat=True).distinct()
    for agent in agents:
        enqueue("feedback.fold_facts", key=f"fold-{agent}-{stamp}", agent_id=agent)
    return {"agents": len(agents)}


@job("feedback.give_milestones")
def give_milestones() -> dict[str, Any]:
    at = timezone.now()
    given = volume.give_milestones(on=site_day(at), at=at)
    return {"given": given, "gated": volume.close_volume_month(at=at) if _is_third(at) else 0}


def _is_third(at: datetime) -> bool:
    return timezone.localtime(at).day == 3


# --- Boards and fair play ------------------------------------------------------------------------


@job("feedback.snapshot_boards", queue="slow")
def snapshot_boards() -> dict[str, Any]:
    """Keep yesterday's boards."""
    at = timezone.now()
    yesterday = site_day(at) - timedelta(days=1)
    rows = [
        boards.snapshot_board(board=one, on=yesterday, at=at) for one in Leaderboard.objects.all()
    ]
    return {"boards": sum(row is not None for row in rows)}


@job("feedback.scan_fair_play", queue="slow")
def scan_fair_play() -> dict[str, Any]:
    return {"raised": fair_play.scan_fair_play(at=timezone.now())}


# --- Notices ------------------------------------------------------------------------------------


@job("feedback.tell_recipients")
def tell_recipients(*, kudos_id: int) -> dict[str, Any]:
    """Mail everybody who was thanked; beyond three a day they wait for the digest."""
    kudos = Kudos.objects.get(pk=kudos_id)
    told = 0
    for row in kudos.recipients.all():
        today = Kudos.objects.posted().filter(
            recipients__agent=row.agent_id,
            posted_at__date=site_day(kudos.posted_at),
            pk__lte=kudos.pk,
        )
        if today.count() < DIGEST_FROM:
            key = f"{kudos.pk}-{row.agent_id}"
            mail.send("feedback.kudos_received", key=key, kudos_id=kudos.pk, person_id=row.agent_id)
            told += 1
    return {"told": told}


@job("feedback.tell_digests")
def tell_digests() -> dict[str, Any]:
    """One mail for everybody who was thanked more than three times yesterday."""
    day = site_day(timezone.now()) - timedelta(days=1)
    people: dict[int, int] = {}
    rows = Kudos.objects.posted().filter(posted_at__date=day)
    for person in rows.values_list("recipients__agent", flat=True):
        people[person] = people.get(person, 0) + 1
    busy = sorted(person for person, count in people.items() if count >= DIGEST_FROM)
    for person in busy:
        key = f"{person}-{day}"
        mail.send("feedback.kudos_digest", key=key, person_id=person, day=str(day))
    return {"told": len(busy)}


@job("feedback.tell_report")
def tell_report(*, report_id: int) -> dict[str, Any]:
    """Mail the supervisors of whoever gave the kudos that somebody finds out of place."""
    report = AbuseReport.objects.select_related("kudos").get(pk=report_id)
    giver = report.kudos.giver_id
    leaders = budgets.leaders_of([giver], timezone.now()) if giver else set()
    for person in sorted(leaders or administrators()):
        key = f"{report.pk}-{person}"
        mail.send("feedback.kudos_reported", key=key, report_id=report.pk, person_id=person)
    return {"told": len(leaders)}


@job("feedback.tell_grant")
def tell_grant(*, grant_id: int) -> dict[str, Any]:
    grant = GrantRequest.objects.get(pk=grant_id)
    people = list(grant.recipients.values_list("pk", flat=True))
    for person in people:
        key = f"{grant.pk}-{person}"
        mail.send("feedback.points_granted", key=key, grant_id=grant.pk, person_id=person)
    return {"told": len(people)}


@job("feedback.warn_budget")
def warn_budget(*, budget_id: int) -> dict[str, Any]:
    """Mail those who grant from a budget that little of it is left."""
    budget = Budget.objects.select_related("team").get(pk=budget_id)
    people = administrators()
    if budget.team is not None:
        led = budget.team.memberships.in_force(timezone.now()).filter(kind="supervisor")
        people = sorted(led.values_list("user_id", flat=True))
    for person in people:
        key = f"{budget.pk}-{person}"
        mail.send("feedback.budget_low", key=key, budget_id=budget.pk, person_id=person)
    return {"told": len(people)}


@job("feedback.warn_stock")
def warn_stock(*, reward_id: int) -> dict[str, Any]:
    """Mail the administrators that a reward is nearly sold out."""
    reward = Reward.objects.get(pk=reward_id)
    people = administrators()
    for person in people:
        key = f"{reward.pk}-{reward.stock}-{person}"
        mail.send("feedback.stock_low", key=key, reward_id=reward.pk, person_id=person)
    return {"told": len(people)}


def administrators() -> list[int]:
    rows = User.objects.filter(groups=role_group("admin"), is_active=True)
    return sorted(rows.values_list("pk", flat=True))
