"""A copy of a place: nothing leaves it, and every page says so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.urls import reverse

from feedback import sms
from ops import copies, mail, tombstones, webhook_sending
from ops.firing import Clockwork
from ops.models import AttemptState, CopyMark, Delivery, ScheduleSlot
from ops.schedules import Schedule
from tests.factories.accounts import UserFactory
from tests.factories.ops import WebhookAttemptFactory
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 1, tzinfo=UTC)


@pytest.fixture
def set_as_copy(monkeypatch):
    """Whether this place is a copy from now on."""

    def set_it(is_copy):
        monkeypatch.setattr(copies, "_shown", [])
        copies.mark(made_at=AT, at=AT) if is_copy else copies.unmark()

    return set_it


@pytest.mark.parametrize("is_copy", [True, False])
def test_copy_sends_no_mail(set_as_copy, is_copy, monkeypatch):
    set_as_copy(is_copy)
    monkeypatch.setattr(mail, "_letters", {"hello": lambda: EmailMessage("Hi", to=["a@b.example"])})
    with transaction.atomic():
        mail.send("hello", key="1")

    run_waiting_jobs()

    assert len(outbox.outbox) == (0 if is_copy else 1)
    assert bool(Delivery.objects.get().reference) is not is_copy


@pytest.mark.parametrize("is_copy", [True, False])
def test_copy_sends_no_text_message(set_as_copy, is_copy, tmp_path, settings):
    set_as_copy(is_copy)
    settings.FEEDBACK_SMS_BACKEND = f"file://{tmp_path}/sms"

    reference = sms.send("+15550100", "How was it?", "r1")

    assert bool(reference) is Path(tmp_path, "sms").exists() is not is_copy


@pytest.mark.parametrize("is_copy", [True, False])
def test_copy_tells_no_webhook(set_as_copy, is_copy):
    set_as_copy(is_copy)
    attempt = WebhookAttemptFactory()

    due = webhook_sending.due(attempt.pk)

    attempt.refresh_from_db()
    assert due == (None if is_copy else attempt)
    assert attempt.state == (AttemptState.GIVEN_UP if is_copy else AttemptState.DUE)


def test_schedules_of_a_copy_rest_but_those_that_stay_in_the_house(set_as_copy):
    def hourly(name, **kept):
        return Schedule(name=name, job="ops.canary", every_seconds=3600, **kept)

    clockwork = Clockwork([hourly("reminders"), hourly("canary", kept_in_copies=True)])
    set_as_copy(True)
    fired = clockwork.fire_due(AT)
    set_as_copy(False)

    assert fired == 1
    assert ScheduleSlot.objects.get().schedule == "canary"
    assert clockwork.fire_due(AT + timedelta(hours=1)) == 2


@pytest.mark.parametrize("is_copy", [True, False])
def test_what_ends_in_a_copy_does_not_end_in_the_original(set_as_copy, is_copy, tmp_path, settings):
    set_as_copy(is_copy)
    settings.TOMBSTONE_FILE = str(tmp_path / "tombstones.jsonl")

    tombstones.append("role_ended", AT, user_id=1, role="agent")

    assert Path(settings.TOMBSTONE_FILE).exists() is not is_copy


@pytest.mark.parametrize("is_copy", [True, False])
def test_every_page_of_a_copy_says_so(set_as_copy, is_copy, client):
    set_as_copy(is_copy)
    pages = [client.get("/sign-in/"), client.get("/s/" + "x" * 43)]
    client.force_login(UserFactory(roles=["admin"]))
    pages += [client.get("/"), client.get(reverse("admin:index"))]

    told = ["This is a copy of what was kept on" in page.content.decode() for page in pages]

    assert told == [is_copy] * 4


def test_there_is_one_mark_at_most():
    copies.mark(made_at=AT, at=AT)
    copies.mark(made_at=AT + timedelta(days=1), at=AT)

    assert CopyMark.objects.get().made_at == AT + timedelta(days=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        CopyMark.objects.create(pk=2, made_at=AT, restored_at=AT)
