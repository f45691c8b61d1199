"""Points among many connections: each race has a twin without its guard."""

import pytest
from django.db import connection

from feedback.actions import budgets, postings, rewards
from feedback.models import Kudos, PointsAccount, Posting, Redemption
from tests.factories.recognition import AT, RewardFactory
from tests.feedback.recognition_worlds import Crew, assert_books_are_sound, balance
from tests.races import together

pytestmark = pytest.mark.race
needs_row_locks = pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite lets one transaction write at a time, with or without our lock",
)


def order_all_at_once(count, **fields):
    crew = Crew()
    crew.fill(crew.ann, 100)
    reward = RewardFactory(cost_points=10, **fields)
    results = together(
        lambda number: rewards.redeem_reward(
            reward=reward, quantity=1, key=f"k{number}", by=crew.ann, at=AT
        ),
        count,
    )
    return crew, reward, results


def test_fifty_orders_of_one_balance_succeed_as_often_as_it_covers(race_database):
    crew, _reward, results = order_all_at_once(50)

    assert sum(isinstance(one, Redemption) for one in results) == 10
    assert balance(crew.ann) == 0
    assert_books_are_sound()


@needs_row_locks
def test_twin_without_the_account_lock_breaks_the_books(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "feedback.account_lock")

    order_all_at_once(50)

    wallet = PointsAccount.objects.get(kind="wallet")
    postings_sum = sum(Posting.objects.filter(account=wallet).values_list("amount", flat=True))
    assert wallet.balance != postings_sum


def last_item_for_twenty():
    crew = Crew()
    people = [crew.join("agent") for _ in range(20)]
    for person in people:
        crew.fill(person, 20)
    reward = RewardFactory(cost_points=10, stock=1)
    results = together(
        lambda number: rewards.redeem_reward(
            reward=reward, quantity=1, key="k", by=people[number], at=AT
        ),
        20,
    )
    reward.refresh_from_db()
    return reward, sum(isinstance(one, Redemption) for one in results)


def test_last_item_goes_to_one_of_twenty(race_database):
    reward, successes = last_item_for_twenty()

    assert (reward.stock, successes) == (0, 1)
    assert_books_are_sound()


@needs_row_locks
def test_twin_without_the_condition_sells_it_to_several(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "feedback.stock")

    _reward, successes = last_item_for_twenty()

    assert successes > 1


def test_twenty_forms_with_one_key_are_one_kudos(race_database):
    crew = Crew()

    results = together(lambda number: crew.thank(points=5, key="one"), 20)

    assert {one.pk for one in results} == {Kudos.objects.get().pk}
    assert balance(crew.ben) == 5


def test_thirty_grants_share_the_last_hundred_points(race_database):
    crew = Crew()
    budget = crew.budget(100)

    results = together(
        lambda number: budgets.grant_points(
            recipients=[crew.ann],
            points=10,
            reason="Helped in the queue.",
            budget=budget,
            by=crew.supervisor,
            at=AT,
        ),
        30,
    )

    assert sum(getattr(one, "state", "") == "approved" for one in results) == 10
    assert postings.account_of(budget).balance == 0
    assert_books_are_sound()
