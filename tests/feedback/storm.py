"""Random work on points, by processes that are killed in the middle of it."""

from __future__ import annotations

import os
import random
import signal
from datetime import timedelta
from functools import partial
from uuid import UUID

from feedback.actions import allowances, budgets, kudos, leavers, reversals, rewards
from feedback.checking import faults_of_ledger
from feedback.models import (
    Kudos,
    PointsTransaction,
    Posting,
    Redemption,
    Reward,
)
from feedback.models.points import EARNING_KINDS
from lib.refusals import Refused
from tests.factories.recognition import AT, RewardFactory
from tests.feedback.recognition_worlds import Crew
from tests.races import ended, in_child

STEP = timedelta(minutes=7)
REASON = "A round of the storm."
POINT = "feedback.post.before_commit"


class Storm:
    """A team that thanks, grants, orders, corrects and leaves; `seed` decides everything."""

    def __init__(self):
        self.crew = Crew()
        self.people = [self.crew.ann, self.crew.ben, self.crew.cid, self.crew.join("agent")]
        span = {"starts_on": AT.date().replace(day=1), "ends_on": AT.date().replace(year=2099)}
        self.budget = self.crew.budget(100_000, **span)
        RewardFactory(cost_points=7, needs_approval=False)
        RewardFactory(cost_points=31, stock=1_000)

    def run(self, seed: int, operations: int, first: int = 0) -> None:
        """Do so many operations; a refusal is an answer like any other."""
        chance = random.Random(seed)
        verbs = (
            *(self.thank,) * 4,
            *(self.order,) * 3,
            *(self.decide,) * 3,
            *(self.grant,) * 2,
            *(self.take_back, self.reverse, self.boost, self.leave_and_return),
        )
        for number in range(first, first + operations):
            try:
                chance.choice(verbs)(chance, AT + STEP * number)
            except Refused:
                continue

    # --- Operations ------------------------------------------------------------------------------

    def thank(self, chance, at):
        giver, *others = chance.sample(self.people, chance.randint(2, 4))
        self.crew.thank(
            *others, by=giver, points=chance.choice((0, 1, 5, 20)), key=key(chance), at=at
        )

    def order(self, chance, at):
        rewards.redeem_reward(
            reward=chance.choice(list(Reward.objects.order_by("pk"))),
            quantity=chance.randint(1, 3),
            key=key(chance),
            by=chance.choice(self.people),
            at=at,
        )

    def decide(self, chance, at):
        row = Redemption.objects.holding().order_by("pk").first()
        if row is None:
            return
        boss, way = self.crew.admin, chance.randrange(4)
        if way == 0:
            rewards.approve_redemption(redemption=row, by=boss, at=at)
        elif way == 1:
            rewards.decline_redemption(redemption=row, reason=REASON, by=boss, at=at)
        elif way == 2:
            rewards.cancel_redemption(redemption=row, by=row.user, at=at)
        else:
            rewards.fulfill_redemption(redemption=row, by=boss, at=at)

    def grant(self, chance, at):
        budgets.grant_points(
            recipients=chance.sample(self.people, chance.randint(1, 3)),
            points=chance.choice((1, 10, 50)),
            reason=REASON,
            budget=self.budget,
            by=self.crew.supervisor,
            at=at,
        )

    def take_back(self, chance, at):
        newest = list(Kudos.objects.posted().order_by("-pk")[:20])
        if newest:
            one = chance.choice(newest)
            if chance.random() < 0.5:
                kudos.withdraw_kudos(kudos=one, by=one.giver, at=at)
            else:
                kudos.remove_kudos(kudos=one, reason=REASON, by=self.crew.admin, at=at)

    def reverse(self, chance, at):
        earned = PointsTransaction.objects.filter(kind__in=EARNING_KINDS).order_by("-pk")
        newest = list(earned[:30])
        if newest:
            reversals.reverse_points(
                entry=chance.choice(newest), reason=REASON, by=self.crew.admin, at=at
            )

    def boost(self, chance, at):
        allowances.boost_giving(
            person=chance.choice(self.people),
            points=chance.randint(1, 40),
            last_on=chance.choice((None, at.date())),
            reason=REASON,
            by=self.crew.admin,
            at=at,
        )

    def leave_and_return(self, chance, at):
        person = chance.choice(self.people)
        leavers.freeze_points(person=person, at=at)
        leavers.thaw_points(person=person, at=at + timedelta(seconds=1))


def key(chance: random.Random) -> str:
    return UUID(int=chance.getrandbits(128)).hex


def rage(storm: Storm, operations: int, kills: int, chance: random.Random) -> dict[str, int]:
    """Split the work over children; each but the last dies inside a posting, and is followed.

    Returns how many operations and kills there were, transactions written, and faults found.
    """
    counts = {"operations": 0, "kills": 0, "faults": 0}
    each = max(1, -(-operations // (kills + 1)))
    for number in range(kills + 1):
        seed, is_last = chance.getrandbits(32), number == kills
        child = in_child(partial(_work, storm, seed, each, number * each, dies=not is_last))
        code = ended(child)
        assert code in (0, -signal.SIGKILL), f"A child of the storm ended with {code}."
        counts["operations"] += each
        counts["kills"] += code == -signal.SIGKILL
        counts["faults"] += len(list(faults_of_ledger()))
    counts["transactions"] = PointsTransaction.objects.count()
    counts["sum"] = sum(Posting.objects.values_list("amount", flat=True).iterator())
    return counts


def _work(storm: Storm, seed: int, operations: int, first: int, *, dies: bool) -> None:
    storm.run(seed, operations, first)
    if dies:
        os.environ["ATTUNE_TEST_FAILPOINT"] = f"{POINT}:kill"
        storm.run(seed + 1, 1_000, first + operations)
