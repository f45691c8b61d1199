"""How many questions a quiz asks, and out of how many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from training.models.quizzes import Question, QuizSection


def question_counts(quiz_ids: Iterable[int]) -> dict[int, int]:
    """Questions asked by each quiz; a draw gives what the bank holds at most. Two queries."""
    counts: dict[int, int] = defaultdict(int)
    sections = QuizSection.objects.filter(quiz__in=list(quiz_ids)).prefetch_related("questions")
    drawn = [section for section in sections if section.is_draw]
    for section in sections:
        if not section.is_draw:
            counts[section.quiz_id] += len(section.questions.all())
    if drawn:
        bank = tagged()
        for section in drawn:
            counts[section.quiz_id] += min(section.draw_count or 0, len(candidates(section, bank)))
    return counts


def tagged() -> list[tuple[int, list[str], int]]:
    """(id, tags, difficulty) of every question that may be drawn. One query."""
    rows = Question.objects.filter(retired_at__isnull=True, current_version__isnull=False)
    return list(rows.order_by("pk").values_list("pk", "tags", "difficulty"))


def candidates(section: QuizSection, bank: list[tuple[int, list[str], int]]) -> list[int]:
    """Ids of the questions that a draw may take."""
    return [
        pk
        for pk, tags, difficulty in bank
        if section.draw_tag in tags and section.easiest <= difficulty <= section.hardest
    ]
