"""How much each criterion counts: five weight modes, and what happens when something drops out.

Every live criterion becomes a Part: what it gained of the room that it had. The percentage of any
group of criteria is then the same sum everywhere: 100 x gains / rooms.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from quality.scoring.card import ZERO, Card, Item
from quality.scoring.judging import UNANSWERED, Line
from quality.scoring.numbers import add_up

Amount = int | Fraction


class Part(NamedTuple):
    gain: Amount
    room: Amount


Parts = dict[str, Part]  # By criterion key.
Weights = dict[str, Fraction]


def percent_of(parts: Iterable[Part]) -> Fraction | None:
    """100 x gains / rooms; None where there is no room at all."""
    known = list(parts)
    room = sum([part.room for part in known])
    return Fraction(100 * sum([part.gain for part in known]), room) if room else None


def in_whole_numbers(parts: Parts) -> tuple[Parts, int]:
    """The parts on a scale on which they are whole, and that scale; whole sums are quick."""
    amounts = [amount for part in parts.values() for amount in part]
    scale = lcm(*[amount.denominator for amount in amounts])
    whole = {
        key: Part(
            part.gain.numerator * (scale // part.gain.denominator),
            part.room.numerator * (scale // part.room.denominator),
        )
        for key, part in parts.items()
    }
    return whole, scale


def score_parts(card: Card, lines: list[Line]) -> Parts:
    """The part of each live criterion in the whole score."""
    if card.counts_points:
        return {
            key: Part(part.gain * multiplier, part.room * multiplier)
            for key, part, multiplier in (
                (line.item.key, point_part(line), card.multiplier(line.item))
                for line in lines
                if line.is_live
            )
        }
    ratios = live_ratios(lines)
    is_by_section = card.weight_mode == "section_percent"
    weights = (section_weights if is_by_section else criterion_weights)(card, lines, ratios)
    return {key: Part(weight * ratios[key], weight) for key, weight in weights.items()}


def section_parts(card: Card, lines: list[Line], parts: Parts) -> Parts:
    """The same within one section, where the weight of the section itself plays no part."""
    if card.weight_mode == "section_percent":
        means = {key: Part(ratio, 1) for key, ratio in live_ratios(lines).items()}
        return in_whole_numbers(means)[0]
    return family_parts(card, lines, parts)


def family_parts(card: Card, lines: list[Line], parts: Parts) -> Parts:
    """The same for critical and noncritical percentages: bare points, or effective weights."""
    if not card.counts_points:
        return parts
    points = {line.item.key: point_part(line) for line in lines if line.is_live}
    return in_whole_numbers(points)[0]


def point_part(line: Line) -> Part:
    return Part(line.worth.earned, line.worth.possible) if line.worth else Part(0, 0)


def live_ratios(lines: list[Line]) -> dict[str, Fraction]:
    """Ratio of each live criterion; one with nothing to earn has none and weighs nothing."""
    return {
        line.item.key: line.worth.ratio
        for line in lines
        if line.is_live and line.worth and line.worth.ratio is not None
    }


# --- Weights of the percent and category modes ---------------------------------------------------


def criterion_weights(card: Card, lines: list[Line], live: Collection[str]) -> Weights:
    """Own weight of each live criterion; under equal, plus a share of what fell out."""
    weights = {key: own_weight(card.by_key[key]) for key in live}
    if card.na_policy != "equal":
        return weights
    return share_out(weights, add_up(own_weight(line.item) for line in lines if line.fell_out))


def section_weights(card: Card, lines: list[Line], live: Collection[str]) -> Weights:
    """A top-level section's weight, split evenly among its live criteria."""
    inside: dict[str, list[str]] = defaultdict(list)
    for key in live:
        inside[card.by_key[key].top.key].append(key)
    own = {section.key: section.weight or ZERO for section in card.sections}
    weights = {key: own[key] for key in inside}
    if card.na_policy == "equal":
        gone = sections_fallen_out(lines) - inside.keys()
        weights = share_out(weights, add_up(own[key] for key in gone))
    return {
        criterion: weights[section] / len(criteria)
        for section, criteria in inside.items()
        for criterion in criteria
    }


def sections_fallen_out(lines: list[Line]) -> set[str]:
    """Top-level sections of which something fell out and nothing waits for an answer."""
    waiting = {
        line.item.top.key
        for line in lines
        if line.state == UNANSWERED and line.item.can_count and not line.item.is_bonus
    }
    return {line.item.top.key for line in lines if line.fell_out} - waiting


def share_out(weights: Weights, lost: Fraction) -> Weights:
    """Lost weight goes in equal parts to all that have weight."""
    heirs = [key for key, weight in weights.items() if weight > 0]
    return weights | {key: weights[key] + lost / len(heirs) for key in heirs}


def own_weight(item: Item) -> Fraction:
    return item.criterion.weight or ZERO


# --- Bonus ---------------------------------------------------------------------------------------


def bonus_contributions(card: Card, lines: list[Line], room: Fraction) -> Weights:
    """Percentage points that each bonus criterion adds; `room` is that of all live criteria."""
    bonuses = [line for line in lines if line.is_bonus_scored]
    if card.counts_points:
        return {
            line.item.key: 100 * card.multiplier(line.item) * point_part(line).gain / room
            for line in bonuses
            if room
        }
    weights = {line.item.key: own_weight(line.item) for line in bonuses}
    if card.weight_mode == "section_percent":
        weights |= bonus_section_weights(bonuses)
    return {
        line.item.key: weights[line.item.key] * line.worth.ratio
        for line in bonuses
        if line.worth and line.worth.ratio is not None
    }


def bonus_section_weights(bonuses: list[Line]) -> Weights:
    """A bonus section's weight, split evenly among its scored criteria."""
    inside: dict[str, list[Line]] = defaultdict(list)
    for line in bonuses:
        if line.item.bonus_section and line.worth and line.worth.ratio is not None:
            inside[line.item.bonus_section.key].append(line)
    return {
        line.item.key: (line.item.bonus_section.weight or ZERO) / len(lines)
        for lines in inside.values()
        for line in lines
        if line.item.bonus_section
    }
