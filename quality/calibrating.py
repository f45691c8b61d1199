"""What a closed calibration shows: raters around the gold answers, criterion by criterion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import F

from lib.charts import Chart, Target, interval_dots
from quality import alignment, scoring
from quality.actions.calibration import expert_answers, gold_score
from quality.content import Content, content_of
from quality.desk import Desk
from quality.models import Answer, CalibrationSession, Evaluation, Seat


@dataclass(frozen=True)
class Rating:
    """One rater's submitted answers with their score and their distance from the gold answers."""

    seat: Seat
    name: str
    is_expert: bool
    answers: dict[str, dict[str, Any]]
    score: scoring.Score
    alignment_percent: Decimal | None
    deviation: Decimal | None
    misses_critical: bool


@dataclass(frozen=True)
class Cell:
    """One rater's answer to one criterion in words."""

    words: str
    differs: bool
    comment: str


@dataclass(frozen=True)
class Line:
    """One criterion over all raters."""

    key: str
    criterion: Mapping[str, Any]
    gold: str
    gold_answer: dict[str, Any]
    note: str
    cells: list[Cell]
    spread: Decimal | None
    is_flagged: bool


@dataclass(frozen=True)
class Study:
    ratings: list[Rating]
    missing: list[Seat]
    lines: list[Line]
    gold: scoring.Score | None
    has_own_gold: bool
    chart: Chart | None

    @property
    def scores(self) -> list[Decimal]:
        return [r.score.score_percent for r in self.ratings if r.score.score_percent is not None]

    @property
    def mean(self) -> Decimal | None:
        if not self.scores:
            return None
        return (sum(self.scores, Decimal(0)) / len(self.scores)).quantize(Decimal("0.01"))

    @property
    def range(self) -> tuple[Decimal, Decimal] | None:
        return (min(self.scores), max(self.scores)) if self.scores else None


def study_of(session: CalibrationSession) -> Study:
    """Everything the results page shows; ten queries, whatever the number of raters."""
    content = content_of(session.version)
    seats = list(session.seats.select_related("rater").order_by("rater__full_name"))
    own_gold = {row.criterion_key: row for row in session.gold.all()}
    answers = {key: row.answer for key, row in own_gold.items()} or expert_answers(session)
    gold = gold_score(session, answers) if answers else None
    desks = _desks(session, content)
    ratings = [
        _rating(session, seat, desks[seat.evaluation_id], gold)
        for seat in seats
        if seat.submitted_at and seat.evaluation_id in desks
    ]
    rated = {rating.seat.pk for rating in ratings}
    notes = {key: row.note for key, row in own_gold.items()}
    return Study(
        ratings=ratings,
        missing=[seat for seat in seats if seat.pk not in rated],
        lines=[
            _line(session, criterion, ratings, answers, notes)
            for criterion in content.criteria.values()
            if criterion["kind"] != "label"
        ],
        gold=gold,
        has_own_gold=bool(own_gold),
        chart=_chart(ratings, gold),
    )


def words_of(criterion: Mapping[str, Any], answer: Mapping[str, Any] | None) -> str:
    """An answer as people read it; a dash for none."""
    if not answer:
        return "–"
    if answer.get("na"):
        return "N/A"
    labels = {option["key"]: option["label"] for option in criterion["options"]}
    picked = answer.get("options") or ([answer["option"]] if "option" in answer else [])
    if picked:
        return ", ".join(labels.get(key, key) for key in picked)
    return str(answer.get("number") or answer.get("date") or answer.get("text") or "–")


def _desks(session: CalibrationSession, content: Content) -> dict[int, Desk]:
    """Every submitted rating by its evaluation's id; two queries."""
    rows = Evaluation.objects.filter(
        seat__session=session, seat__submitted_at__isnull=False, current_revision__isnull=False
    )
    desks: dict[int, Desk] = {}
    by_revision: dict[int, Desk] = {}
    for row in rows.select_related("current_revision"):
        assert row.current_revision is not None
        desk = Desk(row, row.current_revision, content, {}, row.current_revision.facts)
        desks[row.pk] = by_revision[row.current_revision.pk] = desk
    answers = Answer.objects.filter(revision__in=by_revision).annotate(key=F("criterion__key"))
    for answer in answers:
        by_revision[answer.revision_id].answers[answer.key] = answer
    return desks


def _rating(
    session: CalibrationSession, seat: Seat, desk: Desk, gold: scoring.Score | None
) -> Rating:
    score = desk.score()
    misses = gold is not None and _fired(score) != _fired(gold)
    return Rating(
        seat=seat,
        name=seat.rater.short_name,
        is_expert=seat.rater_id == session.expert_id,
        answers=desk.answer_documents(),
        score=score,
        alignment_percent=_alignment(session, desk.content, score, gold, misses),
        deviation=_deviation(score, gold),
        misses_critical=misses,
    )


def _alignment(
    session: CalibrationSession,
    content: Content,
    score: scoring.Score,
    gold: scoring.Score | None,
    misses: bool,
) -> Decimal | None:
    if gold is None:
        return None
    return alignment.alignment(
        alignment.points_of(score),
        alignment.points_of(gold),
        alignment.weighed(content.card),
        is_zeroed=misses and session.miss_zeroes,
    )


def _deviation(score: scoring.Score, gold: scoring.Score | None) -> Decimal | None:
    if gold is None or gold.score_percent is None or score.score_percent is None:
        return None
    return score.score_percent - gold.score_percent


def _fired(score: scoring.Score) -> set[tuple[str, str]]:
    return {(effect.key, effect.scope) for effect in score.critical_fired}


def _line(
    session: CalibrationSession,
    criterion: Mapping[str, Any],
    ratings: list[Rating],
    answers: Mapping[str, Mapping[str, Any]],
    notes: Mapping[str, str],
) -> Line:
    key = criterion["key"]
    gold_answer = {n: v for n, v in answers.get(key, {}).items() if n != "fault_owner"}
    gold = words_of(criterion, gold_answer)
    cells = []
    for rating in ratings:
        words = words_of(criterion, rating.answers.get(key))
        cells.append(Cell(words, bool(gold_answer) and words != gold, ""))
    width = alignment.spread(_ratios(key, ratings))
    return Line(
        key=key,
        criterion=criterion,
        gold=gold,
        gold_answer=gold_answer,
        note=notes.get(key, ""),
        cells=cells,
        spread=width,
        is_flagged=alignment.is_flagged(width, session.threshold_percent),
    )


def _ratios(key: str, ratings: list[Rating]) -> list[Fraction]:
    figures = [rating.score.criteria[key] for rating in ratings]
    return [
        Fraction(one.earned) / Fraction(one.possible)
        for one in figures
        if one.earned is not None and one.possible
    ]


def _chart(ratings: list[Rating], gold: scoring.Score | None) -> Chart | None:
    if not ratings:
        return None
    scores = [
        None if r.score.score_percent is None else float(r.score.score_percent) for r in ratings
    ]
    at = gold.score_percent if gold else None
    return interval_dots(
        [rating.name + (" (expert)" if rating.is_expert else "") for rating in ratings],
        scores,
        title="Score of each rater",
        label_header="Rater",
        value_header="Score",
        target=Target(float(at), "gold") if at is not None else None,
    )
