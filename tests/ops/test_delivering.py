"""Effects that leave the house: at most once, whatever happens on the way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ops import actions, jobs
from ops.jobs import Unsent, enqueue
from ops.models import Delivery, DeliveryState, JobRun, JobState
from tests.factories.ops import DeliveryFactory
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters(job):
    """What was sent; an exception put into `letters.troubles` is raised by the next sending."""

    class Letters(list):
        troubles: list[BaseException] = []

    sent = Letters()
    sent.troubles = []

    @job("ops.send_letter", style="deliver", delivers="letter")
    def send_letter(*, number):
        trouble = sent.troubles.pop() if sent.troubles else None
        if isinstance(trouble, Unsent):
            raise trouble
        sent.append(number)
        if trouble:
            raise trouble
        return f"<{number}@attune>"

    return sent


def run_again(run):
    JobRun.objects.filter(pk=run.pk).update(available_at=run.created_at)
    jobs.run(str(run.pk))
    run.refresh_from_db()


def test_a_delivery_is_sent_once_and_keeps_its_reference(letters):
    run = enqueue("ops.send_letter", key="a", number=7)

    run_waiting_jobs()

    run.refresh_from_db()
    delivery = Delivery.objects.get()
    assert (letters, run.state, run.result) == ([7], JobState.DONE, {"delivery": "sent"})
    assert (delivery.kind, delivery.key, delivery.state) == ("letter", "a", DeliveryState.SENT)
    assert (delivery.reference, delivery.run) == ("<7@attune>", run)


def test_what_surely_did_not_leave_is_sent_by_the_next_attempt(letters):
    letters.troubles.append(Unsent("The mail server refused the connection."))
    run = enqueue("ops.send_letter", key="a", number=7)

    run_again(run)
    failed = (run.state, Delivery.objects.get().state)
    run_again(run)

    assert failed == (JobState.WAITING, DeliveryState.FAILED)
    assert (letters, run.state) == ([7], JobState.DONE)
    assert Delivery.objects.get().state == DeliveryState.SENT


@pytest.mark.parametrize("trouble", [ConnectionResetError("cut"), SystemExit("timeout")])
def test_what_may_have_left_is_never_sent_again_by_itself(letters, trouble):
    letters.troubles.append(trouble)
    run = enqueue("ops.send_letter", key="a", number=7)

    run_again(run)
    run_again(run)

    assert (letters, run.state, run.result) == ([7], JobState.DONE, {"delivery": "unclear"})


def test_a_crash_between_claim_and_sending_leaves_it_to_a_person(letters, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_FAILPOINT", "run.delivery_claimed:raise")
    run = enqueue("ops.send_letter", key="a", number=7)
    run_again(run)
    monkeypatch.delenv("ATTUNE_TEST_FAILPOINT")

    run_again(run)
    Delivery.objects.update(claimed_at=timezone.now() - timedelta(minutes=11))
    actions.mark_silent_deliveries()

    assert (letters, run.error_class) == ([], "")
    assert Delivery.objects.get().state == DeliveryState.UNCLEAR


def test_a_delivery_is_silent_only_after_ten_minutes():
    young = DeliveryFactory(claimed_at=timezone.now() - timedelta(minutes=9))
    old = DeliveryFactory(claimed_at=timezone.now() - timedelta(minutes=11))

    count = actions.mark_silent_deliveries()

    young.refresh_from_db()
    old.refresh_from_db()
    assert (count, young.state, old.state) == (1, DeliveryState.CLAIMED, DeliveryState.UNCLEAR)


def test_a_person_may_find_an_unclear_delivery_sent(letters, people, acts):
    delivery = DeliveryFactory(state=DeliveryState.UNCLEAR)
    at = timezone.now()

    actions.settle_delivery(delivery=delivery, was_sent=True, by=people[0], at=at)

    assert (delivery.state, delivery.sent_at) == (DeliveryState.SENT, at)
    assert [act["verb"] for act in acts] == ["ops.settle_delivery"]


def test_a_person_may_have_an_unclear_delivery_sent_again(letters, people, acts):
    letters.troubles.append(ConnectionResetError("cut"))
    run = enqueue("ops.send_letter", key="a", number=7)
    run_again(run)
    delivery = Delivery.objects.get()

    actions.settle_delivery(delivery=delivery, was_sent=False, by=people[0], at=timezone.now())
    done = run_waiting_jobs()

    delivery.refresh_from_db()
    assert (letters, delivery.state, delivery.run) == ([7, 7], DeliveryState.SENT, done[-1])


def test_a_delivery_is_decided_once(people, acts):
    delivery = DeliveryFactory(state=DeliveryState.SENT, sent_at=timezone.now())

    with pytest.raises(actions.NotUnclear):
        actions.settle_delivery(delivery=delivery, was_sent=False, by=people[0], at=timezone.now())

    assert acts == []
