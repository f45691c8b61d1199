"""Guessing is stopped per login and network, for unknown logins alike, never the owner."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from accounts import lockout
from accounts.guessing import hash_of
from accounts.models import SignInCounter
from ops.models import Bucket
from tests.accounts.test_sign_in import PASSWORD, agent, sign_in  # noqa: F401 - A fixture.
from tests.factories.ops import BucketFactory
from tests.jobs import run_waiting_jobs

START = datetime(2026, 3, 16, 9, tzinfo=UTC)


def after_failures(*minutes):
    count = lockout.NOTHING
    for minute in minutes:
        count, _ = lockout.tried(count, START + timedelta(minutes=minute))
    return count


def test_nine_failures_leave_the_door_open():
    count, may_look = lockout.tried(after_failures(*range(9)), START + timedelta(minutes=9))

    assert may_look
    assert count.failures == 10


def test_tenth_failure_locks_for_fifteen_minutes():
    count = after_failures(*range(10))

    assert count.locked_until == START + timedelta(minutes=24)
    assert not lockout.tried(count, START + timedelta(minutes=23, seconds=59))[1]
    assert lockout.tried(count, START + timedelta(minutes=24)) == (
        lockout.Count(1, START + timedelta(minutes=24)),
        True,
    )


def test_window_begins_anew_after_fifteen_minutes():
    assert after_failures(*range(9), 15) == lockout.Count(1, START + timedelta(minutes=15))


# --- At the door ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["amy@attune.example", "eve@attune.example"])
def test_eleventh_try_is_refused_without_a_look(agent, email):  # noqa: F811
    client = Client()
    for _ in range(10):
        sign_in(client, email, "wrong wrong wrong")

    answer = sign_in(client, email, PASSWORD)

    assert answer.status_code == 422
    assert SignInCounter.objects.get().failures == 10


def test_case_and_width_make_no_new_login():
    spellings = {"amy@attune.example", " AMY@attune.example ", "ａｍｙ@attune.example"}

    assert len({hash_of(spelling) for spelling in spellings}) == 1


@pytest.mark.django_db
def test_success_starts_over(agent):  # noqa: F811
    client = Client()
    sign_in(client, password="wrong wrong wrong")

    sign_in(client)

    assert SignInCounter.objects.get().failures == 0


@pytest.mark.django_db
def test_lock_of_one_network_leaves_others_open(agent, settings):  # noqa: F811
    settings.TRUSTED_PROXIES = ["127.0.0.0/8"]
    for _ in range(11):
        sign_in(Client(headers={"x-forwarded-for": "203.0.113.9"}), password="wrong wrong wrong")

    owner = Client(headers={"x-forwarded-for": "198.51.100.7"})

    assert sign_in(owner).status_code == 302


@pytest.mark.django_db
def test_network_with_sixty_failures_waits(agent):  # noqa: F811
    later = datetime.now(UTC) + timedelta(minutes=1)
    BucketFactory(name="sign-in:127.0.0.0/24", level_us=0, updated_at=later)

    answer = sign_in(Client())

    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"


@pytest.mark.django_db
def test_owner_is_told_when_many_networks_try(agent):  # noqa: F811
    client = Client()
    sign_in(client, password="wrong wrong wrong")
    Bucket.objects.filter(name__startswith="sign-in-login:").update(level_us=0)

    sign_in(client, password="wrong wrong wrong")
    run_waiting_jobs(job="ops.send_mail")

    assert "Many networks try passwords" in mail.outbox[0].body
    assert sign_in(client).status_code == 302
