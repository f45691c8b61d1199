"""Certificates that end, courses that are late, actions that close: each is told once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lib import events
from tests.factories.training import AssignmentFactory, CertificateFactory
from tests.training.test_coaching import LATER, Talk
from training.actions import action_items, passing
from training.events import ActionItemClosed, AssignmentOverdue, CertificateExpired

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = LATER.date()


@pytest.fixture
def told(monkeypatch):
    """The facts that are published."""
    facts = []
    monkeypatch.setattr(events, "publish", facts.append)
    return facts


def test_a_certificate_ends_after_its_last_day_and_is_told_once(told):
    ended = CertificateFactory(issued_on=TODAY - 30 * DAY, valid_until_on=TODAY - DAY)
    CertificateFactory(issued_on=TODAY - 30 * DAY, valid_until_on=TODAY)
    CertificateFactory(valid_until_on=None)

    assert passing.tell_expired_certificates(at=LATER) == 1
    assert passing.tell_expired_certificates(at=LATER) == 0
    (fact,) = told
    assert isinstance(fact, CertificateExpired)
    assert (fact.certificate_id, fact.course_id) == (ended.pk, ended.enrollment.course_id)
    assert passing.tell_expired_certificates(at=LATER + DAY) == 1


def test_a_revoked_certificate_does_not_expire(told):
    row = CertificateFactory(issued_on=TODAY - 30 * DAY, valid_until_on=TODAY - DAY)
    row.revoked_at, row.revoked_by, row.revoke_reason = LATER, row.person, "By mistake."
    row.save()

    assert (passing.tell_expired_certificates(at=LATER), told) == (0, [])


def test_a_late_course_is_told_once_for_each_due_date(told):
    row = AssignmentFactory(due_on=TODAY - DAY)
    AssignmentFactory(due_on=TODAY)
    AssignmentFactory(due_on=TODAY - DAY, waived_until_on=TODAY, waiver_reason="On leave.")
    AssignmentFactory(due_on=TODAY - DAY, completed_at=LATER)

    assert passing.tell_overdue_assignments(at=LATER) == 1
    assert passing.tell_overdue_assignments(at=LATER) == 0
    row.refresh_from_db()
    row.due_on = TODAY
    row.save()
    assert passing.tell_overdue_assignments(at=LATER) == 0
    told.clear()
    assert passing.tell_overdue_assignments(at=LATER + DAY) == 3  # And the two others, from today.
    assert all(isinstance(fact, AssignmentOverdue) for fact in told)
    assert (row.pk, str(TODAY)) in [(fact.assignment_id, fact.due_on) for fact in told]


def test_an_action_closes_when_its_last_day_is_over(told):
    talk = Talk()
    item = talk.agree()
    told.clear()
    assert passing.close_action_items(at=LATER + 30 * DAY) == 0

    assert passing.close_action_items(at=LATER + 31 * DAY) == 1
    assert passing.close_action_items(at=LATER + 31 * DAY) == 0
    (fact,) = told
    assert isinstance(fact, ActionItemClosed)
    assert (fact.action_item_id, fact.person_id) == (item.pk, talk.agent.pk)
    assert fact.status == "not_measurable"


def test_a_done_course_closes_its_action_at_once_and_a_running_one_does_not(told):
    talk = Talk()
    enrollment = CertificateFactory(person=talk.agent).enrollment
    item = talk.agree(metric="course", course=enrollment.course, target=Decimal(100))
    told.clear()
    assert passing.close_action_items(at=LATER) == 0
    type(enrollment).objects.filter(pk=enrollment.pk).update(
        person=talk.agent, state="completed", completed_at=LATER
    )

    assert passing.close_action_items(at=LATER) == 1
    assert [(fact.action_item_id, fact.status) for fact in told] == [(item.pk, "met")]


def test_a_canceled_action_is_told_once(told):
    talk = Talk()
    item = talk.agree()
    told.clear()
    for _ in range(2):
        action_items.cancel_action_item(item=item, reason="No longer.", by=talk.coach, at=LATER)

    assert [fact.status for fact in told] == ["canceled"]
    assert passing.close_action_items(at=LATER + 40 * DAY) == 0


def test_ends_of_long_ago_are_not_told(told):
    talk = Talk()
    talk.agree()
    CertificateFactory(issued_on=TODAY - 30 * DAY, valid_until_on=TODAY - 8 * DAY)
    AssignmentFactory(due_on=TODAY - 8 * DAY)
    waived = AssignmentFactory(
        due_on=TODAY - 30 * DAY, waived_until_on=TODAY - DAY, waiver_reason="On leave."
    )
    told.clear()

    assert passing.tell_expired_certificates(at=LATER) == 0
    assert passing.close_action_items(at=LATER + 38 * DAY) == 0
    assert passing.tell_overdue_assignments(at=LATER) == 1
    assert [fact.assignment_id for fact in told] == [waived.pk]
