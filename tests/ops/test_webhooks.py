"""Facts reach those who want them, signed, again after a failure, and with nobody's words."""

import json
from datetime import timedelta

import pytest
from django.core import mail as outbox_of_mail
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bench.chaos.receiver import listening
from lib import events, outgoing
from ops import actions_webhooks as actions
from ops import webhook_sending, webhooks
from ops.events import JobDied
from ops.models import (
    AttemptState,
    EndpointState,
    JobRun,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)
from tests.factories.accounts import UserFactory
from tests.factories.ops import SECRET, WebhookAttemptFactory, WebhookEndpointFactory
from tests.jobs import run_waiting_jobs

NOW = timezone.now()


# --- Arithmetic -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "message_id", "timestamp", "body", "signature"),
    [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            SECRET,
            "msg_0001",
            1767225600,
            b'{"type":"evaluation.finalized","data":{"id":7}}',
            "v1,wIENjiMlnWBGj094uZj+HdQDHz/qxLAnmpjdUbb4rJU=",
        ),
    ],
)
def test_signature_is_that_of_the_specification(secret, message_id, timestamp, body, signature):
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v2,other {signature}",
    }

    assert webhooks.sign(secret, message_id, timestamp, body) == signature
    assert webhooks.is_signed([SECRET, secret], headers, body, timestamp + 300)
    assert not webhooks.is_signed([secret], headers, body, timestamp + 301)
    assert not webhooks.is_signed([secret], headers, body + b" ", timestamp)


def test_ten_tries_take_a_little_over_three_days():
    assert sum(webhooks.DELAYS) == 272_105
    assert [webhooks.delay_before(n) for n in (1, 2, 3, 10)] == [0, 5, 300, 86_400]
    assert webhooks.delay_before(2, spread=-1) == 4.5
    assert webhooks.delay_before(2, retry_after=60) == 60
    assert webhooks.delay_before(10, retry_after=10**6, spread=1) == 86_400


def test_payload_holds_ids_and_states_alone():
    fields = {"at": "2026-03-02T09:00:00+00:00", "by_id": 3, "event_id": "e", "agent_ids": [1]}

    payload = webhooks.payload_of("x.done", fields | {"state": "done", "note": "her words"})

    assert payload["data"] == {"by_id": 3, "agent_ids": [1], "state": "done"}
    assert payload["timestamp"] == "2026-03-02T09:00:00+00:00"


# --- Telling --------------------------------------------------------------------------------------


def publish_death():
    with transaction.atomic():
        events.publish(JobDied(at=NOW, by_id=None, run_id="r-1", job="ops.canary"))


@pytest.fixture
def receiver(tmp_path, settings, monkeypatch):
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8", "::1/128"]
    with listening(tmp_path) as one:
        monkeypatch.setenv("SSL_CERT_FILE", str(one.certificate))
        yield one


@pytest.mark.django_db
def test_many_facts_ask_once_who_listens():
    WebhookEndpointFactory(events=["evaluation.finalized"])
    deaths = [
        JobDied(at=NOW, by_id=None, run_id=f"r-{number}", job="ops.canary") for number in range(30)
    ]

    with CaptureQueriesContext(connection) as queries:
        events.publish_all(deaths)

    asked = [query for query in queries.captured_queries if "webhookendpoint" in query["sql"]]
    assert len(asked) == 1


@pytest.mark.django_db
def test_facts_published_together_are_told_one_by_one(django_capture_on_commit_callbacks):
    endpoint = WebhookEndpointFactory(events=["job.died"])
    deaths = [JobDied(at=NOW, by_id=None, run_id=name, job="ops.canary") for name in ("a", "b")]

    events.publish_all(deaths)

    told = WebhookMessage.objects.order_by("id").values_list("payload", flat=True)
    assert {payload["data"]["run_id"] for payload in told} == {"a", "b"}
    assert endpoint.attempts.count() == 2


@pytest.mark.django_db
def test_fact_that_nobody_wants_leaves_no_row():
    WebhookEndpointFactory(events=["evaluation.finalized"])
    WebhookEndpointFactory(state=EndpointState.PAUSED)

    publish_death()

    assert not WebhookMessage.objects.exists()


@pytest.mark.django_db
def test_message_and_job_go_with_the_fact():
    WebhookEndpointFactory()

    with pytest.raises(RuntimeError), transaction.atomic():
        publish_death()
        raise RuntimeError("the fact is rolled back")
    assert not WebhookMessage.objects.exists()
    publish_death()

    assert WebhookMessage.objects.get().payload["data"] == {
        "run_id": "r-1",
        "job": "ops.canary",
        "by_id": None,
    }
    assert JobRun.objects.get(job="ops.deliver_webhook").args == {
        "attempt_id": WebhookAttempt.objects.get().pk
    }


@pytest.mark.django_db
def test_receiver_gets_a_signed_message(receiver):
    WebhookEndpointFactory(url=receiver.url)
    publish_death()

    run_waiting_jobs()

    headers, body = receiver.got[0]
    attempt = WebhookAttempt.objects.get()
    now = int(timezone.now().timestamp())
    assert webhooks.is_signed([SECRET], headers, body, now)
    assert headers["webhook-id"] == attempt.message_id
    assert json.loads(body)["type"] == "job.died"
    assert (attempt.state, attempt.status, attempt.answer) == ("sent", 200, "thanks")


@pytest.mark.django_db
def test_refused_message_comes_again_with_the_same_id(receiver):
    endpoint = WebhookEndpointFactory(url=receiver.url)
    receiver.answers = [(500, {"Retry-After": "60"}, b"sorry"), (200, {}, b"")]
    publish_death()

    run_waiting_jobs()
    second = WebhookAttempt.objects.get(number=2)
    endpoint.refresh_from_db()
    waits = (second.due_at - timezone.now()).total_seconds()
    outcome = webhook_sending.send(webhook_sending.due(second.pk))
    webhook_sending.note(second, outcome)

    assert endpoint.failing_since is not None
    assert 55 < waits <= 60
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


@pytest.mark.django_db
def test_receiver_that_is_gone_is_told_nothing_more(receiver):
    creator = UserFactory(roles=["admin"])
    endpoint = WebhookEndpointFactory(url=receiver.url, created_by_id=creator.pk)
    receiver.answers = [(410, {}, b"")]
    publish_death()

    run_waiting_jobs()

    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.DISABLED
    assert WebhookAttempt.objects.get().state == AttemptState.GIVEN_UP
    assert outbox_of_mail.outbox[0].to == [creator.email]


@pytest.mark.django_db
def test_five_days_without_success_disable_it():
    endpoint = WebhookEndpointFactory(failing_since=NOW - timedelta(days=5))
    attempt = WebhookAttemptFactory(endpoint=endpoint, number=3)

    with transaction.atomic():
        refuse(attempt)

    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.DISABLED
    assert not WebhookAttempt.objects.filter(number=4).exists()


def refuse(attempt):
    told = {"status": None, "duration_ms": 0, "answer": "no answer", "retry_after": 0}
    actions.note_refused(attempt, at=NOW, **told)


@pytest.mark.django_db
def test_tenth_try_is_the_last():
    attempt = WebhookAttemptFactory(number=10)

    with transaction.atomic():
        refuse(attempt)

    attempt.refresh_from_db()
    assert attempt.state == AttemptState.GIVEN_UP
    assert WebhookAttempt.objects.count() == 1


@pytest.mark.django_db
def test_closed_address_is_logged_and_never_connected():
    attempt = WebhookAttemptFactory(endpoint__url="https://127.0.0.1/hooks")

    outcome = webhook_sending.send(attempt)

    assert outcome.status is None
    assert "closed to us" in outcome.answer


# --- Pages ----------------------------------------------------------------------------------------


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(UserFactory(roles=["admin"]))
    return client


def entered(**values):
    return {"url": "https://hooks.example/in", "events": ["job.died"], "description": ""} | values


def test_secret_is_shown_once_and_stored_sealed(client):
    page = client.post(reverse("ops:webhook_new"), entered()).content.decode()

    endpoint = WebhookEndpoint.objects.get()
    (secret,) = endpoint.secrets_at(timezone.now())
    assert secret in page
    assert secret not in str(endpoint.secrets)
    assert secret not in client.get(f"/settings/webhooks/{endpoint.pk}/").content.decode()


@pytest.mark.parametrize(
    "values",
    [
        {"url": "http://hooks.example/"},
        {"url": "https://me:pw@hooks.example/"},
        {"url": "https://hooks.example:8443/"},
        {"url": "nonsense"},
        {"events": []},
        {"events": ["everything"]},
    ],
)
def test_bad_values_come_back_with_the_form(client, values):
    answer = client.post(reverse("ops:webhook_new"), entered(**values))

    assert answer.status_code == 422
    assert not WebhookEndpoint.objects.exists()


def test_old_secret_signs_for_a_day_beside_the_new_one(client):
    endpoint = WebhookEndpointFactory()

    client.post(f"/settings/webhooks/{endpoint.pk}/rotate/", {"version": 1})

    endpoint.refresh_from_db()
    now = timezone.now()
    new, old = endpoint.secrets_at(now)
    assert (old, new != SECRET) == (SECRET, True)
    assert endpoint.secrets_at(now + timedelta(hours=24)) == [new]
    attempt = WebhookAttemptFactory(endpoint=endpoint)
    assert len(webhook_sending.headers_of(attempt, b"{}")["webhook-signature"].split()) == 2


def test_change_over_an_old_version_is_a_conflict(client):
    endpoint = WebhookEndpointFactory(version=2)

    for verb in ("change", "rotate", "pause"):
        answer = client.post(f"/settings/webhooks/{endpoint.pk}/{verb}/", entered(version=1))
        assert answer.status_code == 409, verb
    answer = client.post(f"/settings/webhooks/{endpoint.pk}/pause/", {})
    assert answer.status_code == 400


def test_message_can_be_sent_again_by_hand(client):
    attempt = WebhookAttemptFactory(number=10, state=AttemptState.GIVEN_UP)

    client.post(reverse("ops:webhook_resend", args=[attempt.endpoint_id, attempt.pk]))

    assert WebhookAttempt.objects.get(number=11).message_id == attempt.message_id


def test_test_button_tells_something_harmless(client):
    endpoint = WebhookEndpointFactory()

    client.post(f"/settings/webhooks/{endpoint.pk}/test/")

    assert WebhookMessage.objects.get().event == "webhook.test"


def test_detail_costs_the_same_for_one_try_and_for_many(client, django_assert_num_queries):
    endpoint = WebhookEndpointFactory()
    for count in (1, 20):
        for _ in range(count):
            WebhookAttemptFactory(endpoint=endpoint)
        with django_assert_num_queries(7):
            client.get(f"/settings/webhooks/{endpoint.pk}/")


def test_form_and_sender_refuse_the_same_addresses():
    with pytest.raises(outgoing.BadUrl):
        outgoing.check_url("https://hooks.example:8443/")
