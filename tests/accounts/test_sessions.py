"""A sign-in lasts until it is idle too long or too old; both limits are half-open."""

import time

import pytest
from django.conf import settings

from accounts.sessions import LAST_SEEN, SIGNED_IN, is_alive
from tests.factories.accounts import UserFactory

MINUTE, HOUR = 60, 3600


@pytest.mark.parametrize(
    ("now", "last_seen", "alive"),
    [
        (12 * HOUR + 29 * MINUTE + 59, 12 * HOUR, True),
        (12 * HOUR + 30 * MINUTE, 12 * HOUR, False),
        (19 * HOUR + 59 * MINUTE + 59, 19 * HOUR + 58 * MINUTE, True),
        (20 * HOUR, 19 * HOUR + 59 * MINUTE, False),
    ],
)
def test_limits_of_a_session_signed_in_at_eight(now, last_seen, alive):
    signed_in = 8 * HOUR

    assert (
        is_alive(now=now, last_seen=last_seen, signed_in=signed_in, idle=1800, longest=43200)
        is alive
    )


def age(client, *, last_seen, signed_in):
    session = client.session
    now = int(time.time())
    session[LAST_SEEN], session[SIGNED_IN] = now - last_seen, now - signed_in
    session.save()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last_seen", "signed_in", "status"),
    [(60, 3600, 200), (1740, 3600, 200), (1801, 3600, 302), (60, 43201, 302)],
)
def test_pages_hold_the_limits(client, last_seen, signed_in, status):
    client.force_login(UserFactory(roles=["agent"]))
    age(client, last_seen=last_seen, signed_in=signed_in)

    assert client.get("/").status_code == status


@pytest.mark.django_db
def test_session_without_stamps_is_over(client):
    client.force_login(UserFactory(roles=["agent"]))
    session = client.session
    del session[SIGNED_IN]
    session.save()

    assert client.get("/").status_code == 302


@pytest.mark.django_db
def test_last_seen_is_written_at_most_once_a_minute(client):
    client.force_login(UserFactory(roles=["agent"]))
    before = client.session[LAST_SEEN]

    client.get("/")
    assert client.session[LAST_SEEN] == before

    age(client, last_seen=61, signed_in=61)
    client.get("/")
    assert client.session[LAST_SEEN] >= before


def test_defaults_are_thirty_minutes_and_twelve_hours():
    assert (settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE) == (1800, 43200)
