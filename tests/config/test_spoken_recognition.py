"""Rewards, badges, awards and boards are wholly in their reader's language."""

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.actions import rewards
from tests.factories.accounts import UserFactory
from tests.factories.recognition import RewardFactory
from tests.feedback.recognition_worlds import Crew
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records

pytestmark = pytest.mark.django_db


def page(name, world):
    """What a world's reader opens: the page of this name, of the row that the world tells."""

    def read():
        reader, *about = world()
        return reader, reverse(f"feedback:{name}", args=about)

    return read


def nobody():
    return (UserFactory(roles=["agent"]),)


def administrator():
    return (UserFactory(roles=["admin"]),)


def priced():
    """Rewards of every price and stock, one within reach."""
    crew = Crew()
    crew.fill(crew.ben, 100)
    RewardFactory(stock=2, discount_percent=10, per_person_limit=2, description="For two.")
    RewardFactory(stock=0, needs_approval=False)
    RewardFactory(cost_points=9000)
    return (crew.ben,)


def ordered():
    """Orders of an agent in every state."""
    crew, at = Crew(), timezone.now()
    crew.fill(crew.ben, 1000)
    reward = RewardFactory()
    order = {"reward": reward, "quantity": 2, "by": crew.ben, "at": at}
    rows = [rewards.redeem_reward(key=str(number), **order) for number in range(5)]
    free = RewardFactory(needs_approval=False)
    rewards.redeem_reward(**order | {"reward": free, "key": "free"})
    rewards.cancel_redemption(redemption=rows[0], by=crew.ben, at=at)
    for row in rows[1:3]:
        rewards.approve_redemption(redemption=row, by=crew.supervisor, at=at)
    rewards.fulfill_redemption(redemption=rows[1], by=crew.supervisor, at=at)
    decision = {"reason": "None are left in the store.", "by": crew.supervisor, "at": at}
    rewards.decline_redemption(redemption=rows[3], **decision)
    return crew


def own_orders():
    return (ordered().ben,)


def orders_to_decide():
    return (ordered().supervisor,)


def idle_supervisor():
    return (Crew().supervisor,)


SHOWN = [
    ("reward_list", priced),
    ("reward_list", nobody),
    ("reward_list", administrator),
    ("redemption_list", own_orders),
    ("redemption_list", orders_to_decide),
    ("redemption_list", idle_supervisor),
]
WORLDS = {f"{name} {world.__name__}": page(name, world) for name, world in SHOWN}


@pytest.mark.parametrize("world", WORLDS)
def test_no_word_of_recognition_is_ours_and_unmarked(client, monkeypatch, world):
    reader, path = WORLDS[world]()
    mark_what_is_said(monkeypatch)

    page = in_spanish(client, reader, path)

    assert page.status_code == 200
    assert page["Content-Language"] == "es"
    assert unsaid(page.content.decode(), words_of_the_records()) == []


@pytest.mark.parametrize("world", WORLDS)
def test_no_english_of_ours_is_in_recognition(client, world):
    assert english_left(in_spanish(client, *WORLDS[world]()).content.decode()) == set()


def refused(client, reader, path, **given):
    in_spanish(client, reader, path)
    return client.post(path, given).content.decode()


def test_order_is_refused_in_spanish(client):
    (reader,) = priced()
    dear, gone = (RewardFactory(cost_points=900), RewardFactory(is_active=False))
    path = reverse("feedback:reward_redeem", args=[dear.pk])

    assert "La billetera tiene 100 puntos; se necesitan 900." in refused(client, reader, path)
    path = reverse("feedback:reward_redeem", args=[gone.pk])
    assert "no se le ofrece por ahora." in refused(client, reader, path)
    assert "Pida de 1 a 5." in refused(client, reader, path, quantity="9")
