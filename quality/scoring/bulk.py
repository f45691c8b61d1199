"""Scores many evaluations of one version, without receipts.

People answer a criterion in few different ways. Each way is weighed once, by the same functions
that `score` uses, and looked up afterwards; what is left per evaluation is adding whole numbers.
Versions with rarer rules, see `is_plain`, go the ordinary way.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import NamedTuple, TypeVar

from quality.scoring.answer_reading import read_answers
from quality.scoring.answers import Answer
from quality.scoring.card import Card
from quality.scoring.conditions import holds
from quality.scoring.critical import VOID, Fired
from quality.scoring.engine import work_out
from quality.scoring.facts import Value, read_facts
from quality.scoring.judging import EXCUSED, UNANSWERED
from quality.scoring.numbers import rounded_ratio
from quality.scoring.problems import Notes
from quality.scoring.results import CriterionFigures, Figures, SectionFigures
from quality.scoring.rounding import FINE, band_of, criterion_figures, outcome_of
from quality.scoring.ways import (
    HIDDEN_MARK,
    MOST_KEPT,
    NO_PART,
    Mark,
    Part,
    Scales,
    Way,
    Ways,
    as_answer,
    as_mark,
    total,
)

Found = TypeVar("Found")
NO_FACTS: Mapping[str, Value] = {}
MOST_ROOMS = 500
BLOCK = 4
NOTHING_EMPTIED: frozenset[int] = frozenset()
NOTHING = rounded_ratio(0, 1, FINE)


class Row(NamedTuple):
    """One evaluation: a mark per criterion, in the order of `Card.items`.

    A mark is the key of the picked option, an Answer where more is to say, None for unanswered.
    """

    marks: Sequence[Mark]
    facts: Mapping[str, Value] = NO_FACTS


def read_row(card: Card, answers: object, facts: object = None) -> Row:
    """The row of answers and facts given as plain data; raises InvalidRequest."""
    notes = Notes()
    given = read_answers(card, answers, notes)
    known = read_facts(facts, notes)
    notes.raise_any()
    return Row([as_mark(given.get(item.key)) for item in card.items], known)


def score_many(compiled_version: Card, rows: Iterable[Row]) -> Iterator[Figures]:
    """The figures of each row, equal to those of `score`, one at a time."""
    if is_plain(compiled_version):
        yield from map(Bulk(compiled_version).figures, rows)
        return
    for row in rows:
        answers = {
            item.key: as_answer(mark)
            for item, mark in zip(compiled_version.items, row.marks, strict=True)
            if mark is not None
        }
        yield work_out(compiled_version, answers, row.facts).figures


def is_plain(card: Card) -> bool:
    """Whether each criterion's weight is its own, whatever happens to the others."""
    return (
        card.weight_mode != "section_percent"
        and (card.na_policy == "proportional" or (card.counts_points and card.na_policy == "equal"))
        and all(section.fail_below_percent is None for section in card.every_section)
        and not any(item.is_bonus for item in card.items)
    )


# --- Neighbors, added up once ---------------------------------------------------------------------


@dataclass(slots=True)
class Block:
    """The sums over a few neighboring criteria, answered in one certain way."""

    gain: int
    room: int
    earned: int
    possible: int
    family_gain: int
    family_room: int
    odd: list[Way]
    excused: list[Way]


class Blocks(dict[tuple[Mark, ...], Block]):
    """All ways met so far to answer the criteria of one block."""

    def __init__(self, bulk: "Bulk", start: int) -> None:
        self.bulk = bulk
        self.indexes = range(start, min(start + BLOCK, len(bulk.ways)))

    def __missing__(self, marks: tuple[Mark, ...]) -> Block:
        if len(self) >= MOST_KEPT:
            self.clear()
        pairs = zip(self.indexes, marks, strict=True)
        ways = {index: self.bulk.ways[index][mark] for index, mark in pairs}
        family = [way for index, way in ways.items() if index in self.bulk.with_family]
        self[marks] = Block(
            *total(way.part for way in ways.values()),
            *total(way.points for way in ways.values()),
            *self.bulk.inner_total(family),
            odd=[way for way in ways.values() if way.is_odd],
            excused=[way for way in ways.values() if way.line.state == EXCUSED],
        )
        return self[marks]


class FiguresOfCriterion(dict[Mark, CriterionFigures]):
    """Rounded figures of each way to answer one criterion, where all criteria have `room`."""

    def __init__(self, ways: Ways, room: int) -> None:
        self.ways = ways
        self.room = room

    def __missing__(self, mark: Mark) -> CriterionFigures:
        way, room = self.ways[mark], self.room
        weight = contribution = None
        if way.part and room:
            weight = Fraction(100 * way.part.room, room)
            contribution = Fraction(100 * way.part.gain, room)
        self[mark] = criterion_figures(self.ways.scales.card, way.line, weight, contribution)
        return self[mark]


# --- One version ----------------------------------------------------------------------------------


class Bulk:
    """A plain version with its tables of ways."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.scales = Scales(card)
        self.ways = [Ways(self.scales, item) for item in card.items]
        self.index = {item.key: index for index, item in enumerate(card.items)}
        self.with_family = {
            index for index, item in enumerate(card.items) if item.criterion.critical_family
        }
        self.inside: dict[str | None, list[int]] = {
            section.key: [i for i, item in enumerate(card.items) if section in item.path]
            for section in card.every_section
        }
        self.conditional = [
            (index, condition)
            for index, item in enumerate(card.items)
            for condition in item.conditions
        ]
        starts = range(0, len(self.ways), BLOCK)
        self.blocks = [(Blocks(self, start), slice(start, start + BLOCK)) for start in starts]
        self.by_room = FiguresByRoom(self.ways)

    def figures(self, row: Row) -> Figures:
        """All figures of one evaluation."""
        marks = self.visible(row)
        odd: list[Way] = []
        excused: list[Way] = []
        gain = room = earned = possible = family_gain = family_room = 0
        for blocks, place in self.blocks:
            block = blocks[marks[place]]
            gain += block.gain
            room += block.room
            earned += block.earned
            possible += block.possible
            family_gain += block.family_gain
            family_room += block.family_room
            if block.odd:
                odd += block.odd
                excused += block.excused
        fired = tuple([effect for way in odd for effect in way.fired]) if odd else ()
        emptied = self.emptied(fired) if fired else NOTHING_EMPTIED
        lost = self.gain_of(marks, emptied) if emptied else 0
        score = self.percent(gain - lost, room, fired)
        own = (earned, possible) if self.card.counts_points else (gain, room)
        return Figures(
            score_percent=score,
            raw_percent=self.percent(gain, room, ()) if fired else score,
            interaction_percent=(
                self.interaction(marks, odd, excused, gain, room) if excused else score
            ),
            critical_percent=self.share(family_gain, family_room),
            noncritical_percent=self.share(own[0] - family_gain, own[1] - family_room),
            earned_points=rounded_ratio(earned, self.scales.points, FINE),
            possible_points=rounded_ratio(possible, self.scales.points, FINE),
            outcome=outcome_of(self.card, fired, score),
            band=band_of(self.card.bands, score),
            missing=tuple([w.line.item.key for w in odd if w.line.state == UNANSWERED]),
            critical_fired=fired,
            sections=OnDemand(self.card.section_by_key, partial(self.section, marks, emptied)),
            criteria=OnDemand(self.index, partial(self.criterion, marks, room, emptied)),
        )

    def visible(self, row: Row) -> tuple[Mark, ...]:
        """The marks, with those of hidden criteria replaced."""
        if not self.conditional:
            return tuple(row.marks)
        marks = list(row.marks)
        shown = Shown(self, marks)
        for index, condition in self.conditional:
            if not holds(condition, shown, row.facts):
                marks[index] = HIDDEN_MARK
        return tuple(marks)

    def emptied(self, fired: tuple[Fired, ...]) -> frozenset[int]:
        """Indexes of the criteria that critical effects leave without gain."""
        sections = [self.inside[effect.empties] for effect in fired if effect.empties]
        return NOTHING_EMPTIED.union(*sections)

    def gain_of(self, marks: Sequence[Mark], indexes: Iterable[int]) -> int:
        return sum([(self.ways[i][marks[i]].part or NO_PART).gain for i in indexes])

    def percent(self, gain: int, room: int, fired: tuple[Fired, ...]) -> Decimal | None:
        """After critical effects and limits, rounded."""
        if fired and any(effect.scope == VOID for effect in fired):
            return rounded_ratio(0, 1, self.card.decimals)
        if not room:
            return None
        cap = self.card.cap_percent
        if cap is not None and 100 * gain * cap.denominator > cap.numerator * room:
            return rounded_ratio(cap.numerator, cap.denominator, self.card.decimals)
        return rounded_ratio(100 * max(0, gain), room, self.card.decimals)

    def interaction(
        self, marks: Sequence[Mark], odd: list[Way], excused: list[Way], gain: int, room: int
    ) -> Decimal | None:
        """The score with nobody excused."""
        fired = tuple([effect for way in odd for effect in way.all_fired])
        back = total(way.all_part for way in excused)
        lost = total(self.ways[i][marks[i]].all_part for i in self.emptied(fired))
        return self.percent(gain + back.gain - lost.gain, room + back.room, fired)

    def inner_total(self, ways: Iterable[Way]) -> Part:
        """Gain and room of some criteria, where the weight of their section plays no part."""
        if self.card.counts_points:
            return total(way.points for way in ways)
        return total(way.part for way in ways)

    def share(self, gain: int, room: int) -> Decimal | None:
        return rounded_ratio(100 * gain, room, self.card.decimals) if room else None

    def section(self, marks: tuple[Mark, ...], emptied: frozenset[int], key: str) -> SectionFigures:
        ways = {index: self.ways[index][marks[index]] for index in self.inside[key]}
        gain, room = self.inner_total(ways.values())
        left, _ = self.inner_total(way for index, way in ways.items() if index not in emptied)
        percent = self.share(left, room)
        bands = self.card.section_by_key[key].bands
        return SectionFigures(self.share(gain, room), percent, band_of(bands, percent))

    def criterion(
        self, marks: tuple[Mark, ...], room: int, emptied: frozenset[int], key: str
    ) -> CriterionFigures:
        index = self.index[key]
        figures = self.by_room[room][index][marks[index]]
        if index in emptied and figures.contribution_percent is not None:
            return replace(figures, contribution_percent=NOTHING)
        return figures


class FiguresByRoom(dict[int, list[FiguresOfCriterion]]):
    """The figures of all criteria, for each room that all of them together had so far."""

    def __init__(self, ways: list[Ways]) -> None:
        self.ways = ways

    def __missing__(self, room: int) -> list[FiguresOfCriterion]:
        if len(self) >= MOST_ROOMS:
            self.clear()
        self[room] = [FiguresOfCriterion(ways, room) for ways in self.ways]
        return self[room]


class OnDemand(Mapping[str, Found]):
    """Figures by key, worked out when somebody asks for them."""

    __slots__ = ("find", "keys_known")

    def __init__(self, keys: Collection[str], find: Callable[[str], Found]) -> None:
        self.keys_known = keys
        self.find = find

    def __getitem__(self, key: str) -> Found:
        return self.find(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_known)

    def __len__(self) -> int:
        return len(self.keys_known)


class Shown:
    """The answers shown so far, as conditions ask for them."""

    def __init__(self, bulk: Bulk, marks: Sequence[Mark]) -> None:
        self.bulk = bulk
        self.marks = marks

    def get(self, key: str) -> Answer | None:
        index = self.bulk.index[key]
        return self.bulk.ways[index][self.marks[index]].line.answer
