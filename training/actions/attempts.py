"""Verbs of a quiz attempt: start, save an answer, hand in, mark, close by the clock."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from lib import faults
from lib.speaking import spoken
from quality.refusals import Forbidden, Invalid, Refused
from training import answering, grading
from training.actions import learning
from training.grading import UnreadableNumber
from training.models import Attempt, AttemptItem, Enrollment, Lesson, Quiz
from training.models.quizzes import ENDED_STATES, AttemptState, Overdue, QuestionVersion
from training.quiz_limits import ARRIVAL, standing_of
from training.quiz_sizes import candidates, tagged


class NoAttempt(Refused):
    """No attempt can be begun now; the text says why and when."""


class NotYours(Forbidden):
    def __init__(self) -> None:
        super().__init__(gettext("Only the person who takes the quiz answers it."))


class TimeIsUp(Refused):
    def __init__(self, deadline_at: datetime) -> None:
        told = gettext("Time was up at {when} UTC; your answers saved until then count.")
        super().__init__(told.format(when=f"{deadline_at:%H:%M:%S}"))


class Ended(Refused):
    def __init__(self) -> None:
        super().__init__(gettext("This attempt is handed in; its answers no longer change."))


class BadAnswer(Invalid):
    status = 400

    def __init__(self, sentence: str) -> None:
        super().__init__("response", sentence)


class BadMark(Invalid):
    def __init__(self, most: Decimal) -> None:
        super().__init__("score", f"Give 0 to {most.normalize():f} points in steps of 0.25.")


# --- Start ---------------------------------------------------------------------------------------


def start_attempt(*, enrollment: Enrollment, lesson: Lesson, by: User, at: datetime) -> Attempt:
    """Begin a quiz, or go on with the attempt that is running, on whatever device.

    Raises NoAttempt, NotYours, Locked, AccessEnded.
    """
    if enrollment.person_id != by.pk:
        raise NotYours
    quiz = lesson.quiz
    assert quiz is not None
    learning.check_open(enrollment, at)
    with transaction.atomic():
        learning.opened_progress(enrollment, lesson, at)
        standing = standing_of(enrollment, quiz, at)
        if standing.running is not None and faults.guard_is_on("training.one_attempt"):
            return standing.running
        if reason := standing.why_not(at):
            raise NoAttempt(reason)
        seed = secrets.token_hex(8)
        limit = standing.limits.time_limit
        deadline = None if limit is None else at + limit
        closes_at = standing.limits.closes_at
        if closes_at is not None:
            deadline = min(deadline, closes_at) if deadline else closes_at
        try:
            with transaction.atomic():
                attempt = Attempt.objects.create(
                    enrollment=enrollment,
                    lesson=lesson,
                    quiz=quiz,
                    number=max((one.number for one in standing.attempts), default=0) + 1,
                    seed=seed,
                    started_at=at,
                    deadline_at=deadline,
                )
                AttemptItem.objects.bulk_create(_items(attempt, drawn(quiz, seed)))
        except IntegrityError:  # A twin of this request was first.
            return Attempt.objects.get(
                enrollment=enrollment, quiz=quiz, state=AttemptState.IN_PROGRESS
            )
        audit.record(
            verb="start_attempt", record=attempt, by=by, at=at, after={"number": attempt.number}
        )
    return attempt


def drawn(quiz: Quiz, seed: str) -> list[QuestionVersion]:
    """The versions to ask, in their order: fixed questions, and draws that repeat none of them."""
    sections = list(quiz.sections.prefetch_related("questions__question__current_version"))
    fixed = {
        row.question_id: row.question.current_version
        for section in sections
        for row in section.questions.all()
        if row.question.current_version is not None and row.question.retired_at is None
    }
    bank = tagged() if any(section.is_draw for section in sections) else []
    chosen: list[int] = []
    for section in sections:
        if section.is_draw:
            free = [pk for pk in candidates(section, bank) if pk not in fixed and pk not in chosen]
            chosen += grading.draw(seed, free, section.draw_count)
        else:
            ids = [row.question_id for row in section.questions.all() if row.question_id in fixed]
            chosen += grading.draw(seed, ids) if quiz.shuffle else ids
    versions = QuestionVersion.objects.filter(
        question__in=[pk for pk in chosen if pk not in fixed],
        question__current_version=F("pk"),
    )
    known = fixed | {version.question_id: version for version in versions}
    return [version for pk in chosen if (version := known[pk]) is not None]


def _items(attempt: Attempt, versions: list[QuestionVersion]) -> list[AttemptItem]:
    return [
        AttemptItem(
            attempt=attempt,
            question_version=version,
            position=position,
            option_order=shown_order(attempt.seed, version),
        )
        for position, version in enumerate(versions)
    ]


def shown_order(seed: str, version: QuestionVersion) -> list[str]:
    """Options, right sides or items as this attempt shows them; true stands before false."""
    body = version.body
    rows = body.get("options") or body.get("right") or body.get("items") or []
    ids = [row["id"] for row in rows]
    if version.kind == "true_false":
        return ids
    return grading.option_order(seed, version.question_id, ids)


# --- Answer --------------------------------------------------------------------------------------


def save_answer(
    *,
    attempt: Attempt,
    position: int,
    response: object,
    sequence: int,
    by: User,
    at: datetime,
    is_flagged: bool = False,
) -> AttemptItem:
    """Keep an answer; a lower sequence than the stored one changes nothing and is no fault.

    Three queries, one write. Raises BadAnswer, TimeIsUp, Ended, NotYours.
    """
    if attempt.enrollment.person_id != by.pk:
        raise NotYours
    item = attempt.items.select_related("question_version").filter(position=position).first()
    if item is None:
        raise BadAnswer(gettext("This attempt has no such question."))
    version = item.question_version
    try:
        stored = answering.checked(version.kind, version.body, response)
    except (answering.BadResponse, UnreadableNumber) as error:
        raise BadAnswer(spoken(str(error))) from None
    if attempt.is_running and _is_late(attempt, at):
        close_attempt(attempt=attempt, at=at)
        raise TimeIsUp(_deadline(attempt))
    with transaction.atomic():
        written = AttemptItem.objects.filter(
            pk=item.pk, sequence__lt=sequence, attempt__state=AttemptState.IN_PROGRESS
        ).update(response=stored, sequence=sequence, is_flagged=is_flagged)
    if written:
        item.response, item.sequence, item.is_flagged = stored, sequence, is_flagged
    elif not attempt.is_running:
        if attempt.deadline_at and at > attempt.deadline_at:
            raise TimeIsUp(attempt.deadline_at)
        raise Ended
    return item


def _deadline(attempt: Attempt) -> datetime:
    assert attempt.deadline_at is not None
    return attempt.deadline_at


def _is_late(attempt: Attempt, at: datetime) -> bool:
    return attempt.deadline_at is not None and at > attempt.deadline_at + ARRIVAL


# --- Hand in -------------------------------------------------------------------------------------


def submit_attempt(*, attempt: Attempt, by: User, at: datetime) -> Attempt:
    """Hand in and mark at once; again it answers what the first time gave.

    After the time only a quiz with a grace lets one hand in, and a late hand-in elsewhere counts
    what was saved in time. Raises NotYours, TimeIsUp.
    """
    if attempt.enrollment.person_id != by.pk:
        raise NotYours
    if not attempt.is_running:
        return attempt
    if _is_late(attempt, at) and not _in_grace(attempt, at):
        close_attempt(attempt=attempt, at=at)
        raise TimeIsUp(_deadline(attempt))
    with transaction.atomic():
        if _claimed(attempt, AttemptState.SUBMITTED, at):
            audit.record(verb="submit_attempt", record=attempt, by=by, at=at)
            mark_attempt(attempt, at=at)
    attempt.refresh_from_db()
    return attempt


def _in_grace(attempt: Attempt, at: datetime) -> bool:
    quiz = attempt.quiz
    grace = timedelta(seconds=quiz.grace_seconds)
    return quiz.on_overdue == Overdue.GRACE and at <= _deadline(attempt) + grace + ARRIVAL


def _claimed(attempt: Attempt, state: str, at: datetime) -> bool:
    """Take a running attempt to its end; False if somebody did before."""
    rows = Attempt.objects.filter(pk=attempt.pk)
    if faults.guard_is_on("training.attempt_claim"):
        rows = rows.filter(state=AttemptState.IN_PROGRESS)
    if not rows.update(state=state, submitted_at=at):
        return False
    attempt.state, attempt.submitted_at = state, at
    return True


def close_attempt(*, attempt: Attempt, at: datetime) -> bool:
    """End an attempt whose time is over, as its quiz says; whether this call did it."""
    quiz = attempt.quiz
    with transaction.atomic():
        if quiz.on_overdue == Overdue.ABANDON:
            if not _claimed(attempt, AttemptState.ABANDONED, at):
                return False
            attempt.percent, attempt.is_passed = Decimal(0), False
            Attempt.objects.filter(pk=attempt.pk).update(percent=0, is_passed=False)
            _tell_lesson(attempt, at=at)
        else:
            if not _claimed(attempt, AttemptState.SUBMITTED, at):
                return False
            mark_attempt(attempt, at=at)
        audit.record(verb="close_attempt", record=attempt, by=None, at=at)
    return True


def close_overdue(*, at: datetime, most: int = 500) -> int:
    """Every running attempt whose time, and grace, are over; returns how many were closed."""
    rows = Attempt.objects.filter(state=AttemptState.IN_PROGRESS, deadline_at__lt=at - ARRIVAL)
    closed = 0
    late = rows.select_related("quiz", "lesson", "enrollment__person", "enrollment__revision")
    for attempt in late.order_by("deadline_at")[:most]:
        if not _in_grace(attempt, at):
            closed += close_attempt(attempt=attempt, at=at)
    return closed


# --- Mark ----------------------------------------------------------------------------------------


def mark_attempt(attempt: Attempt, *, at: datetime) -> None:
    """Mark every item that a machine can, and the attempt once no item is missing.

    Runs in the caller's transaction.
    """
    items = list(attempt.items.select_related("question_version"))
    for item in items:
        if item.score is None:
            item.score = machine_score(item, item.question_version)
    AttemptItem.objects.bulk_update(items, ["score"])
    settle_attempt(attempt, items, at=at)


def machine_score(item: AttemptItem, version: QuestionVersion) -> Decimal | None:
    """Points by the key of `version`; None where a person must mark."""
    mark = answering.fraction(version.kind, version.body, version.key, item.response)
    return None if mark is None else grading.item_score(Fraction(version.points), mark)


def percent_of(attempt: Attempt, items: list[AttemptItem]) -> Decimal | None:
    return grading.attempt_percent(
        [item.score for item in items],
        [item.question_version.points for item in items],
        floor_at_zero=attempt.quiz.floor_at_zero,
    )


def settle_attempt(attempt: Attempt, items: list[AttemptItem], *, at: datetime) -> None:
    """Percent, passed or not, state; then what it means for the course."""
    percent = percent_of(attempt, items)
    attempt.percent = percent
    if percent is None and any(item.score is None for item in items):
        attempt.state = AttemptState.AWAITING_GRADING
    else:
        attempt.state, attempt.graded_at = AttemptState.GRADED, at
        attempt.is_passed = grading.is_passed(percent, attempt.quiz.pass_percent)
    attempt.save(update_fields=["percent", "state", "graded_at", "is_passed", "updated_at"])
    _tell_lesson(attempt, at=at)


def _tell_lesson(attempt: Attempt, *, at: datetime) -> None:
    standing = standing_of(attempt.enrollment, attempt.quiz, at)
    learning.after_attempt(
        attempt=attempt,
        grade=grade_of(attempt.enrollment, attempt.quiz),
        has_attempt_left=standing.has_attempt_left,
        at=at,
    )


def grade_of(enrollment: Enrollment, quiz: Quiz) -> Decimal | None:
    """The grade over the counted attempts. One query."""
    counted = enrollment.attempts.filter(quiz=quiz).counted()
    percents = [
        None if state == AttemptState.ABANDONED else percent
        for percent, state in counted.values_list("percent", "state")
    ]
    return grading.grade(percents, quiz.grade_by)


def grade_item(
    *, item: AttemptItem, score: Decimal, note: str, by: User, at: datetime
) -> AttemptItem:
    """A person's marks for an essay or a file, in quarters. Raises BadMark, NotYours."""
    most = item.question_version.points
    if not 0 <= score <= most or score % Decimal("0.25"):
        raise BadMark(most)
    with transaction.atomic():
        attempt = (
            Attempt.objects.select_for_update(of=("self",))
            .select_related("quiz", "lesson", "enrollment__person", "enrollment__revision")
            .get(pk=item.attempt_id)
        )
        if attempt.state not in (AttemptState.AWAITING_GRADING, AttemptState.GRADED):
            raise Ended
        if attempt.enrollment.person_id == by.pk:
            raise NotYours
        before = {"score": str(item.score)}
        item.score, item.grader_note, item.graded_by = score, note.strip()[:1000], by
        item.save(update_fields=["score", "grader_note", "graded_by", "updated_at"])
        settle_attempt(attempt, list(attempt.items.select_related("question_version")), at=at)
        audit.record(
            verb="grade_item",
            record=attempt,
            by=by,
            at=at,
            before=before,
            after={"position": item.position, "score": str(score)},
        )
    return item


def void_attempt(*, attempt: Attempt, reason: str, by: User, at: datetime) -> Attempt:
    """Take an attempt out of the grade; what it completed stays completed."""
    with transaction.atomic():
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if locked.state not in ENDED_STATES or locked.state == AttemptState.SUBMITTED:
            raise Ended
        locked.state, locked.is_counted = AttemptState.VOIDED, False
        locked.void_reason = reason.strip()[:500]
        locked.save(update_fields=["state", "is_counted", "void_reason", "updated_at"])
        audit.record(verb="void_attempt", record=locked, by=by, at=at, reason=reason)
    return locked
