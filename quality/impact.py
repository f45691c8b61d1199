"""What publishing a draft would change: past evaluations scored again under it; nothing is stored.

Told in docs/algorithms/impact.md.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from quality.scoring import Answer, Card, Figures, InvalidRequest, Row, read_row, score_many
from quality.scoring.numbers import rounded

LEAST_TO_JUDGE = 20
LEAST_OF_AGENT = 5
MATTERS_FROM = Decimal("0.5")
ONE_OPTION_SHARE = Fraction(98, 100)
BIN = 5
MOST_FLIPS = 100
Data = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One past evaluation: its answers and facts as plain data, and its stored score."""

    id: int
    agent_id: int
    answers: Mapping[str, Any]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """One evaluation under both versions."""

    case: Case
    row: Row
    before: Figures
    after: Figures

    @property
    def flips(self) -> bool:
        return self.before.outcome != self.after.outcome


@dataclass
class Impact:
    pairs: list[Pair] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def compare(before: Card, after: Card, cases: Iterable[Case]) -> Impact:
    """Score every case under both versions; a criterion that is gone drops out.

    What cannot be scored again, such as a removed option, is listed with the reason.
    """
    found = Impact()
    ready: list[tuple[Case, Row, Row]] = []
    for case in cases:
        try:
            old = read_row(before, case.answers, case.facts)
            new = read_row(after, _known(after, case.answers), case.facts)
        except InvalidRequest as error:
            found.refused.append((case.id, error.problems[0].message))
        else:
            ready.append((case, old, new))
    olds = score_many(before, (old for _case, old, _new in ready))
    news = score_many(after, (new for _case, _old, new in ready))
    for (case, _old, new), was, becomes in zip(ready, olds, news, strict=True):
        found.pairs.append(Pair(case, new, was, becomes))
    return found


def as_data(found: Impact, after: Card) -> Data:
    """The whole study as JSON scalars and lists."""
    pairs = found.pairs
    return {
        "n": len(pairs),
        "is_too_few": len(pairs) < LEAST_TO_JUDGE,
        "refused": len(found.refused),
        "reasons": Counter(reason for _id, reason in found.refused).most_common(10),
        "before": _side([pair.before for pair in pairs]),
        "after": _side([pair.after for pair in pairs]),
        "histogram": histogram(pairs),
        "flips": [_flip(pair) for pair in pairs if pair.flips][:MOST_FLIPS],
        "flip_count": sum(pair.flips for pair in pairs),
        "agents": flipping_agents(pairs, after),
        "idle": idle_criteria(pairs, after),
    }


def histogram(pairs: Sequence[Pair]) -> list[list[int]]:
    """How many scores move by how much: [from, count] in steps of 5 points, gaps filled with 0."""
    moves = [
        pair.after.score_percent - pair.before.score_percent
        for pair in pairs
        if pair.after.score_percent is not None and pair.before.score_percent is not None
    ]
    counts = Counter(floor(move / BIN) * BIN for move in moves)
    if not counts:
        return []
    return [[at, counts[at]] for at in range(min(counts), max(counts) + BIN, BIN)]


def flipping_agents(pairs: Sequence[Pair], after: Card) -> list[Data]:
    """Agents with 5 or more evaluations whose average crosses the draft's pass mark."""
    mark = after.pass_percent
    if mark is None:
        return []
    by_agent: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.before.score_percent is not None and pair.after.score_percent is not None:
            by_agent[pair.case.agent_id].append(pair)
    flips = []
    for agent_id, own in sorted(by_agent.items()):
        was = _mean([pair.before.score_percent for pair in own])
        becomes = _mean([pair.after.score_percent for pair in own])
        enough = len(own) >= LEAST_OF_AGENT and was is not None and becomes is not None
        if enough and (was >= mark) != (becomes >= mark):  # type: ignore[operator]
            flips.append(
                {
                    "agent_id": agent_id,
                    "n": len(own),
                    "before": str(rounded(was, 2)),  # type: ignore[arg-type]
                    "after": str(rounded(becomes, 2)),  # type: ignore[arg-type]
                }
            )
    return flips


def idle_criteria(pairs: Sequence[Pair], after: Card) -> list[Data]:
    """Criteria that stop mattering: without them no score moves, or nearly all answer the same."""
    card = replace(after, na_policy="proportional", na_fixed_percent=None)
    whole = list(score_many(card, (pair.row for pair in pairs)))
    idle = []
    for index, item in enumerate(card.items):
        marks = [pair.row.marks[index] for pair in pairs]
        given = [mark for mark in marks if _applies(mark)]
        if not item.can_count or len(given) < LEAST_TO_JUDGE:
            continue
        share = Fraction(Counter(map(str, given)).most_common(1)[0][1], len(given))
        moves = _largest_move(card, pairs, whole, index)
        if share >= ONE_OPTION_SHARE or moves < MATTERS_FROM:
            idle.append(
                {
                    "key": item.key,
                    "n": len(given),
                    "same_percent": str(rounded(100 * share, 2)),
                    "largest_move": str(moves),
                }
            )
    return idle


# --- Below ------------------------------------------------------------------------------------


def _known(card: Card, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {key: answer for key, answer in answers.items() if key in card.by_key}


def _applies(mark: Any) -> bool:
    return mark is not None and not (isinstance(mark, Answer) and mark.is_na)


def _largest_move(
    card: Card, pairs: Sequence[Pair], whole: Sequence[Figures], index: int
) -> Decimal:
    """The most that any score moves if the criterion is taken out as not applicable."""
    without = (
        Row(
            [*pair.row.marks[:index], Answer(is_na=True), *pair.row.marks[index + 1 :]],
            pair.row.facts,
        )
        for pair in pairs
    )
    largest = Decimal(0)
    for full, less in zip(whole, score_many(card, without), strict=True):
        if (full.score_percent is None) != (less.score_percent is None):
            return Decimal(100)
        if full.score_percent is not None and less.score_percent is not None:
            largest = max(largest, abs(full.score_percent - less.score_percent))
    return largest


def _without(row: Row, index: int) -> Row:
    marks = [*row.marks[:index], Answer(is_na=True), *row.marks[index + 1 :]]
    return Row(marks, row.facts)


def _side(figures: Sequence[Figures]) -> Data:
    mean = _mean([one.score_percent for one in figures])
    decided = [one.outcome for one in figures if one.outcome in ("passed", "failed")]
    passed = decided.count("passed")
    rate = rounded(Fraction(100 * passed, len(decided)), 2) if decided else None
    return {
        "mean": None if mean is None else str(rounded(mean, 2)),
        "passed": passed,
        "decided": len(decided),
        "pass_percent": None if rate is None else str(rate),
        "bands": Counter(one.band for one in figures if one.band),
    }


def _mean(scores: Sequence[Decimal | None]) -> Fraction | None:
    known = [Fraction(score) for score in scores if score is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def _flip(pair: Pair) -> Data:
    return {
        "id": pair.case.id,
        "before": [_text(pair.before.score_percent), pair.before.outcome],
        "after": [_text(pair.after.score_percent), pair.after.outcome],
    }


def _text(score: Decimal | None) -> str | None:
    return None if score is None else str(score)
