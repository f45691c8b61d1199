"""Thanks, budgets, rewards, badges and a board for the demo center."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from accounts.models import User
from config.demo.center import ZONE
from config.demo.people import DemoPeople
from feedback.actions import badges, boards, budgets, kudos, rewards
from feedback.models import (
    AwardProgram,
    Badge,
    BadgeRule,
    CompanyValue,
    Leaderboard,
    Milestone,
    RecognitionFact,
    Reward,
    Tier,
)
from feedback.models.badges import RuleState
from lib.refusals import Refused
from quality.models import Evaluation
from quality.models.evaluations import Purpose, Selection

THANKS = 90
VALUES = (
    ("care", "Care for customers", "We solve what the customer came for, and say so plainly."),
    ("team", "One team", "We help before we are asked."),
    ("craft", "Good craft", "We do it properly, also when nobody looks."),
    ("learn", "Learn and share", "We ask, we try, we tell others what worked."),
)
WORDS = (
    "You took over my callback when the line was full. The customer was delighted.",
    "Thank you for showing me the shortcut in the order screen; it saves minutes every call.",
    "You stayed calm with a very upset caller and turned it round. I learned a lot.",
    "Covering my late shift on short notice meant I could be at my daughter's recital.",
    "Your notes on the damaged parcels were so clear that my customer never had to repeat it.",
    "The way you explained the refund in two sentences is what I will copy from now on.",
    "Thanks for sitting with me through the new camera setup; now I can do it alone.",
    "You noticed that the delivery dates were wrong and told everyone before the rush.",
)
REWARDS = (
    ("Coffee for two", "Free time", 20, None, False),
    ("Cinema ticket", "Free time", 45, 12, True),
    ("Hour off", "Time", 80, None, True),
    ("Noise-canceling headset", "Desk", 240, 4, True),
    ("Donation to the food bank", "Good cause", 30, None, False),
)


def make_recognition(rng: Random, people: DemoPeople, until: date) -> None:
    """A year's worth of settings, and thanks of the last two months."""
    assert people.admin is not None
    now = datetime.combine(until, time(18), ZoneInfo(ZONE))
    values = [
        CompanyValue.objects.create(code=code, name=name, description=text, position=place)
        for place, (code, name, text) in enumerate(VALUES)
    ]
    _make_catalog()
    # In force for the grants of some days ago, whichever day of the month it is.
    last_month = (until.replace(day=1) - timedelta(days=1)).replace(day=1)
    far_end = (last_month + timedelta(days=123)).replace(day=1)
    for team in people.teams.values():
        budgets.fund_budget(
            team=team, starts_on=last_month, ends_on=far_end, points=1500, by=people.admin, at=now
        )
    _give_thanks(rng, people, values, now)
    _grant(rng, people, now)
    _make_badges(people.admin, now)
    _note_results(people)
    for agent in _agents(people):
        badges.fold_agent(agent=agent, at=now)
    _order(rng, people, now)
    _make_boards(until, now)
    _open_award(people, now)


def _agents(people: DemoPeople) -> list[User]:
    return [agent for team in people.agents.values() for agent in team]


def _make_catalog() -> None:
    for name, category, cost, stock, needs_approval in REWARDS:
        Reward.objects.create(
            name=name,
            category=category,
            cost_points=cost,
            stock=stock,
            needs_approval=needs_approval,
        )
    for name, threshold in (("Bronze", 100), ("Silver", 300), ("Gold", 600)):
        Tier.objects.create(name=name, threshold=threshold)
    for years, points in ((1, 50), (3, 100), (5, 200)):
        Milestone.objects.create(kind="anniversary", years=years, points=points)


def _give_thanks(
    rng: Random, people: DemoPeople, values: list[CompanyValue], now: datetime
) -> None:
    """Somebody thanks somebody; where a limit is reached, nobody does."""
    agents = _agents(people)
    for number in range(THANKS):
        giver, receiver = rng.sample(agents, 2)
        at = now - timedelta(minutes=rng.randrange(30, 60 * 24 * 55))
        thanks = kudos.Thanks(
            recipients=[receiver],
            message=WORDS[number % len(WORDS)],
            values=rng.sample(values, rng.choice((1, 1, 2))),
            points_each=rng.choice((0, 5, 10, 10, 20)),
        )
        try:
            kudos.give_kudos(thanks=thanks, key=f"demo-{number}", by=giver, at=at)
        except Refused:
            continue


def _grant(rng: Random, people: DemoPeople, now: datetime) -> None:
    for name, leader in people.supervisors.items():
        team = people.teams.get(name)
        found = budgets.budgets_for(leader, now)
        budget = next((one for one in found if team is None or one.team_id == team.pk), None)
        if budget is None or budget.team is None:
            continue
        chosen = rng.sample(people.agents[budget.team.name], 2)
        budgets.grant_points(
            recipients=chosen[:1],
            points=60,
            reason="Held the queue together during the outage.",
            budget=budget,
            by=leader,
            at=now - timedelta(days=2),
        )
        budgets.grant_points(
            recipients=chosen[1:],
            points=250,
            reason="Wrote the guide that the whole team now works by.",
            budget=budget,
            by=leader,
            at=now - timedelta(hours=20),
        )


def _make_badges(admin: User, now: datetime) -> None:
    steady = Badge.objects.create(
        code="steady",
        name="Steady hand",
        icon="medal",
        points=25,
        repeat="once_per_month",
        description="Three evaluations in a row of 90 percent or more.",
    )
    BadgeRule.objects.create(
        badge=steady,
        fact_kind="evaluation",
        conditions=[{"field": "score_percent", "operator": "gte", "value": 90}],
        mode="streak",
        k=3,
        points=25,
        effective_from=now - timedelta(days=120),
        state=RuleState.ACTIVE,
    )
    Badge.objects.create(
        code="mentor",
        name="Mentor",
        icon="hand-heart",
        kind="manual",
        points=50,
        repeat="every_time",
        description="Brought a new colleague up to speed.",
    )


def _note_results(people: DemoPeople) -> None:
    """The released results of random draws, as the facts that the events would have told."""
    rows = (
        Evaluation.objects.filter(purpose=Purpose.STANDARD, selection=Selection.RANDOM)
        .released()
        .select_related("current_revision", "leg__interaction")
    )
    RecognitionFact.objects.bulk_create(
        RecognitionFact(
            fact_key=f"evaluation:{row.pk}",
            kind="evaluation",
            agent_id=row.agent_id,
            occurred_at=row.released_at,
            payload={
                "score_percent": float(row.current_revision.score_percent or 0),
                "is_passed": row.current_revision.outcome == "passed",
                "has_critical_failure": bool(row.current_revision.critical_fired),
                "scorecard": row.scorecard_id,
                "queue": row.leg.interaction.queue_id,
            },
        )
        for row in rows
        if row.current_revision.score_percent is not None
    )


def _order(rng: Random, people: DemoPeople, now: datetime) -> None:
    catalog = list(Reward.objects.order_by("cost_points"))
    for number, agent in enumerate(rng.sample(_agents(people), 12)):
        try:
            rewards.redeem_reward(
                reward=rng.choice(catalog[:3]),
                quantity=1,
                key=f"demo-{number}",
                by=agent,
                at=now - timedelta(hours=rng.randrange(1, 90)),
            )
        except Refused:
            continue


def _make_boards(until: date, now: datetime) -> None:
    for code, name, metric, unit in (
        ("teams-passed", "Passed evaluations by team", "qa_pass", "team"),
        ("agents-mean", "Mean score", "qa_mean", "agent"),
    ):
        board = Leaderboard.objects.create(
            code=code, name=name, metric=metric, unit=unit, min_n=10 if unit == "team" else 5
        )
        boards.snapshot_board(board=board, on=until, at=now)


def _open_award(people: DemoPeople, now: datetime) -> None:
    leaders = list(people.supervisors.values())
    program = AwardProgram.objects.create(
        name="Helping hand of the quarter",
        description="For somebody who made the work of others better, not only their own.",
        opens_at=now - timedelta(days=7),
        closes_at=now + timedelta(days=14),
        points=150,
        chair=leaders[0],
        criteria=[
            {"code": "care", "name": "What it changed", "weight_percent": 60},
            {"code": "craft", "name": "How well it was done", "weight_percent": 40},
        ],
        min_tenure_days=30,
        state="open",
    )
    program.committee.set(leaders[:3])
