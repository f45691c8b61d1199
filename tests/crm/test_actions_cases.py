from datetime import UTC, datetime, timedelta

import pytest

from accounts.actions.calendars import Hours
from accounts.models import AuditEntry
from crm import closing
from crm.actions import cases as actions
from crm.models import Case, CaseStatus, ClockEvent, SlaClock
from crm.models.cases import CASE_TRANSITIONS, StatusCategory
from lib import events
from lib.refusals import Invalid, Refused
from tests.factories.accounts import BusinessCalendarFactory, TeamFactory, UserFactory
from tests.factories.crm import CustomerFactory, InteractionFactory
from tests.factories.crm_cases import SlaPolicyFactory
from tests.factories.routing import QueueFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)  # Monday 10:30 in Berlin.
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BERLIN = Hours(
    "Europe/Berlin",
    {str(day): [["09:00", "12:00"], ["13:00", "17:00"]] for day in range(5)},
    [{"date": "2026-04-03", "label": "Good Friday", "spans": [], "yearly": False}],
)


@pytest.fixture
def heard(monkeypatch):
    """Every fact published, in order."""
    facts = []
    monkeypatch.setattr(events, "publish", facts.append)
    return facts


def opened(**kwargs):
    return actions.open_case(**{"subject": "Parcel is late", "by": None, "at": AT} | kwargs)


def clock(case, metric="resolution", instance=1):
    return SlaClock.objects.get(case=case, metric=metric, instance=instance)


def berlin_policy(**kwargs):
    calendar = BusinessCalendarFactory(told=BERLIN)
    return SlaPolicyFactory(targets__calendar=calendar, **kwargs)


def names(heard):
    return [type(fact).__name__ for fact in heard]


# --- Opening -------------------------------------------------------------------------------------


def test_a_case_without_a_policy_only_records():
    case = opened()

    row = clock(case)
    assert (row.state, row.target_seconds, row.due_at) == ("active", None, None)
    assert case.next_due_at is None
    assert AuditEntry.objects.get(object_type="crm.case").verb == "open_case"


def test_opening_is_told_once(heard):
    case = opened(customer=CustomerFactory(), kind="complaint")

    assert names(heard) == ["CaseOpened"]
    assert (heard[0].case_id, heard[0].customer_id) == (case.pk, case.customer_id)


def test_the_target_runs_in_business_hours():
    berlin_policy(targets={"resolution": 8 * 3600, "first_response": 2 * 3600})

    case = opened(is_from_customer=True)

    assert clock(case).due_at == datetime(2026, 3, 17, 10, 30, tzinfo=UTC)
    assert clock(case).warn_at == datetime(2026, 3, 16, 14, 30, tzinfo=UTC)
    assert (case.next_due_at, case.next_due_metric) == (
        datetime(2026, 3, 16, 12, 30, tzinfo=UTC),
        "first_response",
    )


def test_a_case_nobody_wrote_to_us_about_has_no_first_response():
    case = opened()

    assert not case.clocks.filter(metric="first_response").exists()


def test_a_case_from_a_call_that_was_answered_is_answered_at_once():
    call = InteractionFactory(started_at=AT - HOUR, answered_at=AT - HOUR, ended_at=AT)

    case = opened(interactions=[call])

    row = clock(case, "first_response")
    assert (row.state, row.elapsed_seconds) == ("fulfilled", 0)
    assert case.first_response_at == AT


def test_the_first_policy_that_fits_is_the_cases():
    SlaPolicyFactory(
        position=1,
        targets={"resolution": 60},
        targets__conditions={"all": [{"field": "priority", "operator": "is", "value": "urgent"}]},
    )
    second = SlaPolicyFactory(position=2, targets={"resolution": 600})
    SlaPolicyFactory(position=3, targets={"resolution": 6000})

    case = opened()

    assert case.policy_version == second.current


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"subject": "  "}, "subject"),
        ({"opened_at": AT + HOUR}, "opened_at"),
    ],
)
def test_a_case_that_cannot_be_is_refused(told, field):
    with pytest.raises(Invalid) as refusal:
        opened(**told)

    assert refusal.value.field == field
    assert not Case.objects.exists()


def test_nobody_who_left_gets_a_case():
    with pytest.raises(actions.InactiveAssignee):
        opened(assignee=UserFactory(is_active=False, deactivated_at=AT))


def test_nobody_who_was_erased_gets_a_case():
    with pytest.raises(actions.UnusableCustomer):
        opened(customer=CustomerFactory(state="erased"))


def test_a_case_goes_to_the_team_of_its_queue():
    queue = QueueFactory(team=TeamFactory())

    assert opened(queue=queue).team == queue.team


def test_card_numbers_are_not_stored():
    case = opened(subject="Charge on 5555 5555 5555 4444", description="4111 1111 1111 1111")

    assert case.subject == "Charge on [card ••••4444]"
    assert case.description == "[card ••••1111]"


# --- Moving --------------------------------------------------------------------------------------


@pytest.mark.parametrize("old", StatusCategory.values)
@pytest.mark.parametrize("new", StatusCategory.values)
def test_every_pair_of_states_is_allowed_or_refused(old, new):
    case = opened()
    for category in {"open": [], "closed": ["resolved", "closed"]}.get(old, [old]):
        status = CaseStatus.objects.first_of(category)
        case = actions.move_case(case=case, status=status, by=None, at=AT)
    before = case.version
    other = CaseStatus.objects.create(name="Another", category=new, position=9)

    if new in CASE_TRANSITIONS[old]:
        moved = actions.move_case(
            case=case, status=other, by=None, at=AT + HOUR, reason="Asked for again"
        )
        assert moved.category == new
    else:
        with pytest.raises(actions.NotPossibleFrom, match="can only become"):
            actions.move_case(case=case, status=other, by=None, at=AT + HOUR)
        assert Case.objects.get(pk=case.pk).version == before


def test_waiting_pauses_the_resolution_clock():
    berlin_policy(targets={"resolution": 8 * 3600})
    case = opened()

    actions.hold_case(case=case, by=None, at=AT + HOUR)
    assert (clock(case).state, clock(case).due_at) == ("paused", None)
    status = CaseStatus.objects.first_of("open")
    case = actions.move_case(case=case, status=status, by=None, at=AT + DAY)

    row = clock(case)
    assert (row.state, row.elapsed_seconds) == ("active", 3600)
    assert row.due_at == datetime(2026, 3, 18, 9, 30, tzinfo=UTC)


def test_resolving_stops_every_clock(heard):
    case = opened(is_from_customer=True)

    case = actions.resolve_case(case=case, by=None, at=AT + HOUR)

    assert set(case.clocks.values_list("state", flat=True)) == {"fulfilled"}
    assert (case.resolved_at, case.first_resolved_at) == (AT + HOUR, AT + HOUR)
    assert names(heard) == ["CaseOpened", "CaseResolved"]


def test_reopening_runs_a_further_clock_with_its_full_target(heard):
    SlaPolicyFactory(targets={"resolution": 7200})
    case = opened()
    actions.resolve_case(case=case, by=None, at=AT + HOUR)
    before = list(ClockEvent.objects.filter(clock__instance=1).values())

    case = actions.reopen_case(case=case, by=None, at=AT + DAY)

    assert clock(case, instance=2).due_at == AT + DAY + 2 * HOUR
    assert (case.reopened_count, case.resolved_at, case.first_resolved_at) == (1, None, AT + HOUR)
    assert list(ClockEvent.objects.filter(clock__instance=1).values()) == before
    assert names(heard) == ["CaseOpened", "CaseResolved", "CaseReopened"]


def test_a_closed_case_is_reopened_with_a_reason_only():
    case = opened()
    actions.resolve_case(case=case, by=None, at=AT)
    actions.close_case(case=case, by=None, at=AT)

    with pytest.raises(Invalid, match="reason"):
        actions.reopen_case(case=case, by=None, at=AT + HOUR)

    case = actions.reopen_case(case=case, by=None, at=AT + HOUR, reason="The parcel came back.")
    assert case.category == "open"


def test_an_open_case_is_not_reopened():
    with pytest.raises(actions.NotReopened):
        actions.reopen_case(case=opened(), by=None, at=AT)


@pytest.mark.parametrize(
    ("after", "closed"), [(timedelta(days=7) - timedelta(seconds=1), 0), (timedelta(days=7), 1)]
)
def test_resolved_cases_close_after_seven_days_to_the_second(after, closed):
    case = opened()
    actions.resolve_case(case=case, by=None, at=AT)

    assert actions.close_resolved(at=AT + after) == closed
    assert Case.objects.get(pk=case.pk).category == ("closed" if closed else "resolved")


# --- Guards --------------------------------------------------------------------------------------


@pytest.fixture
def guarded(monkeypatch):
    monkeypatch.setattr(
        closing, "_guards", [lambda case: ["Choose a root cause."], lambda case: ["Say more."]]
    )


def test_a_guard_forbids_every_way_to_the_end(guarded):
    case = opened()

    with pytest.raises(actions.ClosingForbidden) as refusal:
        actions.resolve_case(case=case, by=None, at=AT)

    assert refusal.value.sentences == ["Choose a root cause.", "Say more."]
    assert Case.objects.get(pk=case.pk).category == "open"
    assert clock(case).state == "active"


def test_closing_by_itself_asks_the_guards_too(monkeypatch):
    case = opened()
    actions.resolve_case(case=case, by=None, at=AT)
    monkeypatch.setattr(closing, "_guards", [lambda case: ["Not yet."]])

    assert actions.close_resolved(at=AT + 8 * DAY) == 0
    assert Case.objects.get(pk=case.pk).category == "resolved"


# --- Changing ------------------------------------------------------------------------------------


def test_another_priority_brings_another_target_and_keeps_what_was_counted():
    SlaPolicyFactory(targets={"resolution": 8 * 3600})
    SlaPolicyFactory(
        position=0,
        targets={"resolution": 1800},
        targets__conditions={"all": [{"field": "priority", "operator": "is", "value": "urgent"}]},
    )
    case = opened()

    case = actions.change_case(case=case, changes={"priority": "urgent"}, by=None, at=AT + HOUR)

    row = clock(case)
    assert (row.target_seconds, row.elapsed_seconds) == (1800, 3600)
    assert row.breached_at == AT + HOUR
    assert case.is_breached
    kinds = list(row.events.values_list("kind", flat=True))
    assert sorted(kinds) == ["activate", "apply", "breach"]


def test_a_change_over_somebody_elses_is_refused():
    case = opened()
    actions.change_case(
        case=case, changes={"subject": "Lost"}, by=None, at=AT, version=case.version
    )

    with pytest.raises(actions.ChangedMeanwhile):
        actions.change_case(
            case=case, changes={"subject": "Late"}, by=None, at=AT, version=case.version
        )


def test_a_change_of_nothing_leaves_no_trace():
    case = opened()
    before = AuditEntry.objects.count()

    actions.change_case(case=case, changes={"subject": case.subject}, by=None, at=AT)

    assert AuditEntry.objects.count() == before


def test_refusals_are_sentences_for_people():
    case = opened()

    with pytest.raises(Refused) as refusal:
        actions.close_case(case=case, by=None, at=AT)

    assert str(refusal.value) == "A case that is new can only become open or waiting or resolved."
