"""Verbs of budgets and grants: fund, grant, approve, decline, cancel, close."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import Team, TeamMembership, User
from feedback import ledger
from feedback.actions import postings
from feedback.actions.postings import NotEnoughPoints
from feedback.models import Budget, GrantRequest
from feedback.models.points import (
    GRANT_TRANSITIONS,
    MOST_POINTS,
    AccountKind,
    BudgetMode,
    GrantState,
    TransactionKind,
)
from feedback.recognition_events import GrantApproved
from feedback.site_days import site_day
from lib import events
from lib.refusals import Forbidden, Invalid, Refused, need_reason
from ops.jobs import enqueue


class BudgetsOverlap(Invalid):
    def __init__(self, other: Budget) -> None:
        super().__init__("starts_on", f"{other.owner_name} has a budget {other} already.")


class NoBudgetNow(Refused):
    def __init__(self) -> None:
        super().__init__("This budget is not in force today.")


class NotYoursToApprove(Forbidden):
    def __init__(self) -> None:
        super().__init__(
            "Somebody else must approve this: never the giver or a recipient, no grant to one's "
            "own supervisor, and from 500 points on somebody who leads neither side."
        )


class GrantDecided(Refused):
    def __init__(self, grant: GrantRequest) -> None:
        super().__init__(f"This grant is {grant.get_state_display().lower()} already.")


def fund_budget(
    *,
    team: Team | None,
    starts_on: date,
    ends_on: date,
    points: int,
    by: User,
    at: datetime,
    mode: str = BudgetMode.HARD_STOP,
    warn_percent: int = 80,
) -> Budget:
    """Give a team, or the site, points to grant within [starts_on, ends_on)."""
    if ends_on <= starts_on:
        raise Invalid("ends_on", "A budget ends after it starts.")
    with transaction.atomic():
        clash = Budget.objects.filter(team=team, starts_on__lt=ends_on, ends_on__gt=starts_on)
        other = clash.select_for_update(of=("self",)).first()
        if other is not None:
            raise BudgetsOverlap(other)
        budget = Budget.objects.create(
            team=team,
            starts_on=starts_on,
            ends_on=ends_on,
            points=points,
            mode=mode,
            warn_percent=warn_percent,
        )
        _fund(budget, points, key=f"fund:{budget.pk}", by=by, at=at)
        audit.record(
            verb="fund_budget", record=budget, by=by, at=at, after={"points": points, "mode": mode}
        )
    return budget


def grant_points(
    *,
    recipients: Sequence[User],
    points: int,
    reason: str,
    budget: Budget,
    by: User,
    at: datetime,
) -> GrantRequest:
    """Give points of a budget to people: at once up to 200 each, else when a second person agrees.

    Raises Invalid, NoBudgetNow, NotYoursToApprove, NotEnoughPoints.
    """
    reason = need_reason(reason, 10)
    if not recipients:
        raise Invalid("recipients", "Choose at least one person.")
    if not 1 <= points <= MOST_POINTS:
        raise Invalid("points", f"Give 1 to {MOST_POINTS:,} points.")
    if by in recipients:
        raise NotYoursToApprove
    with transaction.atomic():
        if not budget.starts_on <= site_day(at) < budget.ends_on:
            raise NoBudgetNow
        grant = GrantRequest.objects.create(giver=by, points=points, reason=reason, budget=budget)
        grant.recipients.set(recipients)
        audit.record(
            verb="grant_points",
            record=grant,
            by=by,
            at=at,
            after={"recipients": [person.pk for person in recipients], "points": points},
            reason=reason,
        )
        if points <= ledger.OWN_HAND and not _must_wait(grant, len(recipients)):
            _carry_out(grant, recipients, by=by, at=at)
    return grant


def approve_grant(*, grant: GrantRequest, by: User, at: datetime, note: str = "") -> GrantRequest:
    """Agree to a grant; raises NotYoursToApprove, GrantDecided, NotEnoughPoints."""
    with transaction.atomic():
        locked, recipients = _locked(grant)
        _check(locked, GrantState.APPROVED)
        if not may_approve(by, locked, recipients, at):
            raise NotYoursToApprove
        locked.decision_note = note.strip()
        _carry_out(locked, recipients, by=by, at=at)
    return locked


def decline_grant(*, grant: GrantRequest, reason: str, by: User, at: datetime) -> GrantRequest:
    reason = need_reason(reason, 10)
    with transaction.atomic():
        locked, recipients = _locked(grant)
        _check(locked, GrantState.DECLINED)
        if not may_approve(by, locked, recipients, at):
            raise NotYoursToApprove
        _decide(locked, GrantState.DECLINED, by, at, reason)
    return locked


def cancel_grant(*, grant: GrantRequest, by: User, at: datetime) -> GrantRequest:
    with transaction.atomic():
        locked, _recipients = _locked(grant)
        _check(locked, GrantState.CANCELED)
        if locked.giver_id != by.pk:
            raise NotYoursToApprove
        _decide(locked, GrantState.CANCELED, by, at, "Canceled by the giver.")
    return locked


def may_approve(by: User, grant: GrantRequest, recipients: Sequence[User], at: datetime) -> bool:
    """Whether this person may decide: by the points, and never for the own supervisor."""
    ids = {person.pk for person in recipients}
    line = leaders_of([grant.giver_id, *ids], at)
    if not ledger.approver_allowed(max(grant.points, 201), grant.giver_id, by.pk, ids, set()):
        return False
    if ids & leaders_of([by.pk], at):
        return False
    return ledger.approver_allowed(max(grant.points, 201), grant.giver_id, by.pk, ids, line)


def leaders_of(people: Sequence[int], at: datetime) -> set[int]:
    """Who supervises one of these people at that moment. One query."""
    spans = TeamMembership.objects.in_force(at)
    teams = spans.agents().filter(user__in=people).values("team_id")
    led = spans.filter(kind="supervisor", team__in=teams)
    return set(led.values_list("user_id", flat=True))


def close_budgets(*, at: datetime) -> int:
    """Return what is left of budgets whose period is over to the issuance; how many there were."""
    today = site_day(at)
    due = list(Budget.objects.filter(ends_on__lte=today, closed_at__isnull=True))
    for budget in due:
        with transaction.atomic():
            account = postings.account_of(budget)
            (held,) = postings.locked([account.pk])
            if held.balance:
                postings.post(
                    kind=TransactionKind.UNFUND,
                    key=f"unfund:{budget.pk}",
                    entries=[
                        (held, -held.balance),
                        (postings.system(AccountKind.ISSUANCE), held.balance),
                    ],
                    by=None,
                    at=at,
                    source=("budget", budget.pk),
                )
            Budget.objects.filter(pk=budget.pk).update(closed_at=at)
    return len(due)


def budgets_for(person: User, at: datetime) -> list[Budget]:
    """Budgets this person may grant from today, fullest first. One query."""
    rows = Budget.objects.visible_to(person).on(site_day(at))
    return list(
        rows.filter(closed_at__isnull=True).select_related("team", "account").order_by("team")
    )


# --- Below ------------------------------------------------------------------------------------


def _must_wait(grant: GrantRequest, people: int) -> bool:
    """A budget in approval mode lets grants queue when it is used up; the other kind refuses."""
    account = postings.account_of(grant.budget)
    (held,) = postings.locked([account.pk])
    needed = grant.points * people
    if held.balance >= needed:
        return False
    if grant.budget.mode == BudgetMode.HARD_STOP:
        raise NotEnoughPoints(held, needed)
    return True


def _carry_out(grant: GrantRequest, recipients: Sequence[User], *, by: User, at: datetime) -> None:
    total = grant.points * len(recipients)
    account = postings.account_of(grant.budget)
    (held,) = postings.locked([account.pk])
    before = held.balance
    if held.balance < total and grant.budget.mode == BudgetMode.APPROVAL:
        missing = total - held.balance
        _fund(grant.budget, missing, key=f"top-up:{grant.pk}", by=by, at=at)
        before += missing
    postings.post(
        kind=TransactionKind.GRANT,
        key=f"grant:{grant.pk}",
        entries=[
            (account, -total),
            *((wallet, grant.points) for wallet in postings.wallets(recipients)),
        ],
        by=by,
        at=at,
        reason=grant.reason,
        source=("grant", grant.pk),
    )
    _decide(grant, GrantState.APPROVED, by, at, grant.decision_note)
    _warn(grant.budget, before, before - total)
    enqueue("feedback.tell_grant", key=f"grant-{grant.pk}", grant_id=grant.pk)
    events.publish(
        GrantApproved(
            at=at,
            by_id=by.pk,
            grant_id=grant.pk,
            agent_ids=[person.pk for person in recipients],
            points=total,
        )
    )


def _warn(budget: Budget, before: int, after: int) -> None:
    """Tell the supervisors once, when a grant takes the budget over its warning line."""
    line = budget.points * (100 - budget.warn_percent) / 100
    if after <= line < before:
        enqueue("feedback.warn_budget", key=f"warn-{budget.pk}", budget_id=budget.pk)


def _fund(budget: Budget, points: int, *, key: str, by: User | None, at: datetime) -> None:
    postings.post(
        kind=TransactionKind.FUND,
        key=key,
        entries=[
            (postings.system(AccountKind.ISSUANCE), -points),
            (postings.account_of(budget), points),
        ],
        by=by,
        at=at,
        source=("budget", budget.pk),
    )


def _locked(grant: GrantRequest) -> tuple[GrantRequest, list[User]]:
    rows = GrantRequest.objects.select_related("budget__team").select_for_update(of=("self",))
    locked = rows.get(pk=grant.pk)
    return locked, list(locked.recipients.all())


def _check(grant: GrantRequest, state: str) -> None:
    if state not in GRANT_TRANSITIONS[grant.state]:
        raise GrantDecided(grant)


def _decide(grant: GrantRequest, state: str, by: User, at: datetime, note: str) -> None:
    grant.state, grant.decided_by, grant.decided_at, grant.decision_note = state, by, at, note
    grant.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "updated_at"])
    audit.record(
        verb=f"{state}_grant", record=grant, by=by, at=at, after={"state": state}, reason=note
    )
