"""What each answer is worth by itself, and whether it counts: the first steps of a score."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from quality.documents import SCOPES
from quality.scoring.answers import AGENT, Answer
from quality.scoring.card import ZERO, Card, Item, Option
from quality.scoring.conditions import holds
from quality.scoring.facts import Value
from quality.scoring.numbers import add_up

HIDDEN = "hidden"
UNANSWERED = "unanswered"
NOT_APPLICABLE = "not_applicable"
NOT_SCORED = "not_scored"
SCORED = "scored"
EXCUSED = "excused"
IMPUTED = "imputed"


@dataclass(frozen=True, slots=True)
class Worth:
    """Points of one answer. `ratio` is None where there is nothing to earn: 0 of 0."""

    earned: Fraction
    possible: Fraction
    ratio: Fraction | None
    is_failed: bool = False
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion of one evaluation; `worth` is there while the state is a counted one."""

    item: Item
    answer: Answer | None
    state: str
    worth: Worth | None = None

    @property
    def is_failed(self) -> bool:
        return self.worth is not None and self.worth.is_failed

    @property
    def fault_owner(self) -> str | None:
        return self.answer.fault_owner if self.answer and self.is_failed else None

    @property
    def is_live(self) -> bool:
        """Counts towards the 100 percent, which a bonus never does."""
        return self.state in (SCORED, IMPUTED) and not self.item.is_bonus

    @property
    def is_bonus_scored(self) -> bool:
        return self.state in (SCORED, IMPUTED) and self.item.is_bonus

    @property
    def fell_out(self) -> bool:
        """Would carry weight, but is not applicable, hidden or excused."""
        is_out = self.state in (NOT_APPLICABLE, HIDDEN, EXCUSED)
        return is_out and self.item.can_count and not self.item.is_bonus


# --- The states of an evaluation -----------------------------------------------------------------


def judge(card: Card, answers: Mapping[str, Answer], facts: Mapping[str, Value]) -> list[Line]:
    """Every criterion with its state, in the order of reading, nobody excused yet."""
    lines = []
    shown: dict[str, Answer | None] = {}
    for item in card.items:
        answer = answers.get(item.key)
        if not item.conditions or all(holds(part, shown, facts) for part in item.conditions):
            shown[item.key] = answer
            lines.append(judge_shown(card, item, answer))
        else:
            lines.append(Line(item, answer, HIDDEN))
    return lines


def judge_shown(card: Card, item: Item, answer: Answer | None) -> Line:
    if answer is None:
        is_label = item.criterion.kind == "label"
        return Line(item, answer, NOT_SCORED if is_label else UNANSWERED)
    if answer.is_na:
        return Line(item, answer, NOT_APPLICABLE)
    if not item.can_count:
        return Line(item, answer, NOT_SCORED)
    return Line(item, answer, SCORED, weigh(card, item, answer))


def excuse(lines: Iterable[Line]) -> list[Line]:
    """The agent's own view: what failed by process, tool or customer is taken out."""
    return [
        replace(line, state=EXCUSED) if line.fault_owner not in (None, AGENT) else line
        for line in lines
    ]


def impute(card: Card, lines: list[Line]) -> list[Line]:
    """Under the policy fixed, N/A counts at the fixed percent as soon as anything is scored."""
    fixed = card.na_fixed_percent
    if card.na_policy != "fixed" or fixed is None or all(line.state != SCORED for line in lines):
        return lines
    return [
        replace(line, state=IMPUTED, worth=fixed_worth(line.item, fixed))
        if line.state == NOT_APPLICABLE and line.item.can_count
        else line
        for line in lines
    ]


def fixed_worth(item: Item, percent: Fraction) -> Worth:
    ratio = percent / 100
    return Worth(earned=ratio * item.possible, possible=item.possible, ratio=ratio)


# --- The worth of one answer ---------------------------------------------------------------------


def weigh(card: Card, item: Item, answer: Answer) -> Worth:
    """Points, ratio, failure and critical scopes of one answer of a scored kind."""
    picked = options_of(item, answer)
    earned = points_of(item, picked)
    ratio = ratio_of(card, item, earned)
    scopes = fired_scopes(item, picked, earned, ratio)
    is_failed = bool(scopes) or any(option.is_fail for option in picked)
    return Worth(earned, item.possible, ratio, is_failed, scopes)


def options_of(item: Item, answer: Answer) -> list[Option]:
    """The picked options; of a number criterion the first range that holds the value."""
    if answer.number is None:
        return [item.options[key] for key in answer.options]
    covering = (option for option in item.criterion.options if option.covers(answer.number))
    return [option for option in (next(covering, None),) if option]


def points_of(item: Item, picked: list[Option]) -> Fraction:
    """Several picked options add up to max_points at most; bonus options come on top."""
    if item.criterion.kind != "multi":
        return picked[0].points if picked else ZERO
    normal = add_up(option.points for option in picked if not option.is_bonus)
    bonus = add_up(option.points for option in picked if option.is_bonus)
    return min(normal, item.possible) + bonus


def ratio_of(card: Card, item: Item, earned: Fraction) -> Fraction | None:
    """Share of what was possible; in category mode the place between worst and best option."""
    if card.weight_mode == "category":
        width = item.highest - item.lowest
        return (earned - item.lowest) / width if width else None
    return earned / item.possible if item.possible else None


def fired_scopes(
    item: Item, picked: list[Option], earned: Fraction, ratio: Fraction | None
) -> tuple[str, ...]:
    """What the criterion's fail trigger takes along, widest first; empty where it does not fire."""
    trigger, scope = item.criterion.fail_trigger, item.criterion.fail_scope
    if trigger == "option":
        picked_scopes = {option.critical_scope for option in picked}
        return tuple(scope for scope in SCOPES if scope in picked_scopes)
    limit = item.criterion.fail_below_percent
    is_below = limit is not None and ratio is not None and 100 * ratio < limit
    fires = earned < item.highest if trigger == "not_highest" else is_below
    return (scope,) if scope and fires and trigger != "none" else ()
