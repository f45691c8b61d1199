"""From counted answers to a percentage: sum, bonus, critical effects and limits, all exact."""

from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass
from fractions import Fraction

from quality.scoring import critical, weights
from quality.scoring.card import ZERO, Card
from quality.scoring.judging import Line
from quality.scoring.numbers import add_up
from quality.scoring.weights import Part, Parts, percent_of

Percents = dict[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Everything exact about one evaluation, in percent. None stands for: nothing applied.

    `weights` and `contributions` go by criterion; a bonus has a contribution only.
    """

    weights: dict[str, Fraction]
    contributions: dict[str, Fraction]
    sum_percent: Fraction | None
    bonus_percent: Fraction | None
    fired: tuple[critical.Fired, ...]
    after_critical: Fraction | None
    percent: Fraction | None
    raw_percent: Fraction | None
    sections_before: Percents
    sections_after: Percents
    family_parts: Parts


def reckon(card: Card, lines: list[Line]) -> Reckoning:
    """The steps from weights to limits, over lines whose states are settled."""
    parts, scale = weights.in_whole_numbers(weights.score_parts(card, lines))
    room = sum([part.room for part in parts.values()])
    gains = {key: Fraction(100 * part.gain, room) for key, part in parts.items() if room}
    bonuses = weights.bonus_contributions(card, lines, Fraction(room, scale))
    sum_percent = percent_of(parts.values())
    bonus_percent = None if sum_percent is None else add_up(bonuses.values())
    total = None if sum_percent is None else sum_percent + add_up(bonuses.values())

    inner = weights.section_parts(card, lines, parts)
    sections_before = section_percents(card, lines, inner, zeroed=())
    fired = critical.fired_effects(card, lines, sections_before)
    zeroed = critical.zeroed_criteria(fired, lines)
    contributions = {
        key: ZERO if key in zeroed else points for key, points in (gains | bonuses).items()
    }
    left = add_up(contributions.values()) if zeroed and room else total
    if any(effect.scope == critical.VOID for effect in fired):
        left = ZERO
    return Reckoning(
        weights={key: Fraction(100 * part.room, room) for key, part in parts.items() if room},
        contributions=contributions,
        sum_percent=sum_percent,
        bonus_percent=bonus_percent,
        fired=fired,
        after_critical=left,
        percent=limited(card, left),
        raw_percent=limited(card, total),
        sections_before=sections_before,
        sections_after=(
            section_percents(card, lines, inner, zeroed) if zeroed else sections_before
        ),
        family_parts=weights.family_parts(card, lines, parts),
    )


def limited(card: Card, percent: Fraction | None) -> Fraction | None:
    """Not below 0, and not above the cap where there is one."""
    if percent is None:
        return None
    at_least_zero = max(ZERO, percent)
    return at_least_zero if card.cap_percent is None else min(card.cap_percent, at_least_zero)


# --- Sections ------------------------------------------------------------------------------------


def section_percents(
    card: Card, lines: list[Line], parts: Parts, zeroed: Container[str]
) -> Percents:
    """Percentage of each section; a zeroed criterion keeps its room and gains nothing."""
    inside: dict[str, list[Part]] = defaultdict(list)
    for section, criterion, part in parts_by_section(lines, parts):
        inside[section].append(Part(ZERO, part.room) if criterion in zeroed else part)
    return {section.key: percent_of(inside[section.key]) for section in card.every_section}


def parts_by_section(lines: list[Line], parts: Parts) -> Iterator[tuple[str, str, Part]]:
    """Section key, criterion key and part; bonus criteria count in bonus sections alone."""
    for line in lines:
        item = line.item
        if item.key in parts:
            for section in item.path:
                yield section.key, item.key, parts[item.key]
        elif line.is_bonus_scored and item.bonus_section:
            for section in item.path[item.path.index(item.bonus_section) :]:
                yield section.key, item.key, weights.point_part(line)
