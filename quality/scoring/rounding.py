"""Rounds every figure of an evaluation once, and says what the score means."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from quality.scoring.card import Band, Card
from quality.scoring.critical import FAILING, Fired
from quality.scoring.judging import SCORED, UNANSWERED, Line
from quality.scoring.numbers import add_up, rounded, rounded_ratio
from quality.scoring.reckoning import Reckoning
from quality.scoring.results import CriterionFigures, Figures, SectionFigures
from quality.scoring.weights import percent_of

FINE = 4  # Decimals of points, weights and contributions.


def round_figures(
    card: Card, lines: list[Line], reckoning: Reckoning, interaction: Fraction | None
) -> Figures:
    percent = round_percent(card, reckoning.percent)
    with_family = {line.item.key for line in lines if line.item.criterion.critical_family}
    parts = reckoning.family_parts.items()
    scored = [line.worth for line in lines if line.state == SCORED and line.worth]
    live = [line.worth for line in lines if line.state == SCORED and line.is_live and line.worth]
    return Figures(
        score_percent=percent,
        raw_percent=round_percent(card, reckoning.raw_percent),
        interaction_percent=round_percent(card, interaction),
        critical_percent=round_percent(
            card, percent_of(part for key, part in parts if key in with_family)
        ),
        noncritical_percent=round_percent(
            card, percent_of(part for key, part in parts if key not in with_family)
        ),
        earned_points=rounded(add_up(worth.earned for worth in scored), FINE),
        possible_points=rounded(add_up(worth.possible for worth in live), FINE),
        outcome=outcome_of(card, reckoning.fired, percent),
        band=band_of(card.bands, percent),
        missing=tuple(line.item.key for line in lines if line.state == UNANSWERED),
        critical_fired=reckoning.fired,
        sections=section_figures(card, reckoning),
        criteria={
            line.item.key: criterion_figures(
                card,
                line,
                reckoning.weights.get(line.item.key),
                reckoning.contributions.get(line.item.key),
            )
            for line in lines
        },
    )


def round_percent(card: Card, percent: Fraction | None) -> Decimal | None:
    return None if percent is None else rounded(percent, card.decimals)


def outcome_of(card: Card, fired: Sequence[Fired], percent: Decimal | None) -> str:
    """A fired evaluation or outcome scope fails; else the rounded score meets the mark or not."""
    if fired and any(effect.scope in FAILING for effect in fired):
        return "failed"
    if percent is None:
        return "not_scored"
    if card.pass_mark is None:
        return "no_pass_mark"
    return "passed" if percent >= card.pass_mark else "failed"


def band_of(bands: Sequence[Band], percent: Decimal | None) -> str | None:
    """The band that begins highest at or below the rounded figure."""
    if percent is None or not bands:
        return None
    reached = [band for band in bands if band.start <= percent]
    return max(reached, key=lambda band: band.start).label if reached else None


def section_figures(card: Card, reckoning: Reckoning) -> dict[str, SectionFigures]:
    figures = {}
    for section in card.every_section:
        percent = round_percent(card, reckoning.sections_after[section.key])
        figures[section.key] = SectionFigures(
            raw_percent=round_percent(card, reckoning.sections_before[section.key]),
            percent=percent,
            band=band_of(section.bands, percent),
        )
    return figures


def criterion_figures(
    card: Card, line: Line, weight: Fraction | None, contribution: Fraction | None
) -> CriterionFigures:
    worth = line.worth
    if worth is None:
        return CriterionFigures(line.state)
    ratio = worth.ratio
    percent = (
        None
        if ratio is None
        else rounded_ratio(100 * ratio.numerator, ratio.denominator, card.decimals)
    )
    return CriterionFigures(
        state=line.state,
        earned=rounded(worth.earned, FINE),
        possible=rounded(worth.possible, FINE),
        percent=percent,
        weight_percent=None if weight is None else rounded(weight, FINE),
        contribution_percent=None if contribution is None else rounded(contribution, FINE),
        is_failed=worth.is_failed,
        fault_owner=line.fault_owner,
        band=band_of(line.item.criterion.bands, percent),
    )
