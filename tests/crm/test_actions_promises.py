from datetime import UTC, date, datetime, timedelta

import pytest

from crm import promise_dates
from crm.actions import promises as actions
from crm.models import Promise
from lib.intervals import Calendar
from lib.refusals import Invalid
from tests.factories.accounts import UserFactory
from tests.factories.crm import CustomerFactory, InteractionFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
CALENDAR = Calendar(
    "Europe/Berlin",
    {key: [("09:00", "12:00"), ("13:00", "17:00")] for key in range(5)},
    {date(2026, 4, 3): [], date(2026, 4, 6): []},
)


@pytest.fixture
def customer():
    return CustomerFactory()


def made(customer, **kwargs):
    told = {"text": "Call back", "due_at": AT + HOUR, "by": UserFactory(), "at": AT}
    return actions.make_promise(customer=customer, **told | kwargs)


def call(customer, at, **kwargs):
    told = {"direction": "outbound", "outcome": "handled", "started_at": at}
    return InteractionFactory(customer=customer, **told | kwargs)


def test_a_date_means_its_last_close():
    assert promise_dates.due_on(CALENDAR, date(2026, 4, 2)) == datetime(
        2026, 4, 2, 15, 0, tzinfo=UTC
    )


def test_a_closed_date_offers_the_close_before():
    with pytest.raises(promise_dates.ClosedOn) as refusal:
        promise_dates.due_on(CALENDAR, date(2026, 4, 3))

    assert str(refusal.value) == "Friday 3 Apr is closed. Use Thursday 2 Apr 17:00?"


@pytest.mark.parametrize(
    ("after", "grace", "state"),
    [
        (timedelta(), 0, "kept"),
        (HOUR, 0, "kept"),
        (HOUR + SECOND, 0, "broken"),
        (HOUR + SECOND, 60, "kept"),
        (HOUR + 60 * SECOND, 60, "kept"),
        (HOUR + 61 * SECOND, 60, "broken"),
    ],
)
def test_a_call_until_due_and_grace_keeps_it(customer, after, grace, state):
    promise = made(customer, grace_seconds=grace)
    row = call(customer, AT + after)

    actions.settle_promises(at=AT + 3 * HOUR)
    actions.settle_promises(at=AT + 3 * HOUR)

    promise.refresh_from_db()
    assert promise.state == state
    assert promise.kept_late_at == (AT + after if state == "broken" else None)
    assert promise.proof_interaction == row


@pytest.mark.parametrize(
    "other",
    [{"direction": "inbound"}, {"outcome": "failed"}, {"started_at": AT - SECOND}],
)
def test_other_interactions_keep_nothing(customer, other):
    promise = made(customer)
    call(customer, **{"at": AT + SECOND} | {k: v for k, v in other.items() if k != "started_at"})
    Promise.objects.filter(pk=promise.pk).update(made_at=AT + 2 * SECOND)

    actions.settle_promises(at=AT + HOUR)

    promise.refresh_from_db()
    assert promise.state == "open"


def test_nobody_elses_call_keeps_it(customer):
    promise = made(customer)
    call(CustomerFactory(), AT)

    actions.settle_promises(at=AT + HOUR)

    promise.refresh_from_db()
    assert promise.state == "open"


def test_other_kinds_are_kept_by_hand_with_a_proof(customer):
    by, promise = UserFactory(), made(customer, kind="send")
    call(customer, AT)
    actions.settle_promises(at=AT + HOUR)

    with pytest.raises(actions.NoProof):
        actions.keep_promise(promise=promise, proof=" ", by=by, at=AT + HOUR)
    promise = actions.keep_promise(promise=promise, proof="Sent with DHL.", by=by, at=AT + HOUR)
    with pytest.raises(actions.AlreadySettled):
        actions.keep_promise(promise=promise, proof="Again.", by=by, at=AT + HOUR)

    assert (promise.state, promise.settled_by) == ("kept", by)


def test_what_is_kept_after_its_time_is_broken_and_kept_late(customer):
    promise = actions.keep_promise(
        promise=made(customer, kind="send"), proof="Sent.", by=UserFactory(), at=AT + 2 * HOUR
    )

    assert (promise.state, promise.settled_at) == ("broken", AT + HOUR)
    assert promise.kept_late_at == AT + 2 * HOUR


def test_withdrawing_needs_a_reason(customer):
    promise, by = made(customer), UserFactory()

    with pytest.raises(Invalid, match="reason"):
        actions.withdraw_promise(promise=promise, reason="", by=by, at=AT)
    promise = actions.withdraw_promise(
        promise=promise, reason="She found it herself.", by=by, at=AT
    )

    assert promise.state == "withdrawn"


@pytest.mark.parametrize(("told", "field"), [({"text": " "}, "text"), ({"due_at": AT}, "due_at")])
def test_a_promise_that_cannot_be_is_refused(customer, told, field):
    with pytest.raises(Invalid) as refusal:
        made(customer, **told)

    assert refusal.value.field == field
