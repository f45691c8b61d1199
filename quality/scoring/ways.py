"""The ways in which people answer a criterion, each weighed once in whole numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from quality.scoring.answers import AGENT, Answer
from quality.scoring.card import ZERO, Card, Item
from quality.scoring.critical import Fired, fired_by_criteria
from quality.scoring.judging import EXCUSED, HIDDEN, SCORED, UNANSWERED, Line, excuse, judge_shown

Mark = str | Answer | None
HIDDEN_MARK = "/hidden"  # No option can have this key.
MOST_KEPT = 2_000  # Ways to answer one criterion or one block.
ONE = Fraction(1)


class Part(NamedTuple):
    """Two whole numbers that are added up over criteria: gained, of so much room."""

    gain: int
    room: int


NO_PART = Part(0, 0)


def total(parts: Iterable[Part | None]) -> Part:
    known = [part for part in parts if part]
    return Part(sum([part.gain for part in known]), sum([part.room for part in known]))


def as_answer(mark: str | Answer) -> Answer:
    return Answer(options=(mark,)) if isinstance(mark, str) else mark


def as_mark(answer: Answer | None) -> Mark:
    """The shortest way to say the answer; a text is found much quicker than an Answer."""
    is_short = answer and len(answer.options) == 1 and answer.fault_owner == AGENT
    return answer.options[0] if answer and is_short else answer


@dataclass(slots=True)
class Way:
    """What is known of one answer to one criterion before the others are looked at.

    Gains, rooms and points are whole numbers on common scales; `all_…` has nobody excused. An odd
    way is looked at again: it is unanswered, excused or fires a critical effect.
    """

    line: Line
    part: Part | None
    all_part: Part | None
    points: Part
    fired: tuple[Fired, ...]
    all_fired: tuple[Fired, ...]

    @property
    def is_odd(self) -> bool:
        return bool(self.all_fired) or self.line.state in (UNANSWERED, EXCUSED)


class Ways(dict[Mark, Way]):
    """All ways met so far to answer one criterion."""

    def __init__(self, scales: "Scales", item: Item) -> None:
        self.scales = scales
        self.item = item

    def __missing__(self, mark: Mark) -> Way:
        if len(self) >= MOST_KEPT:
            self.clear()
        self[mark] = self.scales.way(self._line(mark))
        return self[mark]

    def _line(self, mark: Mark) -> Line:
        if mark == HIDDEN_MARK:
            return Line(self.item, None, HIDDEN)
        return judge_shown(self.scales.card, self.item, None if mark is None else as_answer(mark))


class Scales:
    """Turns exact fractions into whole numbers that can be added."""

    def __init__(self, card: Card) -> None:
        self.card = card
        grains = [self.grains(item) for item in card.items if item.can_count]
        self.points = lcm(*(point.denominator for point, _ in grains))
        self.gains = lcm(*(gain.denominator for _, gain in grains))

    def grains(self, item: Item) -> tuple[Fraction, Fraction]:
        """The smallest steps in which points and gain of the criterion can differ."""
        points = [item.possible, *(option.points for option in item.criterion.options)]
        point = Fraction(1, lcm(*(value.denominator for value in points)))
        gain = point / self.weight(item).denominator
        if self.card.counts_points:
            return point, gain
        by_place = self.card.weight_mode == "category"
        width = item.highest - item.lowest if by_place else item.possible
        return point, gain / (width or ONE).numerator

    def weight(self, item: Item) -> Fraction:
        points = self.card.counts_points
        return self.card.multiplier(item) if points else item.criterion.weight or ZERO

    def way(self, line: Line) -> Way:
        mine = excuse([line])[0]
        return Way(
            line=mine,
            part=self.part(mine),
            all_part=self.part(line),
            points=self.earned(mine),
            fired=tuple(fired_by_criteria([mine])),
            all_fired=tuple(fired_by_criteria([line])),
        )

    def part(self, line: Line) -> Part | None:
        """Gain and room; None where the criterion has no part in the percentage."""
        if not line.is_live or line.worth is None:
            return None
        weight = self.weight(line.item) * self.gains
        if self.card.counts_points:
            return Part(int(weight * line.worth.earned), int(weight * line.worth.possible))
        if line.worth.ratio is None:
            return None
        return Part(int(weight * line.worth.ratio), int(weight))

    def earned(self, line: Line) -> Part:
        if line.state != SCORED or line.worth is None:
            return NO_PART
        return Part(int(line.worth.earned * self.points), int(line.worth.possible * self.points))
