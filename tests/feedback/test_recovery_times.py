"""The median of open hours: a weekend between opening and contact does not count."""

from datetime import UTC, datetime

import pytest

from accounts.actions.calendars import Hours
from feedback.models import Recovery
from feedback.recovery_times import times_of
from tests.factories.accounts import CalendarVersionFactory
from tests.factories.crm_cases import CaseFactory, SlaClockFactory
from tests.factories.feedback_surveys import RecoveryFactory, RootCauseFactory

pytestmark = pytest.mark.django_db
OFFICE = Hours("UTC", {str(day): [["09:00", "17:00"]] for day in range(5)})
FRIDAY_AT_4 = datetime(2026, 4, 3, 16, tzinfo=UTC)
MONDAY_AT_10 = datetime(2026, 4, 6, 10, tzinfo=UTC)


def recovery(calendar=None, **fields):
    case = CaseFactory()
    if calendar:
        SlaClockFactory(case=case, calendar_version=calendar)
    return RecoveryFactory(case_id=case.pk, opened_at=FRIDAY_AT_4, **fields)


def test_hours_when_the_center_is_closed_do_not_count():
    office = CalendarVersionFactory(told=OFFICE)
    done = {"root_cause": RootCauseFactory(), "action_taken": "Called back and made it good."}
    recovery(office, contacted_at=MONDAY_AT_10, resolved_at=MONDAY_AT_10, **done)
    recovery(office, contacted_at=FRIDAY_AT_4.replace(minute=30))
    recovery(office)

    times = times_of(Recovery.objects.all())

    assert sorted(times.to_contact) == [0.5, 2]
    assert times.contact_median == 1.25
    assert times.resolution_median == 2


def test_without_a_calendar_the_wall_clock_counts():
    recovery(contacted_at=MONDAY_AT_10)

    assert times_of(Recovery.objects.all()).contact_median == 66
    assert times_of([]).contact_median is None


def test_calendars_are_read_at_once(django_assert_num_queries):
    office = CalendarVersionFactory(told=OFFICE)
    for _ in range(5):
        recovery(office, contacted_at=MONDAY_AT_10)
    rows = list(Recovery.objects.all())

    with django_assert_num_queries(1):
        times_of(rows)
