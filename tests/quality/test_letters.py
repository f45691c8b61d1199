"""Mails about results, disputes and calibrations: to whom, how often, what they never say."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from ops import mail as post
from quality.actions import disputes, evaluations
from quality.actions.calibration import close_calibration
from quality.actions.reminders import remind_raters
from tests.factories.accounts import RightGrantFactory, UserFactory
from tests.factories.quality import AT
from tests.jobs import run_waiting_jobs
from tests.quality.test_actions_calibration import plan
from tests.quality.test_actions_disputes import REASON, decide, disputed_world, file
from tests.quality.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept_letters(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def sent():
    """Send what waits; returns the letters of this round."""
    mail.outbox.clear()
    run_waiting_jobs(job="ops.send_mail")
    return list(mail.outbox)


def test_the_agent_is_told_once_of_a_released_result_without_its_score():
    """Q-312."""
    world = World()
    evaluation = world.submitted()

    (letter,) = sent()

    assert letter.to == [world.agent.email]
    assert f"/quality/evaluations/{evaluation.pk}/" in letter.body
    assert "%" not in letter.body
    assert sent() == []


def test_nobody_is_told_of_what_was_read_in_the_meantime():
    world = World()
    evaluation = world.submitted()
    evaluations.acknowledge_evaluation(evaluation=evaluation, by=world.agent, at=AT)

    assert sent() == []


def test_made_up_history_sends_nothing():
    with post.silence():
        World().submitted()

    assert sent() == []


def test_filing_taking_and_deciding_a_dispute_are_mailed():
    """Q-606."""
    world = disputed_world(deciders=["supervisor"])
    sent()

    dispute = file(world)
    filed = sent()
    decide(world, dispute, by=world.supervisor)
    moved = sent()

    assert [letter.to for letter in filed] == [[world.supervisor.email]]
    assert [(letter.to[0], letter.subject.split(":")[0]) for letter in moved] == [
        (world.agent.email, "A dispute was taken"),
        (world.agent.email, "A dispute was decided"),
        (world.evaluator.email, "A dispute was decided"),
    ]
    assert REASON not in "".join(letter.body for letter in [*filed, *moved])


def test_of_the_pool_everybody_who_may_decide_is_told():
    world = disputed_world(deciders=["pool"])
    arbitrator = RightGrantFactory(right="quality.decide_disputes").user
    sent()

    file(world)

    assert [letter.to for letter in sent()] == [[arbitrator.email]]


def test_without_arbitrators_the_admins_are_told():
    world = disputed_world(deciders=["pool"])
    admin = UserFactory(roles=["admin"])
    sent()

    dispute = file(world)
    told = [letter.to for letter in sent()]
    disputes.withdraw_dispute(dispute=dispute, by=world.agent, at=AT)

    assert told == [[admin.email]]


def test_missing_raters_are_reminded_48_and_4_hours_before():
    """Q-503."""
    world = World()
    session = plan(world)
    deadline = session.deadline_at
    raters = {seat.rater.email for seat in session.seats.all()}

    counts = [remind_raters(at=deadline - timedelta(hours=hours)) for hours in (49, 48, 47, 4, 3)]

    assert counts == [0, len(raters), 0, len(raters), 0]
    assert {letter.to[0] for letter in sent()} == raters


def test_a_session_with_a_short_deadline_reminds_once():
    world = World()
    session = plan(world, deadline_at=timezone.now() + timedelta(hours=3))

    first = remind_raters(at=timezone.now())
    second = remind_raters(at=timezone.now())

    assert (first, second) == (session.seats.count(), 0)


def test_nobody_is_reminded_of_a_session_that_closed_meanwhile():
    world = World()
    session = plan(world)
    remind_raters(at=session.deadline_at - timedelta(hours=4))
    close_calibration(session=session, by=None, at=AT)

    assert sent() == []
