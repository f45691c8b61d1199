"""First and blind second scorings of the same talks beside each other, side by side of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quality.models import Answer
from quality.models.evaluations import SCORED_STATES
from training.effect import Sides, two_sides
from training.models import BlindScoring, EffectReport
from training.models.effects import Side

Values = dict[int, float]


@dataclass(frozen=True)
class Blind:
    """One outcome by both scorings, over the talks that have been scored twice by now."""

    drawn: int
    done: int
    first: Sides
    second: Sides

    @property
    def rows(self) -> list[tuple[str, Sides]]:
        return [("First scoring", self.first), ("Second scoring, blind", self.second)]


def blind_of(report: EffectReport, keys: Sequence[str]) -> dict[str, Blind]:
    """By outcome; "" is the score. Empty where none was drawn. Two queries."""
    rows = report.blind.select_related(
        "evaluation__current_revision", "assignment__evaluation__current_revision"
    )
    drawn = list(rows)
    if not drawn:
        return {}
    done = [row for row in drawn if _is_done(row)]
    answers = _passed(keys, [pk for row in done for pk in _revisions(row)])
    return {key: _compared(drawn, done, answers[key] if key else _scores(done)) for key in keys}


def _is_done(row: BlindScoring) -> bool:
    second = row.assignment.evaluation
    return (
        row.evaluation.state in SCORED_STATES
        and second is not None
        and second.state in SCORED_STATES
    )


def _revisions(row: BlindScoring) -> tuple[int, int]:
    """Of the first and of the second scoring."""
    second = row.assignment.evaluation
    assert second is not None
    return row.evaluation.current_revision_id or 0, second.current_revision_id or 0


def _passed(keys: Sequence[str], revisions: Sequence[int]) -> dict[str, Values]:
    """100 or 0 by criterion and revision, where it was judged."""
    found: dict[str, Values] = {key: {} for key in keys}
    rows = Answer.objects.filter(
        revision__in=revisions, criterion__key__in=keys, state="scored", is_failed__isnull=False
    )
    for key, revision, failed in rows.values_list("criterion__key", "revision_id", "is_failed"):
        found[key][revision] = 0.0 if failed else 100.0
    return found


def _scores(done: Sequence[BlindScoring]) -> Values:
    scored = [one for row in done for one in (row.evaluation, row.assignment.evaluation)]
    revisions = [one.current_revision for one in scored if one is not None]
    return {
        one.pk: float(one.score_percent)
        for one in revisions
        if one is not None and one.score_percent is not None
    }


def _compared(drawn: Sequence[BlindScoring], done: Sequence[BlindScoring], values: Values) -> Blind:
    """Only talks that both scorings judged enter, so that both say the same of the same."""
    pairs: dict[str, list[tuple[float, float]]] = {Side.BEFORE: [], Side.AFTER: []}
    for row in done:
        first, second = _revisions(row)
        if first in values and second in values:
            pairs[row.side].append((values[first], values[second]))
    before, after = pairs[Side.BEFORE], pairs[Side.AFTER]
    sides = [
        two_sides([pair[at] for pair in before], [pair[at] for pair in after]) for at in (0, 1)
    ]
    return Blind(len(drawn), len(before) + len(after), *sides)
