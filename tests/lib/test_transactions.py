"""What the database gave up for another transaction is done again, and nothing else."""

import pytest
from django.db import OperationalError
from django.template import engines
from django.template.response import TemplateResponse

from config import home
from lib import transactions
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)  # Inside of one nothing is repeated.
BUSY = OperationalError("database is locked")


@pytest.fixture(autouse=True)
def no_naps(monkeypatch):
    monkeypatch.setattr(transactions, "nap", lambda: None)


@pytest.fixture
def failing(monkeypatch, client):
    """Lets the start page fail so many times, and tells how often it was made."""
    client.force_login(UserFactory(roles=["agent"]))
    client.raise_request_exception = False
    made = []

    def fail(times, error=BUSY):
        def source(user, at):
            made.append(1)
            if len(made) <= times:
                raise error
            return []

        monkeypatch.setattr(home, "_card_sources", [])
        monkeypatch.setattr(home, "_task_sources", [source])
        return made

    return fail


@pytest.mark.parametrize(("times", "status"), [(0, 200), (1, 200), (3, 200), (4, 503)])
def test_page_is_made_again_up_to_three_times(client, failing, times, status):
    made = failing(times)

    answer = client.get("/")

    assert (answer.status_code, len(made)) == (status, min(times + 1, 4))
    assert ("Retry-After" in answer) is (status == 503)


def test_database_that_is_away_is_not_asked_again(client, failing):
    made = failing(1, OperationalError("server closed the connection"))

    assert (client.get("/").status_code, len(made)) == (503, 1)


def test_other_faults_are_not_repeated(client, failing):
    made = failing(1, ValueError("odd"))

    assert (client.get("/").status_code, len(made)) == (500, 1)


def test_form_is_not_repeated(rf):
    middleware = transactions.RepeatMiddleware(lambda request: None)

    assert middleware.process_exception(rf.post("/"), BUSY) is None


def test_page_that_renders_later_is_rendered(rf):
    request = rf.get("/")
    template = engines["django"].from_string("made")
    view = lambda request: TemplateResponse(request, template)  # noqa: E731 - A view of one line.
    request.resolver_match = type(
        "Match", (), {"func": staticmethod(view), "args": (), "kwargs": {}}
    )

    response = transactions.RepeatMiddleware(view).process_exception(request, BUSY)

    assert response.content == b"made"
