"""The questions of one quiz in figures and as a picture, from first graded attempts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lib import charts
from training.item_analysis import LEAST_ATTEMPTS, Analysis, ItemFigures, item_analysis
from training.item_plot import item_plot
from training.models import AttemptItem, QuestionVersion, Quiz

UNUSED_SHARE = 0.05


@dataclass(frozen=True)
class QuestionFigures:
    """One question with its figures and how often each option was chosen."""

    number: int
    version: QuestionVersion
    figures: ItemFigures
    options: list[tuple[str, int, float, bool]]

    @property
    def flags(self) -> list[str]:
        wrong = [share for _text, _n, share, is_right in self.options if not is_right]
        unused = ["a wrong option is hardly chosen"] if min(wrong, default=1) < UNUSED_SHARE else []
        return [*self.figures.flags, *unused]


@dataclass(frozen=True)
class Study:
    """`missing` says what is lacking below ten first attempts."""

    n: int
    rows: list[QuestionFigures]
    analysis: Analysis | None
    chart: charts.Chart | None

    @property
    def missing(self) -> str:
        if self.n >= LEAST_ATTEMPTS:
            return ""
        return f"Needs {LEAST_ATTEMPTS} first attempts, has {self.n}."


def study_of(quiz: Quiz) -> Study:
    """Questions that everybody was asked; one query for the answers."""
    items = (
        AttemptItem.objects.filter(
            attempt__quiz=quiz, attempt__number=1, attempt__state="graded", score__isnull=False
        )
        .select_related("question_version")
        .order_by("attempt", "question_version__question_id")
    )
    attempts: dict[int, dict[int, AttemptItem]] = {}
    for item in items:
        attempts.setdefault(item.attempt_id, {})[item.question_version.question_id] = item
    asked = Counter(pk for answers in attempts.values() for pk in answers)
    common = sorted(pk for pk, count in asked.items() if count == len(attempts))
    if len(attempts) < LEAST_ATTEMPTS or not common:
        return Study(len(attempts), [], None, None)
    matrix = [
        [
            float(answers[pk].score or 0) / float(answers[pk].question_version.points)
            for pk in common
        ]
        for answers in attempts.values()
    ]
    analysis = item_analysis(matrix)
    rows = [
        _row(number, [answers[pk] for answers in attempts.values()], figures)
        for number, (pk, figures) in enumerate(zip(common, analysis.items, strict=True), 1)
    ]
    points = [(f"{row.number}", row.figures.facility, row.figures.discrimination) for row in rows]
    return Study(len(attempts), rows, analysis, item_plot(points, title=f"Questions of {quiz}"))


def _row(number: int, answers: list[AttemptItem], figures: ItemFigures) -> QuestionFigures:
    version = max((item.question_version for item in answers), key=lambda one: one.number)
    chosen: Counter[str] = Counter()
    for item in answers:
        response = item.response
        chosen.update([response["option"]] if "option" in response else response.get("options", []))
    correct = version.key.get("correct", [])
    right = {correct} if isinstance(correct, str) else set(correct)
    options = [
        (row["text"], chosen[row["id"]], chosen[row["id"]] / len(answers), row["id"] in right)
        for row in version.body.get("options", [])
    ]
    return QuestionFigures(number, version, figures, options)
