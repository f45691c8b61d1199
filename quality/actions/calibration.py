"""Verbs of calibration: several people score one leg blind, then agree on gold answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from crm.models import Leg
from lib import events, faults
from quality import scoring
from quality.actions.evaluations import AlreadyEvaluated, NotPossibleNow, start_evaluation
from quality.actions.seats import SessionNotOpen, must_be_open
from quality.actions.texts import clean_text
from quality.content import content_of
from quality.desk import desk_of
from quality.events import CalibrationFinished
from quality.facts import facts_of
from quality.models import CalibrationSession, Evaluation, GoldAnswer, Scorecard, Seat
from quality.models.calibration import CALIBRATION_TRANSITIONS, CalibrationState
from quality.models.evaluations import Purpose, Selection
from quality.refusals import Forbidden, Invalid, Refused

FEWEST_RATERS, MOST_RATERS = 2, 50


class WrongNumberOfRaters(Invalid):
    def __init__(self) -> None:
        super().__init__("raters", f"Choose {FEWEST_RATERS} to {MOST_RATERS} raters.")


class RatesOwnWork(Invalid):
    def __init__(self) -> None:
        super().__init__("raters", "Nobody calibrates on their own work; leave the agent out.")


class DeadlineInThePast(Invalid):
    def __init__(self) -> None:
        super().__init__("deadline_at", "Choose a deadline that is still to come.")


class NoSeat(Forbidden):
    def __init__(self) -> None:
        super().__init__("You are not a rater of this session.")


class SeatTaken(Refused):
    def __init__(self) -> None:
        super().__init__("You scored this leg with this scorecard in another session already.")


def plan_calibration(
    *,
    leg: Leg,
    scorecard: Scorecard,
    raters: Sequence[User],
    deadline_at: datetime,
    by: User,
    at: datetime,
    expert: User | None = None,
    hide_agent: bool = True,
    miss_zeroes: bool = False,
    threshold_percent: Decimal = Decimal(10),
) -> CalibrationSession:
    """Plan a session and open it for its raters; the expert rates too.

    Raises WrongNumberOfRaters, RatesOwnWork, DeadlineInThePast, or Invalid without a version.
    """
    people = {person.pk: person for person in [*raters, *([expert] if expert else [])]}
    if not FEWEST_RATERS <= len(people) <= MOST_RATERS:
        raise WrongNumberOfRaters
    if leg.agent_id in people:
        raise RatesOwnWork
    if deadline_at <= at:
        raise DeadlineInThePast
    if scorecard.current_version is None:
        raise Invalid("scorecard", "This scorecard has no published version in force.")
    with transaction.atomic():
        session = CalibrationSession.objects.create(
            leg=leg,
            version=scorecard.current_version,
            planned_by=by,
            deadline_at=deadline_at,
            hide_agent=hide_agent,
            expert=expert,
            miss_zeroes=miss_zeroes,
            threshold_percent=threshold_percent,
            state=CalibrationState.OPEN,
            opened_at=at,
        )
        Seat.objects.bulk_create(Seat(session=session, rater=person) for person in people.values())
        audit.record(
            verb="plan_calibration",
            record=session,
            by=by,
            at=at,
            after={"leg_id": leg.pk, "raters": sorted(people), "deadline_at": str(deadline_at)},
        )
    return session


def take_seat(*, session: CalibrationSession, by: User, at: datetime) -> Evaluation:
    """Begin to rate, or come back to what was begun; leads to the workspace."""
    with transaction.atomic():
        locked = _locked(session)
        must_be_open(locked, at)
        seat = locked.seats.select_for_update().filter(rater=by).first()
        if seat is None:
            raise NoSeat
        if seat.evaluation is not None:
            return seat.evaluation
        try:
            seat.evaluation = _evaluation(locked, by, at)
        except AlreadyEvaluated:
            raise SeatTaken from None
        seat.save(update_fields=["evaluation", "updated_at"])
    return seat.evaluation


def extend_deadline(
    *, session: CalibrationSession, deadline_at: datetime, by: User, at: datetime
) -> CalibrationSession:
    """Give everybody more time while the session is open."""
    with transaction.atomic():
        locked = _locked(session)
        if locked.state != CalibrationState.OPEN:
            raise SessionNotOpen(locked.get_state_display().lower())
        if deadline_at <= max(at, locked.deadline_at):
            raise DeadlineInThePast
        before = str(locked.deadline_at)
        locked.deadline_at = deadline_at
        _save(locked, "deadline_at")
        audit.record(
            verb="extend_deadline",
            record=locked,
            by=by,
            at=at,
            before={"deadline_at": before},
            after={"deadline_at": str(deadline_at)},
        )
    return locked


def close_calibration(
    *, session: CalibrationSession, by: User | None, at: datetime
) -> CalibrationSession:
    """Stop rating; whoever did not submit is left out, the session counts."""
    return _become(session, CalibrationState.CLOSED, "closed_at", by=by, at=at)


def cancel_calibration(
    *, session: CalibrationSession, by: User, at: datetime
) -> CalibrationSession:
    return _become(session, CalibrationState.CANCELED, None, by=by, at=at)


def close_due(*, at: datetime) -> int:
    """Close every open session whose deadline has passed; returns how many."""
    due = CalibrationSession.objects.filter(state=CalibrationState.OPEN, deadline_at__lte=at)
    closed = 0
    for session in due:
        try:
            close_calibration(session=session, by=None, at=at)
            closed += 1
        except NotPossibleNow:
            continue  # Somebody closed it meanwhile.
    return closed


def set_gold(
    *,
    session: CalibrationSession,
    answers: Mapping[str, Mapping[str, Any]],
    notes: Mapping[str, str],
    by: User,
    at: datetime,
) -> CalibrationSession:
    """Record what the group agreed on, by criterion; replaces what stood there before.

    Raises SessionNotOpen before the session closed, Invalid for an answer that does not fit.
    """
    with transaction.atomic():
        locked = _locked(session)
        if locked.state != CalibrationState.CLOSED:
            raise SessionNotOpen(locked.get_state_display().lower())
        gold_score(locked, answers)
        locked.gold.all().delete()
        GoldAnswer.objects.bulk_create(
            GoldAnswer(
                session=locked,
                criterion_key=key,
                answer=dict(answer),
                note=clean_text("notes", notes.get(key, ""), 2000),
                set_by=by,
            )
            for key, answer in answers.items()
        )
        audit.record(
            verb="set_gold", record=locked, by=by, at=at, after={"criteria": sorted(answers)}
        )
    return locked


def finish_calibration(
    *, session: CalibrationSession, by: User, at: datetime
) -> CalibrationSession:
    """The group agrees; nothing about the session changes any more."""
    with transaction.atomic():
        finished = _become(session, CalibrationState.FINISHED, "finished_at", by=by, at=at)
        events.publish(CalibrationFinished(at=at, by_id=by.pk, calibration_id=finished.pk))
    return finished


def gold_score(
    session: CalibrationSession, answers: Mapping[str, Mapping[str, Any]]
) -> scoring.Score:
    """The score of gold answers on the session's version and leg; raises Invalid."""
    card = content_of(session.version).card
    facts = facts_of(session.leg, card.facts_named)
    try:
        return scoring.score(card, {key: dict(answer) for key, answer in answers.items()}, facts)
    except scoring.InvalidRequest as error:
        raise Invalid("gold", error.problems[0].message) from None


def expert_answers(session: CalibrationSession) -> dict[str, dict[str, Any]]:
    """What the expert submitted: the gold answers that are proposed first."""
    seat = session.seats.filter(rater=session.expert, submitted_at__isnull=False).first()
    if seat is None or seat.evaluation is None or seat.evaluation.current_revision is None:
        return {}
    return desk_of(seat.evaluation, seat.evaluation.current_revision).answer_documents()


# --- Below the verbs --------------------------------------------------------------------------


def _locked(session: CalibrationSession) -> CalibrationSession:
    rows = CalibrationSession.objects.select_related(
        "version__scorecard", "leg__interaction__queue", "leg__queue"
    )
    if faults.guard_is_on("quality.calibration_lock"):
        rows = rows.select_for_update(of=("self",))
    return rows.get(pk=session.pk)


def _evaluation(session: CalibrationSession, by: User, at: datetime) -> Evaluation:
    return start_evaluation(
        leg=session.leg,
        scorecard=session.version.scorecard,
        version=session.version,
        by=by,
        at=at,
        selection=Selection.CALIBRATION,
        purpose=Purpose.CALIBRATION,
    )


def _become(
    session: CalibrationSession, state: str, moment: str | None, *, by: User | None, at: datetime
) -> CalibrationSession:
    with transaction.atomic():
        locked = _locked(session)
        if state not in CALIBRATION_TRANSITIONS[locked.state]:
            raise NotPossibleNow(locked.get_state_display().lower())
        before = locked.state
        locked.state = state
        if moment:
            setattr(locked, moment, at)
        _save(locked, "state", *([moment] if moment else []))
        audit.record(
            verb=f"{state}_calibration",
            record=locked,
            by=by,
            at=at,
            before={"state": before},
            after={"state": state},
        )
    return locked


def _save(session: CalibrationSession, *names: str) -> None:
    session.row_version += 1
    session.save(update_fields=[*names, "row_version", "updated_at"])
