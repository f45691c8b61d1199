"""Answers among many connections: each race has a twin without its lock."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from feedback.actions import responses
from feedback.actions.responses import LAST_SLOT_LOCK, SUBMIT_LOCK, AlreadyAnswered, Submission
from feedback.models import Response, Survey, Tally
from tests.factories.feedback_surveys import InvitationFactory, SurveyVersionFactory
from tests.races import together

pytestmark = pytest.mark.race
needs_row_locks = pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite lets one transaction write at a time, with or without our lock",
)


@pytest.fixture
def guards_off(monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", f"{SUBMIT_LOCK},{LAST_SLOT_LOCK}")


def open_invitation(version=None):
    now = timezone.now()
    fields = {"due_at": now, "sent_at": now, "expires_at": now + timedelta(days=1)}
    return InvitationFactory(version=version or SurveyVersionFactory(), **fields)


def submission(version, number):
    return Submission(
        version=version,
        answers={"csat": {"value": 1 + number % 5}},
        language="en",
        nonce_hash=f"{number:064d}",
        rendered_at=timezone.now() - timedelta(minutes=1),
    )


def submit(invitation, number):
    return responses.submit_invited(
        invitation=invitation,
        submission=submission(invitation.version, number),
        at=timezone.now(),
    )


def submit_one_link_at_once(count):
    invitation = open_invitation()
    return together(lambda number: submit(invitation, number), count)


def test_fifty_submits_of_one_link_give_one_response(race_database):
    results = submit_one_link_at_once(50)

    assert sum(isinstance(result, Response) for result in results) == 1
    assert sum(isinstance(result, AlreadyAnswered) for result in results) == 49
    assert Response.objects.count() == 1
    assert Tally.objects.get(question="csat", key="~answered").count == 1


@needs_row_locks
def test_twin_of_submit_runs_into_the_constraint(race_database, guards_off):
    results = submit_one_link_at_once(50)

    assert any(
        isinstance(result, Exception) and not isinstance(result, AlreadyAnswered)
        for result in results
    )


def submit_for_the_last_slot(count):
    version = SurveyVersionFactory()
    Survey.objects.filter(pk=version.survey_id).update(response_cap=1)
    invitations = [open_invitation(version) for _ in range(count)]
    return together(lambda number: submit(invitations[number], number), count)


def test_twenty_submits_for_the_last_slot_count_one(race_database):
    results = submit_for_the_last_slot(20)

    assert all(isinstance(result, Response) for result in results)
    assert Response.objects.accepted().count() == 1
    assert Response.objects.filter(state="over_quota").count() == 19


@needs_row_locks
def test_twin_of_the_last_slot_counts_more(race_database, guards_off):
    submit_for_the_last_slot(20)

    assert Response.objects.accepted().count() > 1
