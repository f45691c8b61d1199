"""Points of volume badges, given after the month if its quality allows, and milestones."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from feedback import ledger, rules
from feedback.actions import badges, postings, reversals
from feedback.models import (
    BadgeAward,
    Birthday,
    Milestone,
    MilestoneAward,
    PointsTransaction,
    RecognitionFact,
    Response,
    VolumeDecision,
)
from feedback.models.badges import FactKind, MilestoneKind
from feedback.models.points import AccountKind, TransactionKind
from feedback.models.survey_responses import ResponseState
from feedback.site_days import day_span, first_of_month, month_span, site_day
from ops import mail

DOUBTED_STATES = (ResponseState.SUSPECT, ResponseState.REJECTED)
STAFF_SIGNAL = "staff"
GATE_MONTHS = 3  # A dispute may overturn a failure that long; the gate is asked again.


def close_volume_month(*, at: datetime) -> int:
    """Ask the gate about the last months and let points follow its answer; how many it decided.

    Asked again, it corrects: an overturned failure opens the gate, a late one shuts it.
    """
    this_month = first_of_month(at)
    decided = 0
    for back in range(1, GATE_MONTHS + 1):
        month = ledger.months_before(this_month, back)
        start, end = month_span(month)
        awards = BadgeAward.objects.standing().filter(
            badge__is_volume=True, awarded_at__gte=start, awarded_at__lt=end
        )
        for agent in User.objects.filter(pk__in=awards.values("agent")).order_by("pk"):
            with transaction.atomic():
                _decide(agent, month, list(awards.filter(agent=agent).select_related("rule")), at)
            decided += 1
    return decided


def month_facts(agent: User, month: date) -> rules.MonthFacts:
    """What the quality gate knows about an agent's month. Two queries."""
    start, end = month_span(month)
    facts = RecognitionFact.objects.filter(
        agent=agent, kind=FactKind.EVALUATION, occurred_at__gte=start, occurred_at__lt=end
    ).newest()
    answers = Response.objects.credited_to(agent).filter(
        submitted_on__gte=month, submitted_on__lt=ledger.months_before(month, -1)
    )
    states = list(answers.values_list("state", "automation_signals"))
    doubted = [signals for state, signals in states if state in DOUBTED_STATES]
    return rules.MonthFacts(
        critical_failures=sum(bool(row.payload.get("has_critical_failure")) for row in facts),
        responses=len(states),
        suspect=len(doubted),
        by_staff=sum(STAFF_SIGNAL in signals for signals in doubted),
    )


def give_milestones(*, on: date, at: datetime) -> int:
    """Congratulate whom the day concerns; once for person, milestone and day."""
    given = 0
    for milestone in Milestone.objects.filter(is_active=True):
        for agent in _reached(milestone, on):
            with transaction.atomic():
                award, is_new = MilestoneAward.objects.get_or_create(
                    milestone=milestone, agent=agent, on_date=on
                )
                if is_new:
                    _celebrate(award, at)
                    given += 1
    return given


# --- Below ------------------------------------------------------------------------------------


def _decide(agent: User, month: date, awards: list[BadgeAward], at: datetime) -> None:
    reason = rules.gate_reason(month_facts(agent, month))
    VolumeDecision.objects.update_or_create(
        agent=agent,
        month_on=month,
        defaults={"is_passed": not reason, "reason": reason, "decided_at": at},
    )
    for award in awards:
        is_paid = PointsTransaction.objects.filter(
            source_type="badge",
            source_id=award.pk,
            kind=TransactionKind.BADGE,
            reversed_by__isnull=True,
        ).exists()
        points = award.rule.points if award.rule else 0
        if not reason and not is_paid:
            badges.pay_award(award, points, None, at)
        elif reason and is_paid:
            reversals.reverse_source(
                source_type="badge", source_id=award.pk, reason=reason, by=None, at=at
            )


def _reached(milestone: Milestone, on: date) -> list[User]:
    people = User.objects.filter(is_active=True)
    if milestone.kind == MilestoneKind.ANNIVERSARY:
        hired = people.filter(hired_on__year=on.year - milestone.years)
        return [
            one for one in hired if one.hired_on and rules.anniversary(one.hired_on, on.year) == on
        ]
    if milestone.kind == MilestoneKind.BIRTHDAY:
        days = [(on.day, on.month)]
        if (on.day, on.month) == (28, 2) and rules.anniversary(date(2024, 2, 29), on.year) == on:
            days.append((29, 2))
        rows = Birthday.objects.filter(user__is_active=True).select_related("user")
        return [row.user for row in rows if (row.day, row.month) in days]
    start, end = day_span(on)
    today = RecognitionFact.objects.filter(occurred_at__gte=start, occurred_at__lt=end).newest()
    if milestone.kind == MilestoneKind.CERTIFICATION:
        agents = today.filter(kind=FactKind.CERTIFICATE).values("agent")
        return list(people.filter(pk__in=agents))
    agents = today.filter(kind=FactKind.EVALUATION).values("agent")
    return [one for one in people.filter(pk__in=agents) if _closes_streak(one, milestone.years, on)]


def _closes_streak(agent: User, k: int, on: date) -> bool:
    rows = RecognitionFact.objects.filter(agent=agent, kind=FactKind.EVALUATION).newest()
    facts = list(rows.order_by("occurred_at", "fact_key"))
    places = rules.streak_awards([row.payload.get("is_passed") for row in facts], max(1, k))
    return any(site_day(facts[place].occurred_at) == on for place in places)


def _celebrate(award: MilestoneAward, at: datetime) -> None:
    points = award.milestone.points
    if points:
        (wallet,) = postings.wallets([award.agent])
        postings.post(
            kind=TransactionKind.MILESTONE,
            key=f"milestone:{award.pk}",
            entries=[(postings.system(AccountKind.ISSUANCE), -points), (wallet, points)],
            by=None,
            at=at,
            source=("milestone", award.pk),
        )
    mail.send("feedback.milestone_reached", key=f"{award.pk}", award_id=award.pk)
