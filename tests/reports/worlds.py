"""A small center with a few days of traffic, drawn by chance from a fixed seed."""

from datetime import UTC, datetime, timedelta
from random import Random

from crm.models import Interaction, Leg, QueueVisit
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    CustomerFactory,
    DispositionFactory,
    InteractionDispositionFactory,
)
from tests.factories.routing import QueueFactory

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
OUTCOMES = ("answered", "answered", "answered", "abandoned", "callback", "overflowed")


class Center:
    """Two teams with a queue each, and a supervisor of the first."""

    def __init__(self, seed=1, interactions=120, days=3):
        self.rng = Random(seed)
        self.teams = [TeamFactory(), TeamFactory()]
        self.queues = [QueueFactory(team=team) for team in self.teams]
        self.agents = [UserFactory(roles=["agent"]) for _ in range(4)]
        for index, agent in enumerate(self.agents):
            TeamMembershipFactory(user=agent, team=self.teams[index % 2])
        self.supervisor = UserFactory(roles=["supervisor"])
        TeamMembershipFactory(user=self.supervisor, team=self.teams[0], kind="supervisor")
        self.admin = UserFactory(roles=["admin"])
        self.customers = [CustomerFactory() for _ in range(12)]
        for number in range(interactions):
            self.interaction(number, days)

    def interaction(self, number, days=3):
        rng = self.rng
        place = rng.randrange(2)
        started_at = MONDAY + timedelta(seconds=rng.randrange(days * 86_400))
        outcome, wait = rng.choice(OUTCOMES), rng.choice((None, 0, 3, 20, 21, 700, 90_000))
        is_handled = outcome == "answered"
        row = Interaction.objects.create(
            source="test",
            external_id=f"{number}-{rng.random()}",
            channel=rng.choice(("voice", "chat")),
            direction=rng.choices(("inbound", "outbound"), (9, 1))[0],
            customer=rng.choice([*self.customers, None]),
            queue=self.queues[place],
            started_at=started_at,
            outcome="handled" if is_handled else "abandoned_in_queue",
            quality_flags=rng.choice(([], [], ["negative_duration"])),
        )
        leg = self.leg(row, place) if is_handled else None
        QueueVisit.objects.create(
            interaction=row,
            position=1,
            queue=self.queues[place],
            entered_at=started_at,
            left_at=started_at + timedelta(seconds=wait or 0),
            outcome=outcome,
            wait_seconds=wait,
            leg=leg,
        )
        return row

    def leg(self, row, place):
        rng = self.rng
        talk, transfers = rng.choice((None, 60, 300)), rng.choice((0, 0, 1))
        row.handle_seconds, row.transfer_count, row.leg_count = talk, transfers, 1
        row.save()
        return Leg.objects.create(
            interaction=row,
            position=1,
            agent=self.agents[place + 2 * rng.randrange(2)],
            team=self.teams[place],
            answered_at=row.started_at,
            talk_seconds=talk,
            active_seconds=rng.choice((None, 20, 50)),
            slots=rng.choice((None, 1, 3)),
            end="blind_transfer" if transfers else "customer",
        )

    def dispose(self):
        """Give most interactions one or two of two dispositions, a few that they are no repeat."""
        usual = [DispositionFactory(), DispositionFactory()]
        never = DispositionFactory(is_no_repeat=True)
        for row in Interaction.objects.order_by("pk"):
            given = self.rng.choice(([], usual[:1], usual[:1], usual[1:], usual, [never]))
            for disposition in given:
                InteractionDispositionFactory(interaction=row, disposition=disposition)

    @property
    def days(self):
        return [(MONDAY + timedelta(days=number)).date() for number in range(3)]
