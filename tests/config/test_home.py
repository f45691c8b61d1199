"""The start page collects what the areas register."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from config import home
from lib.start_page import Ask, Card, Task
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 12, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_sources(monkeypatch):
    monkeypatch.setattr(home, "_task_sources", [])
    monkeypatch.setattr(home, "_card_sources", [])


def test_tasks_stand_in_the_order_in_which_they_are_due():
    home.add_tasks(lambda user, at: [Task("Whenever", "/c/", "inbox")])
    home.add_tasks(lambda user, at: [Task("Later", "/b/", "inbox", due_at=at + timedelta(days=1))])
    home.add_tasks(lambda user, at: [Task("Now", "/a/", "inbox", due_at=at)])

    tasks = home.tasks_for(UserFactory(), AT)

    assert [task.title for task in tasks] == ["Now", "Later", "Whenever"]


def test_source_registered_twice_is_asked_once():
    def source(user, at):
        return [Task("Once", "/", "inbox")]

    home.add_tasks(source)
    home.add_tasks(source)

    assert len(home.tasks_for(UserFactory(), AT)) == 1


def test_all_asks_are_one_query_and_tell_of_what_was_found(django_assert_num_queries):
    person = UserFactory()

    def tell(*found):
        return [Task("-".join(map(str, found)), "/", "inbox")]

    everybody, nobody = User.objects.filter(pk=person.pk), User.objects.exclude(pk=person.pk)
    home.add_tasks(lambda user, at: [Ask((everybody, nobody), tell), Task("Plain", "/", "inbox")])
    home.add_tasks(lambda user, at: [Ask((nobody,), tell), Ask((everybody,), tell)])

    with django_assert_num_queries(1):
        tasks = home.tasks_for(person, AT)

    assert [task.title for task in tasks] == ["1-0", "Plain", "1"]


def test_card_without_content_is_left_out():
    card = Card("Week", "components/skeleton.html", None)
    home.add_card(lambda user, at: None)
    home.add_card(lambda user, at: card)

    assert home.cards_for(UserFactory(), AT) == [card]


def test_page_says_so_when_nothing_waits(client):
    client.force_login(UserFactory(roles=["agent"]))

    answer = client.get("/")

    assert answer.status_code == 200
    assert "Nothing waits for you" in answer.content.decode()


def test_page_shows_what_waits(client):
    home.add_tasks(lambda user, at: [Task("Disputes <to> decide", "/disputes/", "scale", 2)])
    client.force_login(UserFactory(roles=["agent"]))

    page = client.get("/").content.decode()

    assert "Disputes &lt;to&gt; decide" in page
    assert 'href="/disputes/"' in page


def test_page_asks_strangers_to_sign_in(client):
    answer = client.get("/")

    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in/")
