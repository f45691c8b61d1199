"""Verbs of the question bank and of quizzes: write questions, put quizzes together, mark anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from quality.refusals import Invalid, Refused
from training import answering
from training.actions.attempts import machine_score, percent_of, settle_attempt
from training.actions.lessons import next_position
from training.models import (
    Attempt,
    AttemptItem,
    Override,
    Question,
    QuestionVersion,
    Quiz,
    QuizSection,
    SectionQuestion,
)
from training.question_text import BadQuestion, Written, parse


class NotAQuestion(Invalid):
    def __init__(self, sentence: str) -> None:
        super().__init__("text", sentence)


class GraceWithoutLimit(Invalid):
    def __init__(self) -> None:
        super().__init__("on_overdue", "A grace needs a time limit.")


class OtherOptions(Refused):
    def __init__(self) -> None:
        super().__init__("Marked anew are only wordings with the same options; these differ.")


class AlreadyMarked(Refused):
    def __init__(self) -> None:
        super().__init__("This attempt is marked already; an override would change nothing.")


# --- Questions -----------------------------------------------------------------------------------


def save_question(
    *,
    question: Question | None,
    kind: str,
    prompt: str,
    written: Written,
    points: Decimal,
    feedback: str,
    bank: str,
    tags: Iterable[str],
    difficulty: int,
    by: User,
    at: datetime,
) -> Question:
    """A new question, or its next wording; a wording that no attempt used is written over.

    Raises NotAQuestion.
    """
    try:
        parsed = parse(kind, written)
    except BadQuestion as error:
        raise NotAQuestion(str(error)) from None
    with transaction.atomic():
        row = question or Question()
        row.bank, row.difficulty = bank, difficulty
        row.tags = sorted({tag.strip().lower() for tag in tags if tag.strip()})
        row.save()
        version = _version_to_write(row)
        version.kind, version.prompt, version.points = kind, prompt.strip(), points
        version.source = as_source(written)
        version.body, version.key, version.feedback = parsed.body, parsed.key, feedback.strip()
        version.created_by = by
        version.save()
        row.current_version = version
        row.save(update_fields=["current_version", "updated_at"])
        after = {"version": version.number, "kind": kind}
        audit.record(verb="save_question", record=row, by=by, at=at, after=after)
    return row


def _version_to_write(question: Question) -> QuestionVersion:
    current = question.current_version
    if current is None:
        return QuestionVersion(question=question, number=1)
    if AttemptItem.objects.filter(question_version=current).exists():
        return QuestionVersion(question=question, number=current.number + 1)
    return current


def as_source(written: Written) -> dict[str, Any]:
    """What was typed, as JSON."""
    return {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in asdict(written).items()
    }


def retire_question(*, question: Question, by: User, at: datetime) -> None:
    """No draw and no new attempt asks it any more."""
    with transaction.atomic():
        question.retired_at = question.retired_at or at
        question.save(update_fields=["retired_at", "updated_at"])
        audit.record(verb="retire_question", record=question, by=by, at=at)


# --- Quizzes -------------------------------------------------------------------------------------


def create_quiz(*, title: str, by: User, at: datetime, **settings: Any) -> Quiz:
    with transaction.atomic():
        quiz = Quiz.objects.create(title=title.strip(), **settings)
        QuizSection.objects.create(quiz=quiz, position=0, title="Questions")
        audit.record(verb="create_quiz", record=quiz, by=by, at=at, after={"title": title})
    return quiz


def change_quiz(*, quiz: Quiz, by: User, at: datetime, **settings: Any) -> Quiz:
    """Settings for attempts begun from now on. Raises GraceWithoutLimit."""
    if settings.get("on_overdue") == "grace" and settings.get("time_limit_minutes") is None:
        raise GraceWithoutLimit
    with transaction.atomic():
        before = {name: str(getattr(quiz, name)) for name in settings}
        for name, value in settings.items():
            setattr(quiz, name, value)
        quiz.row_version += 1
        quiz.save()
        after = {name: str(value) for name, value in settings.items()}
        audit.record(verb="change_quiz", record=quiz, by=by, at=at, before=before, after=after)
    return quiz


def add_section(
    *,
    quiz: Quiz,
    title: str,
    by: User,
    at: datetime,
    draw_count: int | None = None,
    draw_tag: str = "",
    easiest: int = 1,
    hardest: int = 5,
) -> QuizSection:
    """A list of fixed questions, or a draw of so many with a tag."""
    with transaction.atomic():
        section = QuizSection.objects.create(
            quiz=quiz,
            title=title.strip(),
            position=next_position(quiz.sections),
            draw_count=draw_count,
            draw_tag=draw_tag.strip().lower(),
            easiest=easiest,
            hardest=hardest,
        )
        audit.record(verb="add_section", record=quiz, by=by, at=at, after={"title": title})
    return section


def delete_section(*, section: QuizSection, by: User, at: datetime) -> None:
    with transaction.atomic():
        quiz = section.quiz
        section.delete()
        audit.record(verb="delete_section", record=quiz, by=by, at=at)


def put_question(
    *, section: QuizSection, question: Question, by: User, at: datetime
) -> SectionQuestion:
    """A fixed question at the end of a section; twice is once."""
    with transaction.atomic():
        row, is_new = SectionQuestion.objects.get_or_create(
            section=section,
            question=question,
            defaults={"position": next_position(section.questions)},
        )
        if is_new:
            after = {"question_id": question.pk}
            audit.record(verb="put_question", record=section.quiz, by=by, at=at, after=after)
    return row


def take_question_out(*, row: SectionQuestion, by: User, at: datetime) -> None:
    with transaction.atomic():
        quiz, before = row.section.quiz, {"question_id": row.question_id}
        row.delete()
        audit.record(verb="take_question_out", record=quiz, by=by, at=at, before=before)


def allow_override(*, quiz: Quiz, by: User, at: datetime, **fields: Any) -> Override:
    """More time, attempts or other dates for a person or a team, with the reason."""
    whom = {name: fields.pop(name, None) for name in ("person", "team")}
    with transaction.atomic():
        row, _ = Override.objects.update_or_create(
            quiz=quiz, **whom, defaults={**fields, "created_by": by}
        )
        failed = row.person and row.person.enrollments.filter(
            state="failed", attempts__quiz=quiz
        ).exclude(person__enrollments__state__in=["assigned", "in_progress"])
        if failed and row.extra_attempts:
            for enrollment in failed.distinct():
                enrollment.state = "in_progress"
                enrollment.save(update_fields=["state", "updated_at"])
        after = {name: str(value) for name, value in fields.items()}
        audit.record(
            verb="allow_override", record=row, by=by, at=at, after=after, reason=row.reason
        )
    return row


# --- Marking anew --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """What the present key would make of one attempt."""

    attempt: Attempt
    before: Decimal | None
    after: Decimal | None
    passed_before: bool
    passed_after: bool

    @property
    def takes_pass_away(self) -> bool:
        return self.passed_before and not self.passed_after


def preview_regrade(question: Question) -> list[Change]:
    """Attempts at older wordings with the same options whose percent the present key changes.

    Changes nothing. Raises OtherOptions if no older wording has the same options.
    """
    return [change for change, _items in _regraded(question)]


def _regraded(question: Question) -> list[tuple[Change, list[AttemptItem]]]:
    version = question.current_version
    assert version is not None
    older = [one for one in question.versions.all() if one.pk != version.pk]
    same = [one.pk for one in older if _asks_the_same(one, version)]
    if older and not same:
        raise OtherOptions
    rows = Attempt.objects.filter(state="graded", items__question_version__in=same).distinct()
    found = []
    wanted = rows.select_related("quiz", "lesson", "enrollment__person", "enrollment__revision")
    for attempt in wanted.prefetch_related("items__question_version"):
        items = list(attempt.items.all())
        for item in items:
            if item.question_version_id in same and not item.graded_by_id:
                item.question_version = version
                item.score = machine_score(item, version)
        after = percent_of(attempt, items)
        passed = after is not None and after >= attempt.quiz.pass_percent
        if after != attempt.percent:
            change = Change(attempt, attempt.percent, after, bool(attempt.is_passed), passed)
            found.append((change, items))
    return found


def _asks_the_same(one: QuestionVersion, other: QuestionVersion) -> bool:
    return one.kind == other.kind and _ids(one) == _ids(other)


def _ids(version: QuestionVersion) -> object:
    return {
        name: [row["id"] for row in rows] if name != "texts" else len(rows)
        for name, rows in version.body.items()
    }


def regrade_question(
    *,
    question: Question,
    attempt_ids: Iterable[int],
    take_passes_away: bool,
    reason: str,
    by: User,
    at: datetime,
) -> int:
    """Mark the chosen attempts by the present key; a pass is lost only where that is ticked.

    Returns how many changed. Percents before stand in the audit entries.
    """
    chosen, changed = set(attempt_ids), 0
    with transaction.atomic():
        for change, items in _regraded(question):
            if change.attempt.pk not in chosen or (change.takes_pass_away and not take_passes_away):
                continue
            AttemptItem.objects.bulk_update(items, ["question_version", "score"])
            settle_attempt(change.attempt, items, at=at)
            changed += 1
            audit.record(
                verb="regrade_attempt",
                record=change.attempt,
                by=by,
                at=at,
                before={"percent": str(change.before)},
                after={"percent": str(change.after)},
                reason=reason,
            )
    return changed


def blanks(items: Iterable[AttemptItem]) -> list[int]:
    """Numbers, from 1, of the questions without an answer."""
    return [item.position + 1 for item in items if answering.is_blank(item.response)]
