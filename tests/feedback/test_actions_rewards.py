"""Ordering rewards: frozen prices, held points, stock, and who decides."""

from datetime import date, timedelta

import pytest

from feedback.actions import rewards
from feedback.actions.postings import NotEnoughPoints
from feedback.actions.rewards import (
    LimitReached,
    NotOffered,
    NotYoursToDecide,
    OrderDecided,
    OutOfStock,
)
from feedback.models import PointsTransaction, Redemption, Reward
from lib.refusals import Invalid
from ops.models import JobRun
from tests.factories.accounts import TeamFactory
from tests.factories.recognition import AT, RewardFactory
from tests.feedback.recognition_worlds import (
    Crew,
    assert_books_are_sound,
    balance,
    lifetime,
    system_balance,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    world = Crew()
    world.fill(world.ann, 100)
    return world


def order(crew, reward=None, quantity=1, key="k", by=None):
    return rewards.redeem_reward(
        reward=reward or RewardFactory(), quantity=quantity, key=key, by=by or crew.ann, at=AT
    )


def test_order_holds_the_frozen_price_and_takes_stock(crew):
    reward = RewardFactory(cost_points=25, discount_percent=15, stock=4)

    placed = order(crew, reward, quantity=2)
    Reward.objects.filter(pk=reward.pk).update(cost_points=90)

    reward.refresh_from_db()
    assert (placed.price_points, placed.state, reward.stock) == (44, "pending", 2)
    assert (balance(crew.ann), system_balance("held")) == (56, 44)


def test_declined_order_returns_points_and_stock(crew):
    reward = RewardFactory(cost_points=40, stock=1)
    placed = order(crew, reward)

    rewards.decline_redemption(
        redemption=placed, reason="Not in this quarter.", by=crew.supervisor, at=AT
    )

    reward.refresh_from_db()
    assert (balance(crew.ann), lifetime(crew.ann), reward.stock) == (100, 100, 1)
    moved = PointsTransaction.objects.filter(source_type="redemption")
    assert sum(entry.postings.count() for entry in moved) == 4
    assert_books_are_sound()


def test_handed_over_order_is_spent_for_good(crew):
    placed = order(crew)

    rewards.approve_redemption(redemption=placed, by=crew.supervisor, at=AT)
    rewards.fulfill_redemption(redemption=placed, by=crew.supervisor, at=AT)

    assert (system_balance("held"), system_balance("redeemed")) == (0, 40)
    with pytest.raises(OrderDecided):
        rewards.decline_redemption(
            redemption=placed, reason="Too late for this.", by=crew.supervisor, at=AT
        )


def test_reward_without_approval_is_approved_by_the_system(crew):
    placed = order(crew, RewardFactory(needs_approval=False))

    assert (placed.state, placed.decided_by) == ("approved", None)


def test_nobody_decides_on_their_own_order_and_only_the_person_cancels(crew):
    placed = order(crew)

    with pytest.raises(NotYoursToDecide):
        rewards.approve_redemption(redemption=placed, by=crew.ann, at=AT)
    with pytest.raises(NotYoursToDecide):
        rewards.cancel_redemption(redemption=placed, by=crew.ben, at=AT)
    rewards.cancel_redemption(redemption=placed, by=crew.ann, at=AT)
    assert balance(crew.ann) == 100


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"stock": 0}, OutOfStock),
        ({"is_active": False}, NotOffered),
        ({"valid_until": date(2026, 5, 4)}, NotOffered),
        ({"valid_from": date(2026, 5, 5)}, NotOffered),
        ({"cost_points": 101}, NotEnoughPoints),
    ],
)
def test_refusal_says_what_is_in_the_way(crew, fields, refusal):
    reward = RewardFactory(**fields)

    with pytest.raises(refusal):
        order(crew, reward)

    assert not Redemption.objects.exists()
    assert balance(crew.ann) == 100


def test_reward_of_other_teams_is_not_offered(crew):
    reward = RewardFactory()
    reward.regions.add(TeamFactory())

    with pytest.raises(NotOffered):
        order(crew, reward)


def test_limit_per_person_counts_what_was_not_refused(crew):
    reward = RewardFactory(cost_points=1, per_person_limit=2, limit_period="month")
    first = order(crew, reward, key="a")
    order(crew, reward, key="b")
    with pytest.raises(LimitReached):
        order(crew, reward, key="c")

    rewards.cancel_redemption(redemption=first, by=crew.ann, at=AT)

    assert order(crew, reward, key="d")


def test_same_key_is_one_order_and_six_at_once_are_refused(crew):
    assert order(crew, key="x") == order(crew, key="x")
    with pytest.raises(Invalid):
        order(crew, quantity=6, key="y")


def test_low_stock_is_told_once_when_it_falls_to_the_limit(crew):
    reward = RewardFactory(cost_points=1, stock=5, low_stock_at=3)
    for key in "abcd":
        reward.refresh_from_db()
        order(crew, reward, key=key)

    assert JobRun.objects.filter(job="feedback.warn_stock").count() == 1


def test_person_sees_own_orders_and_supervisors_those_of_their_team(crew):
    placed = order(crew)
    other = Crew()

    def sees(person):
        return placed in Redemption.objects.visible_to(person)

    assert (sees(crew.ann), sees(crew.supervisor), sees(crew.admin)) == (True, True, True)
    assert (sees(crew.ben), sees(other.supervisor)) == (False, False)
    assert placed.ordered_at < AT + timedelta(seconds=1)
