"""Calibration: blind ratings, gold answers, and who sees what when."""

from datetime import timedelta

import pytest
from django.db.models import Q

from accounts.models import AuditEntry
from lib import events
from quality.actions import answers, calibration, evaluations
from quality.actions.calibration import (
    DeadlineInThePast,
    NoSeat,
    RatesOwnWork,
    SeatTaken,
    WrongNumberOfRaters,
)
from quality.actions.evaluations import NotPossibleNow
from quality.actions.seats import SessionNotOpen
from quality.events import CalibrationFinished
from quality.models import CalibrationSession, Evaluation, Seat
from quality.refusals import Invalid
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT
from tests.quality.worlds import GIVEN, World, member

pytestmark = pytest.mark.django_db
DEADLINE = AT + timedelta(days=3)
GOLD = {key: {"option": option} for key, option in GIVEN.items()}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def heard(monkeypatch):
    facts = []
    monkeypatch.setattr(events, "publish", facts.append)
    return facts


def plan(world, raters=3, **options):
    """A session of so many raters, planned by the team's supervisor."""
    world.supervisor = member("supervisor", world.team)
    world.raters = [member("evaluator", world.team) for _ in range(raters)]
    options = {"raters": world.raters, "deadline_at": DEADLINE, **options}
    world.session = calibration.plan_calibration(
        leg=world.leg, scorecard=world.scorecard, by=world.supervisor, at=AT, **options
    )
    return world.session


def rate(world, rater, given=None, at=AT):
    evaluation = calibration.take_seat(session=world.session, by=rater, at=at)
    for key, option in (given or GIVEN).items():
        answers.save_answer(
            evaluation=evaluation,
            key=key,
            change={"answer": {"option": option}},
            seen=0,
            save_id=evaluation_save_id(),
            by=rater,
            at=at,
        )
    return evaluations.submit_evaluation(
        evaluation=evaluation, by=rater, at=at, key=evaluation_save_id()
    )


def evaluation_save_id():
    from uuid import uuid4

    return uuid4()


def close(world):
    world.session = calibration.close_calibration(session=world.session, by=None, at=DEADLINE)


# --- Planning ---------------------------------------------------------------------------------


def test_planned_session_has_a_seat_for_every_rater_and_the_expert(world):
    expert = member("evaluator", world.team)

    session = plan(world, expert=expert)

    assert session.state == "open"
    assert Seat.objects.filter(session=session).count() == 4
    assert AuditEntry.objects.filter(verb="plan_calibration").count() == 1


@pytest.mark.parametrize("count", [0, 1, 51])
def test_number_of_raters_is_2_to_50(world, count):
    with pytest.raises(WrongNumberOfRaters):
        plan(world, raters=count)


def test_agent_is_no_rater(world):
    with pytest.raises(RatesOwnWork):
        plan(world, expert=world.agent)


def test_deadline_lies_ahead(world):
    with pytest.raises(DeadlineInThePast):
        plan(world, deadline_at=AT)


# --- Rating -----------------------------------------------------------------------------------


def test_rating_is_an_evaluation_that_nobody_is_told_about(world, heard):
    plan(world)

    evaluation = rate(world, world.raters[0])

    assert (evaluation.purpose, evaluation.state) == ("calibration", "submitted")
    assert evaluation.released_at is None
    assert Seat.objects.get(rater=world.raters[0]).submitted_at == AT
    assert not Evaluation.objects.counting(chosen_too=True).exists()


def test_rater_comes_back_to_what_was_begun(world):
    plan(world)
    first = calibration.take_seat(session=world.session, by=world.raters[0], at=AT)

    assert calibration.take_seat(session=world.session, by=world.raters[0], at=AT) == first


def test_whoever_has_no_seat_is_refused(world):
    plan(world)

    with pytest.raises(NoSeat):
        calibration.take_seat(session=world.session, by=world.supervisor, at=AT)


def test_nobody_rates_after_the_deadline(world):
    plan(world)
    evaluation = calibration.take_seat(session=world.session, by=world.raters[0], at=AT)

    with pytest.raises(SessionNotOpen, match="past its deadline"):
        calibration.take_seat(session=world.session, by=world.raters[1], at=DEADLINE)
    close(world)
    with pytest.raises(SessionNotOpen, match="closed"):
        calibration.take_seat(session=world.session, by=world.raters[1], at=AT)
    for key, option in GIVEN.items():
        answers.save_answer(
            evaluation=evaluation,
            key=key,
            change={"answer": {"option": option}},
            seen=0,
            save_id=evaluation_save_id(),
            by=world.raters[0],
            at=AT,
        )
    with pytest.raises(SessionNotOpen):
        evaluations.submit_evaluation(
            evaluation=evaluation, by=world.raters[0], at=AT, key=evaluation_save_id()
        )


def test_same_leg_in_a_second_session_is_refused(world):
    plan(world)
    rate(world, world.raters[0])
    second = calibration.plan_calibration(
        leg=world.leg,
        scorecard=world.scorecard,
        raters=world.raters,
        deadline_at=DEADLINE,
        by=world.supervisor,
        at=AT,
    )

    with pytest.raises(SeatTaken):
        calibration.take_seat(session=second, by=world.raters[0], at=AT)


# --- Who sees what ----------------------------------------------------------------------------


def seen(user):
    return set(Evaluation.objects.visible_to(user).filter(purpose="calibration"))


def test_others_answers_are_hidden_until_the_session_closes(world):
    plan(world)
    first, second = rate(world, world.raters[0]), rate(world, world.raters[1])
    admin = UserFactory(roles=["admin"])

    assert seen(world.raters[0]) == {first}
    assert seen(world.raters[2]) == set()
    assert seen(world.supervisor) == set()
    assert seen(admin) == set()
    close(world)
    for person in (*world.raters, world.supervisor, admin):
        assert seen(person) == {first, second}
    assert seen(member("evaluator", world.team)) == set()
    assert seen(world.agent) == set()


def test_agent_is_masked_while_the_session_says_so(world):
    plan(world)
    masked = rate(world, world.raters[0])

    name = masked.agent_name
    CalibrationSession.objects.update(hide_agent=False)

    assert name == "masked agent"
    assert Evaluation.objects.get(pk=masked.pk).agent_name == world.agent.short_name


def test_sessions_are_seen_by_who_takes_part(world):
    session = plan(world)

    for person in (*world.raters, world.supervisor):
        assert session in CalibrationSession.objects.visible_to(person)
    assert not CalibrationSession.objects.visible_to(world.agent).exists()
    assert not CalibrationSession.objects.filter(Q(expert=world.agent)).exists()


# --- Closing, gold, finishing -----------------------------------------------------------------


def test_session_closes_by_itself_at_its_deadline(world):
    plan(world)

    before = calibration.close_due(at=DEADLINE - timedelta(seconds=1))
    after = calibration.close_due(at=DEADLINE)

    assert (before, after) == (0, 1)
    assert CalibrationSession.objects.get().state == "closed"


def test_deadline_is_extended_while_open(world):
    plan(world)

    calibration.extend_deadline(
        session=world.session, deadline_at=DEADLINE + timedelta(days=1), by=world.supervisor, at=AT
    )
    with pytest.raises(DeadlineInThePast):
        calibration.extend_deadline(
            session=world.session, deadline_at=DEADLINE, by=world.supervisor, at=AT
        )
    close(world)
    with pytest.raises(SessionNotOpen):
        calibration.extend_deadline(
            session=world.session,
            deadline_at=DEADLINE + timedelta(days=9),
            by=world.supervisor,
            at=AT,
        )


def test_gold_is_recorded_after_closing_only(world):
    plan(world)

    def record(**gold):
        return calibration.set_gold(
            session=world.session,
            answers=GOLD | gold,
            notes={"solve": "The card was sent."},
            by=world.supervisor,
            at=AT,
        )

    with pytest.raises(SessionNotOpen):
        record()
    close(world)
    record()
    with pytest.raises(Invalid, match="greet has no option maybe"):
        record(greet={"option": "maybe"})

    gold = {row.criterion_key: row for row in world.session.gold.all()}
    assert gold["solve"].answer == {"option": "part"}
    assert gold["solve"].note == "The card was sent."


def test_experts_answers_are_proposed_as_gold(world):
    expert = member("evaluator", world.team)
    plan(world, expert=expert)
    rate(world, expert, GIVEN | {"solve": "full"})

    assert calibration.expert_answers(world.session)["solve"] == {"option": "full"}


def test_finished_session_stays_as_it_is(world, heard):
    plan(world)
    with pytest.raises(NotPossibleNow):
        calibration.finish_calibration(session=world.session, by=world.supervisor, at=AT)
    close(world)

    calibration.finish_calibration(session=world.session, by=world.supervisor, at=AT)

    assert isinstance(heard[-1], CalibrationFinished)
    with pytest.raises(SessionNotOpen):
        calibration.set_gold(
            session=world.session, answers=GOLD, notes={}, by=world.supervisor, at=AT
        )


def test_averages_stay_the_same_after_calibrations(world):
    world.submitted()
    before = list(Evaluation.objects.counting().values_list("pk", flat=True))
    plan(world)
    for rater in world.raters:
        rate(world, rater, GIVEN | {"solve": "full"})
    close(world)

    assert list(Evaluation.objects.counting().values_list("pk", flat=True)) == before
