"""The status page: what is not well stands first, and what is unclear is decided there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ops import status
from ops.backup import making
from ops.models import Delivery, DeliveryState, JobState
from tests.factories.accounts import UserFactory
from tests.factories.ops import DeliveryFactory, JobRunFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)
URL = "/status/"


@pytest.fixture
def admin(client, settings, tmp_path):
    settings.BACKUP_DIR = str(tmp_path)
    user = UserFactory(roles=["admin"])
    client.force_login(user)
    return user


@pytest.fixture
def folder(settings, tmp_path):
    settings.BACKUP_DIR = str(tmp_path)
    return tmp_path


@pytest.mark.parametrize("role", ["agent", "evaluator", "trainer", "supervisor"])
def test_only_administrators_see_it(client, role):
    client.force_login(UserFactory(roles=[role]))
    delivery = DeliveryFactory(state=DeliveryState.UNCLEAR)

    assert client.get(URL).status_code == 403
    assert client.post(reverse("ops:delivery_settle", args=[delivery.pk])).status_code == 403


def test_what_is_not_well_stands_first(admin):
    checks = status.checks_of(timezone.now())

    states = [check.is_well for check in checks]
    assert states == sorted(states)
    assert {"Database", "Last backup", "Seal of the audit trail"} <= {one.title for one in checks}


@pytest.mark.parametrize(
    ("hours", "is_well", "found"),
    [
        (None, False, "No backup yet."),
        (25, True, "2026-05-03 09:30 UTC"),
        (27, False, "2026-05-03 07:30 UTC"),
    ],
)
def test_an_old_backup_is_told(folder, hours, is_well, found):
    if hours is not None:
        (folder / f"attune-{NOW - timedelta(hours=hours):%Y%m%dT%H%M%SZ}").mkdir()

    assert status.backup(NOW) == (is_well, found)


def test_a_restore_that_found_nothing_is_noted(folder):
    assert status.drill(NOW) == (False, "No backup of this place was ever restored.")

    making.note_drill(folder, NOW - timedelta(days=91))
    assert status.drill(NOW) == (True, "2026-02-02 10:30 UTC")
    making.note_drill(folder, NOW - timedelta(days=93))
    assert status.drill(NOW) == (False, "2026-01-31 10:30 UTC")
    (folder / making.DRILL).write_text("{}")
    assert status.drill(NOW)[0] is False


def test_backups_that_lie_where_nobody_may_write_do_not_stop_a_restore(folder):
    making.note_drill(folder / "nowhere", NOW)

    assert making.drilled_at(folder / "nowhere") is None


def test_dead_jobs_failed_mails_and_waits_are_told():
    now = timezone.now()
    JobRunFactory(state=JobState.DEAD, finished_at=now, job="ops.purge")
    DeliveryFactory(state=DeliveryState.FAILED, claimed_at=now)
    JobRunFactory(queue="slow", available_at=now - timedelta(seconds=400))

    assert status.failures(now) == (False, "1 × ops.purge")
    assert status.mails(now) == (False, "1 could not be sent.")
    is_well, told = status.queues(now)
    assert (is_well, told.partition("slow ")[2]) == (False, "6:40")


def test_the_last_day_is_drawn_by_hour():
    started_at = NOW - timedelta(hours=2)
    JobRunFactory(
        state=JobState.DONE,
        queue="default",
        available_at=started_at - timedelta(seconds=90),
        started_at=started_at,
        finished_at=started_at,
    )
    JobRunFactory(state=JobState.DEAD, finished_at=NOW - timedelta(hours=1), attempts=3)

    default, _slow, dead = status.pictures(NOW)

    assert dict(default.rows)["08:30"[:3] + "00"] == "1:30"
    assert dict(dead.rows)["09:00"] == "1"
    assert dict(dead.rows)["10:00"] == "0"
    assert len(dead.rows) == 24


@pytest.mark.parametrize(("choice", "state"), [("yes", "sent"), ("no", "failed")])
def test_an_unclear_delivery_is_decided_on_the_page(client, admin, choice, state):
    delivery = DeliveryFactory(state=DeliveryState.UNCLEAR, run=JobRunFactory(job="ops.canary"))
    settle = reverse("ops:delivery_settle", args=[delivery.pk])
    shown = client.get(URL).content.decode()

    answer = client.post(settle, {"was_sent": choice})

    assert settle in shown
    assert answer.url == URL
    assert Delivery.objects.get().state == state
    assert client.post(settle, {"was_sent": choice}).status_code == 409


def test_more_jobs_and_deliveries_cost_no_more_queries(client, admin):
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for _ in range(5):
        DeliveryFactory(state=DeliveryState.UNCLEAR)
        JobRunFactory(state=JobState.DEAD, finished_at=timezone.now())

    with CaptureQueriesContext(connection) as many:
        client.get(URL)

    assert len(few) == len(many) <= 25
