"""The clocks of cases: what is told in whatever order folds to the same, and is written once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actions import calendars
from accounts.actions.calendars import Hours
from accounts.models import AuditEntry
from crm import clocks as machinery
from crm import sla
from crm.actions import case_links, case_messages, cases
from crm.actions import clocks as actions
from crm.models import Case, CaseStatus, ClockEvent, SlaClock
from crm.models.transcripts import Speaker
from lib import events
from lib.intervals import business_seconds
from lib.refusals import Invalid
from ops.models import JobRun
from tests.factories.accounts import (
    BusinessCalendarFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)
from tests.factories.crm import CustomerFactory, InteractionFactory
from tests.factories.crm_cases import SlaPolicyFactory
from tests.races import together

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)  # A Friday; clocks change on Sunday.
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
BERLIN = Hours(
    "Europe/Berlin",
    {str(day): [["09:00", "12:00"], ["13:00", "17:00"]] for day in range(5)},
    [{"date": "2026-04-03", "label": "Good Friday", "spans": [], "yearly": False}],
)


def opened(**kwargs):
    return cases.open_case(**{"subject": "Parcel is late", "by": None, "at": AT} | kwargs)


def clock(case, metric="resolution", instance=1):
    return SlaClock.objects.get(case=case, metric=metric, instance=instance)


def call(case=None, **kwargs):
    """An inbound e-mail, or what the arguments make of it."""
    customer = {"customer": case.customer} if case else {}
    row = {"channel": "email", "outcome": "in_progress", "started_at": AT} | customer | kwargs
    return InteractionFactory(**row)


# --- Responses -----------------------------------------------------------------------------------


def test_an_answer_in_writing_stops_the_first_response():
    SlaPolicyFactory(targets={"first_response": 3600})
    case = opened(is_from_customer=True, customer=CustomerFactory())
    by = UserFactory()

    case_messages.record_message(
        case=case, speaker=Speaker.AGENT, body="We are on it.", by=by, at=AT + HOUR
    )

    row = clock(case, "first_response")
    assert (row.state, row.elapsed_seconds, row.breached_at) == ("fulfilled", 3600, None)
    assert Case.objects.get().first_response_at == AT + HOUR


def test_a_customer_who_writes_again_waits_for_the_next_response():
    SlaPolicyFactory(targets={"next_response": 3600})
    case, by = opened(is_from_customer=True), UserFactory()
    said = [("agent", 1), ("customer", 2), ("customer", 3), ("agent", 4), ("customer", 6)]
    for speaker, hour in said:
        case_messages.record_message(
            case=case, speaker=speaker, body="…", by=by, at=AT + hour * HOUR
        )

    first, second = clock(case, "next_response", 1), clock(case, "next_response", 2)
    assert (first.started_at, first.stopped_at) == (AT + 2 * HOUR, AT + 4 * HOUR)
    assert first.breached_at == AT + 3 * HOUR
    assert (second.state, second.due_at) == ("active", AT + 7 * HOUR)


def test_an_earlier_answer_that_becomes_known_late_takes_the_breach_back():
    SlaPolicyFactory(targets={"first_response": 3600})
    case = opened(is_from_customer=True, customer=CustomerFactory())
    actions.note_breaches(at=AT + 3 * HOUR)
    assert clock(case, "first_response").breached_at == AT + HOUR

    outbound = call(
        case, direction="outbound", outcome="handled", started_at=AT + MINUTE, ended_at=AT + HOUR
    )
    case_links.link_interaction(case=case, interaction=outbound, by=UserFactory(), at=AT + 5 * HOUR)

    row = clock(case, "first_response")
    assert (row.state, row.stopped_at, row.breached_at) == ("fulfilled", AT + MINUTE, None)
    assert row.events.filter(kind="breach").exists()
    assert not Case.objects.get().is_breached


def test_what_ended_before_the_case_was_opened_is_no_answer():
    case = opened(is_from_customer=True, customer=CustomerFactory())
    old = call(
        case, direction="outbound", outcome="handled", started_at=AT - DAY, ended_at=AT - HOUR
    )

    case_links.link_interaction(case=case, interaction=old, by=UserFactory(), at=AT + HOUR)

    assert clock(case, "first_response").state == "active"


def test_another_customers_interaction_needs_a_reason():
    case, by = opened(customer=CustomerFactory()), UserFactory()
    other = call(customer=CustomerFactory())

    with pytest.raises(case_links.OtherCustomer):
        case_links.link_interaction(case=case, interaction=other, by=by, at=AT)
    link = case_links.link_interaction(
        case=case, interaction=other, by=by, at=AT, reason="Called for her mother."
    )

    assert link.reason == "Called for her mother."


@pytest.mark.parametrize(
    ("after", "reopens"), [(7 * DAY - timedelta(seconds=1), True), (7 * DAY, False)]
)
def test_a_message_reopens_for_seven_days_to_the_second(after, reopens):
    case = opened(customer=CustomerFactory(), is_from_customer=True)
    cases.resolve_case(case=case, by=None, at=AT)

    got = case_messages.record_message(
        case=case, speaker=Speaker.CUSTOMER, body="Still broken.", by=None, at=AT + after
    )

    assert (got.pk == case.pk) is reopens
    if reopens:
        assert (got.category, got.reopened_count) == ("open", 1)
    else:
        assert (got.follow_up_of, got.opened_at) == (case, AT + after)
        assert Case.objects.get(pk=case.pk).category == "resolved"


def test_a_message_lets_a_waiting_case_go_on():
    case = opened()
    cases.hold_case(case=case, by=None, at=AT)

    got = case_messages.record_message(
        case=case, speaker=Speaker.CUSTOMER, body="Here it is.", by=None, at=AT + HOUR
    )

    assert got.category == "open"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 4_000)),
        min_size=1,
        max_size=6,
        unique_by=lambda x: x[1],
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_things_become_known_does_not_matter(told, rng):
    """Messages and answers told in time, or all at once afterwards in any order."""
    results = []
    for shuffled in (False, True):
        order = list(told)
        rng.shuffle(order) if shuffled else order.sort(key=lambda one: one[1])
        customer = CustomerFactory()
        case = opened(is_from_customer=True, customer=customer)
        for is_contact, minute in order:
            row = call(
                case,
                direction="inbound" if is_contact else "outbound",
                outcome="in_progress" if is_contact else "handled",
                started_at=AT + minute * MINUTE,
            )
            case_links.link_interaction(
                case=case, interaction=row, by=UserFactory(), at=AT + 4_001 * MINUTE
            )
        rows = case.clocks.order_by("metric", "instance")
        results.append(
            list(rows.values_list("metric", "instance", "state", "started_at", "stopped_at"))
        )

    assert results[0] == results[1]


# --- Breaches and warnings -----------------------------------------------------------------------


def test_a_breach_is_at_its_due_moment_however_late_it_is_noticed(monkeypatch):
    heard = []
    SlaPolicyFactory(targets={"resolution": 3600})
    case = opened()
    monkeypatch.setattr(events, "publish", heard.append)

    assert actions.note_breaches(at=AT + HOUR) == 0  # Done exactly then would still be met.
    assert actions.note_breaches(at=AT + 5 * DAY) == 1
    assert actions.note_breaches(at=AT + 6 * DAY) == 0

    told = ClockEvent.objects.get(clock=clock(case), kind="breach")
    assert (told.at, told.noted_at) == (AT + HOUR, AT + 5 * DAY)
    assert [(type(fact).__name__, fact.at) for fact in heard] == [("ClockBreached", AT + HOUR)]
    assert Case.objects.get().is_breached


def test_what_is_done_at_the_due_moment_is_met():
    SlaPolicyFactory(targets={"resolution": 3600})
    case = opened()

    cases.resolve_case(case=case, by=None, at=AT + HOUR)
    actions.note_breaches(at=AT + DAY)

    assert clock(case).breached_at is None


def test_warnings_go_to_the_assignee_and_at_last_to_the_supervisors():
    SlaPolicyFactory(targets={"resolution": 7200})
    team, agent = TeamFactory(), UserFactory(roles=["agent"])
    TeamMembershipFactory(user=UserFactory(roles=["supervisor"]), team=team, kind="supervisor")
    case = opened(team=team, assignee=agent)

    assert actions.warn(at=AT + 59 * MINUTE) == 0
    assert actions.warn(at=AT + HOUR) == 1
    assert actions.warn(at=AT + HOUR) == 0
    assert actions.warn(at=AT + 2 * HOUR) == 1  # 75 % passed on the way and is not told any more.

    mails = JobRun.objects.filter(job="ops.send_mail")
    assert sorted(run.args["percent"] for run in mails) == [50, 100, 100]
    row = clock(case)
    assert (row.warned_percent, row.warn_at) == (100, None)


def test_an_excuse_is_a_reasoned_word_of_somebody_else():
    SlaPolicyFactory(targets={"resolution": 3600})
    agent, boss = UserFactory(), UserFactory()
    case = opened(assignee=agent)
    with pytest.raises(actions.NothingToExcuse):
        actions.excuse_breach(clock=clock(case), reason="Storm closed us.", by=boss, at=AT)
    actions.note_breaches(at=AT + DAY)

    with pytest.raises(actions.OwnCase):
        actions.excuse_breach(clock=clock(case), reason="Storm closed us.", by=agent, at=AT)
    with pytest.raises(Invalid, match="reason"):
        actions.excuse_breach(clock=clock(case), reason="", by=boss, at=AT)
    actions.excuse_breach(clock=clock(case), reason="Storm closed us.", by=boss, at=AT + DAY)

    assert clock(case).is_excused
    assert not Case.objects.get().is_breached
    assert AuditEntry.objects.get(verb="excuse_breach").payload.reason == "Storm closed us."


# --- Policies and hours --------------------------------------------------------------------------


def test_other_hours_count_unfinished_clocks_anew_and_leave_finished_ones():
    calendar = BusinessCalendarFactory(told=BERLIN)
    SlaPolicyFactory(targets={"resolution": 8 * 3600}, targets__calendar=calendar)
    done, running = opened(), opened()
    cases.resolve_case(case=done, by=None, at=AT + HOUR)
    before = SlaClock.objects.filter(case=done).values().get()
    longer = Hours("Europe/Berlin", {str(day): [["09:00", "17:00"]] for day in range(5)})

    calendars.change_calendar(
        calendar=calendar, told=longer, version=1, by=UserFactory(), at=AT + HOUR
    )
    for case in (done, running):
        actions.count_anew(case=case, changed_at=AT + HOUR, at=AT + 2 * HOUR, cause="Hours")

    row = clock(running)
    assert row.calendar_version.number == 2
    assert row.elapsed_seconds == 7200
    assert row.due_at == datetime(2026, 3, 30, 8, 0, tzinfo=UTC)
    assert SlaClock.objects.filter(case=done).values().get() == before
    assert not actions.count_anew(case=running, changed_at=AT, at=AT + DAY, cause="Again")


def test_a_calendar_that_is_never_open_is_refused():
    with pytest.raises(calendars.UnusableHours, match="never open"):
        calendars.create_calendar(name="Never", told=Hours("UTC", {}), by=None, at=AT)


steps = st.lists(
    st.tuples(st.sampled_from(["wait", "open", "resolve"]), st.integers(1, 6_000)), max_size=6
)


@settings(max_examples=25)
@given(steps)
def test_a_clock_is_what_its_events_fold_to(told):
    """Over a weekend with the change of clocks, a holiday, pauses and reopening."""
    calendar = BusinessCalendarFactory(told=BERLIN)
    SlaPolicyFactory(targets={"resolution": 8 * 3600}, targets__calendar=calendar)
    case, at = opened(), AT
    moves = {"wait": "waiting", "open": "open", "resolve": "resolved"}
    for what, minutes in told:
        at += minutes * MINUTE
        category = moves[what]
        case = Case.objects.select_related("status").get(pk=case.pk)
        allowed = cases.CASE_TRANSITIONS[case.category]
        if category in allowed and category != case.category:
            status = CaseStatus.objects.first_of(category)
            cases.move_case(case=case, status=status, by=None, at=at)
    actions.note_breaches(at=at)

    for row in case.clocks.all():
        events_of = [event.as_step() for event in row.events.all()]
        state = sla.fold(events_of, calendar.hours, 8 * 3600, at)
        assert (row.state, row.started_at, row.stopped_at) == (
            state.state,
            state.started_at,
            state.stopped_at,
        )
        assert (row.due_at, row.breached_at) == (state.due_at, state.breached_at)
        runs = stretches(state.steps, at)
        counted = sum(business_seconds(calendar.hours, start, end) for start, end in runs)
        assert state.elapsed_seconds == counted


def stretches(steps, now):
    """From each activate to the next pause or end."""
    found, since = [], None
    for step in steps:
        if step.kind == "activate":
            since = step.at
        elif step.kind in ("pause", "fulfill") and since is not None:
            found.append((since, step.at))
            since = None
    return [*found, (since, now)] if since else found


# --- Races ---------------------------------------------------------------------------------------


@pytest.mark.race
def test_many_workers_write_a_breach_once(race_database):
    SlaPolicyFactory(targets={"resolution": 60})
    for _number in range(3):
        opened()

    together(lambda number: actions.note_breaches(at=AT + DAY), 8)

    assert ClockEvent.objects.filter(kind="breach").count() == 3


@pytest.mark.race
def test_without_the_look_under_the_lock_a_breach_would_be_written_twice(
    race_database, monkeypatch
):
    """The twin: a worker that trusts what it read before it had the lock."""
    SlaPolicyFactory(targets={"resolution": 60})
    case = opened()
    stale = clock(case)

    def write(number):
        mine = SlaClock.objects.get(pk=stale.pk)
        mine.breached_at = AT + MINUTE

        with transaction.atomic():
            machinery._write_breach(mine, AT + DAY)

    together(write, 4)

    assert ClockEvent.objects.filter(kind="breach").count() > 1
