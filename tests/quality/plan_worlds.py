"""A small center for sampling: a team with agents, evaluators, and a week of handled calls."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from quality.actions import draws, plans
from quality.actions.plans import PlanContent
from quality.models import Draw, SeedCommitment
from quality.sampling import commitment as seed_hash
from tests.factories.accounts import TeamFactory
from tests.factories.crm import InteractionFactory, LegFactory
from tests.factories.quality_plans import SEED
from tests.quality.worlds import member, published

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
BEFORE = datetime(2026, 5, 3, 22, 0, tzinfo=UTC)  # The evening before.
AFTER = datetime(2026, 5, 11, 2, 0, tzinfo=UTC)  # Two hours after the week.


def call(team, agent, at, **options):
    """A handled call that began at a moment and took five minutes."""
    leg = {name: options.pop(name) for name in LEG_FIELDS if name in options}
    interaction = InteractionFactory(
        **{"started_at": at, "ended_at": at + timedelta(minutes=5), **options}
    )
    return LegFactory(
        **{
            "interaction": interaction,
            "agent": agent,
            "team": team,
            "answered_at": at,
            "talk_seconds": 200,
            "hold_seconds": 10,
            **leg,
        }
    )


LEG_FIELDS = ("talk_seconds", "hold_seconds", "queue", "answered_at", "kind")


class PlanWorld:
    """Two agents with `calls` calls on each day of the week, two evaluators, a supervisor."""

    def __init__(self, calls=3, agents=2, evaluators=2, days=7):
        self.team = TeamFactory()
        self.agents = [member("agent", self.team) for _ in range(agents)]
        self.evaluators = [member("evaluator", self.team) for _ in range(evaluators)]
        self.supervisor = member("supervisor", self.team)
        self.scorecard = published()
        self.legs = [
            call(self.team, agent, MONDAY + timedelta(days=day, hours=9 + number))
            for agent in self.agents
            for day in range(days)
            for number in range(calls)
        ]

    def content(self, **changes):
        given = {
            "name": "Weekly sample",
            "scorecard": self.scorecard,
            "quota_kind": "per_agent",
            "quota_n": 4,
            "double_percent": Decimal(0),
            "teams": [self.team],
            "shares": dict.fromkeys(self.evaluators, Decimal(1)),
        }
        return PlanContent(**{**given, **changes})

    def plan(self, **changes):
        return plans.create_plan(content=self.content(**changes), by=self.supervisor, at=BEFORE)

    def active(self, at=BEFORE, **changes):
        return plans.activate_plan(plan=self.plan(**changes), by=self.supervisor, at=at)

    def committed(self, at=BEFORE, **changes):
        """An active plan's commitment for the week, with the seed of the worked examples."""
        plan = self.active(at=at, **changes)
        commitment = plan.commitments.get(period_start_on=MONDAY.date())
        SeedCommitment.objects.filter(pk=commitment.pk).update(
            seed=SEED, seed_sha256=seed_hash(SEED)
        )
        commitment.refresh_from_db()
        return commitment

    def drawn(self, at=BEFORE, **changes) -> Draw:
        """The draw of the whole week in one slice."""
        return draws.draw_slice(commitment=self.committed(at=at, **changes), number=1, at=AFTER)
