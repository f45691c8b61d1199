"""Doing a draw again from what it stores, and finding every place where it tells something else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crm.models import Leg
from quality import drawing, sampling
from quality.drawing import Frame, Past, Pick, Rule, Slice
from quality.frames import Window, free_legs, legs_in, matching
from quality.models import Assignment, Draw, Evaluation, Scorecard, SeedCommitment
from quality.models.evaluations import Selection
from quality.plan_rules import spans_of, started_from
from quality.refusals import Refused


class SeedIsSecret(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The seed of this period is still secret; it is revealed with the period's last draw."
        )


@dataclass
class Replay:
    """What a replay found; `differences` are sentences, none where all is identical."""

    draw: Draw
    differences: list[str] = field(default_factory=list)
    against_data: AgainstData | None = None

    @property
    def is_identical(self) -> bool:
        return not self.differences


@dataclass
class AgainstData:
    """How today's data differs from the frame of then, by leg.

    `erased` are gone, `late` came after the draw, `moved` fit the filters now and did not then, or
    the other way round.
    """

    erased: list[int]
    late: list[int]
    moved: list[int]


def replay(draw: Draw) -> Replay:
    """Recompute hashes, picks and who they went to; raises SeedIsSecret before the reveal."""
    commitment = draw.commitment
    if not commitment.is_revealed:
        raise SeedIsSecret
    found = Replay(draw)
    say = found.differences.append
    if sampling.digest(commitment.seed) != commitment.seed_sha256:
        say("The revealed seed is not the one whose hash was published before the period.")
    if drawing.plan_hash(draw.filters, draw.rule) != draw.plan_sha256:
        say("The stored filters and rule do not give the stored plan hash.")
    try:
        frame = drawing.unpack(bytes(draw.frame))
        found.differences += _frame_differences(draw, frame)
        found.differences += _pick_differences(draw, frame)
        found.differences += _assignment_differences(draw, frame)
    except ValueError as error:
        say(str(error))
    return found


def slice_at(commitment: SeedCommitment, number: int) -> Slice:
    """The slice as the arithmetic of a draw wants it."""
    spans = spans_of(commitment)
    return Slice(number, len(spans), [span.first_day for span in spans])


def past_of(commitment: SeedCommitment, before: int, rule: Rule) -> Past:
    """What the draws before slice `before` gave, read from what they store."""
    drawn: dict[str, int] = {}
    seen: dict[str, int] = {}
    given: dict[int, int] = {}
    doubled: dict[int, int] = {}
    for draw in commitment.draws.filter(slice_number__lt=before).order_by("slice_number"):
        for name, legs in drawing.unpack(bytes(draw.frame)).strata.items():
            seen[name] = seen.get(name, 0) + len(legs)
        for pick in draw.picks:
            drawn[pick["stratum"]] = drawn.get(pick["stratum"], 0) + 1
            given[pick["evaluator"]] = given.get(pick["evaluator"], 0) + 1
            doubled[pick["second"]] = doubled.get(pick["second"], 0) + 1
    return Past(
        drawn=drawn,
        seen=seen,
        given={who: given[who] for who in rule.shares if who in given},
        doubled={who: doubled[who] for who in rule.shares if who in doubled},
    )


def inputs_document(past: Past, eligible: dict[int, list[int]]) -> dict[str, Any]:
    """The numbers that the picks rest on, kept so that a draw can be replayed by itself."""
    return {
        "drawn": dict(past.drawn),
        "seen": dict(past.seen),
        "given": {str(who): count for who, count in past.given.items()},
        "doubled": {str(who): count for who, count in past.doubled.items()},
        "eligible": {str(leg): who for leg, who in eligible.items()},
    }


def against_data(draw: Draw) -> AgainstData:
    """Run the filters of then over the data of now."""
    frame = set(drawing.unpack(bytes(draw.frame)).ids())
    scorecard = draw.plan.scorecard
    window = Window(draw.slice_start_at, draw.slice_end_at, started_from(draw.commitment))
    rows = matching(legs_in(scorecard, window), draw.filters)
    now = dict(
        free_legs(rows, scorecard, as_of=draw.created_at).values_list("pk", "created_at").iterator()
    )
    gone = sorted(frame - now.keys())
    there = {pk for some in _chunks(gone) for pk in _existing(some)}
    new = sorted(now.keys() - frame)
    return AgainstData(
        erased=[leg for leg in gone if leg not in there],
        late=[leg for leg in new if now[leg] >= draw.created_at],
        moved=sorted([*there, *(leg for leg in new if now[leg] < draw.created_at)]),
    )


def next_in_order(draw: Draw, stratum: str, scorecard: Scorecard) -> tuple[int, int] | None:
    """The next leg of the stratum that no assignment of the draw has used, with its position.

    Legs that were erased, or scored in the meantime, are passed over.
    """
    frame = drawing.unpack(bytes(draw.frame))
    if stratum not in frame.strata:
        return None
    rule = Rule.read(draw.rule)
    ordered = drawing.stratum_order(draw.commitment.seed, rule, frame, stratum)
    used = set(draw.assignments.values_list("leg_id", flat=True))
    for some in _chunks([leg for leg in ordered if leg not in used]):
        free = free_legs(Leg.objects.filter(pk__in=some), scorecard)
        open_now = set(free.values_list("pk", flat=True))
        for leg in some:
            if leg in open_now:
                return leg, ordered.index(leg) + 1
    return None


# --- Below the replay ----------------------------------------------------------------------------


def _frame_differences(draw: Draw, frame: Frame) -> list[str]:
    found = []
    ids = frame.ids()
    if len(ids) != draw.frame_n:
        found.append(f"The stored frame has {len(ids):,} legs, the draw says {draw.frame_n:,}.")
    if len(set(ids)) != len(ids):
        found.append("A leg stands in the stored frame twice.")
    elif sampling.frame_hash(ids) != draw.frame_sha256:
        found.append("The stored frame does not give the stored frame hash.")
    return found


def _pick_differences(draw: Draw, frame: Frame) -> list[str]:
    rule = Rule.read(draw.rule)
    past = past_of(draw.commitment, draw.slice_number, rule)
    eligible = {int(leg): who for leg, who in draw.inputs["eligible"].items()}
    if inputs_document(past, eligible) != draw.inputs:
        return ["The numbers it rests on are not those of the earlier draws of the period."]
    at = slice_at(draw.commitment, draw.slice_number)
    picks = drawing.picks(draw.commitment.seed, rule, frame, at, past)
    missing = sorted({pick.leg for pick in picks} - {row["leg"] for row in draw.picks})
    extra = sorted({row["leg"] for row in draw.picks} - {pick.leg for pick in picks})
    if missing or extra:
        return [
            *(f"Leg {leg} should have been picked and was not." for leg in missing),
            *(f"Leg {leg} was picked and should not have been." for leg in extra),
        ]
    return _dealing_differences(draw, rule, picks, past, eligible)


def _dealing_differences(
    draw: Draw, rule: Rule, picks: list[Pick], past: Past, eligible: dict[int, list[int]]
) -> list[str]:
    found = []
    if draw.picked != len(picks):
        found.append(f"The seed gives {len(picks):,} picks, the draw says {draw.picked:,}.")
    if any(pick.leg not in eligible for pick in picks):
        return [*found, "It is not stored who could have scored some of the picks."]
    dealt = drawing.deal(draw.commitment.seed, rule, picks, past, eligible)
    for one, stored in zip(dealt, draw.picks, strict=True):
        if one.document() != stored:
            found.append(f"Leg {one.pick.leg} should have gone elsewhere: {one.document()}.")
    return found


def _assignment_differences(draw: Draw, frame: Frame) -> list[str]:
    """Every pick has its assignment, and every replacement was the next in order."""
    rows = list(draw.assignments.exclude(selection=Selection.DOUBLE).order_by("pk"))
    replaced_by = {row.replaced_by_id for row in rows if row.replaced_by_id}
    first = {row.leg_id for row in rows if row.pk not in replaced_by}
    picked = {pick["leg"] for pick in draw.picks}
    found = [f"Leg {leg} was picked and never handed out." for leg in sorted(picked - first)]
    found += [f"Leg {leg} was handed out and never picked." for leg in sorted(first - picked)]
    rule = Rule.read(draw.rule)
    for row in rows:
        if row.pk in replaced_by:
            found += _replacement_differences(draw, rule, frame, row, rows)
    return found


def _replacement_differences(
    draw: Draw, rule: Rule, frame: Frame, row: Assignment, rows: list[Assignment]
) -> list[str]:
    if row.leg_id not in frame.strata.get(row.stratum, []):
        return [f"Leg {row.leg_id} replaced another one and is not of its stratum."]
    ordered = drawing.stratum_order(draw.commitment.seed, rule, frame, row.stratum)
    used = {other.leg_id for other in rows if other.pk < row.pk}
    passed = [leg for leg in ordered[: ordered.index(row.leg_id)] if leg not in used]
    excused = _scored_elsewhere(draw, passed)
    existing = {leg for some in _chunks(passed) for leg in _existing(some)}
    return [
        f"Leg {row.leg_id} replaced another one before leg {leg} was used."
        for leg in passed
        if leg in existing and leg not in excused
    ]


def _scored_elsewhere(draw: Draw, legs: list[int]) -> set[int]:
    """Legs that could not be given out again, because somebody had scored or was given them."""
    card = draw.plan.scorecard_id
    scored = Evaluation.objects.filter(leg__in=legs, scorecard=card)
    given = Assignment.objects.filter(leg__in=legs, scorecard=card).exclude(draw=draw)
    return {*scored.values_list("leg_id", flat=True), *given.values_list("leg_id", flat=True)}


def _existing(legs: list[int]) -> set[int]:
    return set(Leg.objects.filter(pk__in=legs).values_list("pk", flat=True))


def _chunks(legs: list[int], size: int = 500) -> list[list[int]]:
    return [legs[start : start + size] for start in range(0, len(legs), size)]
