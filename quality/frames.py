"""Frames: which legs a draw may pick from, and how a sample compares with its frame."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import TeamMembership, User
from accounts.permissions import scope
from accounts.teams import LEADING_KINDS
from crm.models import Leg
from crm.models.interactions import Outcome
from quality.drawing import Frame, Rule
from quality.filters import LENGTH, WEEKDAYS, conditions, joined_columns
from quality.models import Assignment, Evaluation, InteractionSignal, Scorecard
from quality.models.plans import WAITING_STATES
from quality.offers import legs_for
from quality.sampling import is_off

HOUR_BLOCK = 3


@dataclass(frozen=True)
class Window:
    """When the work ended: a half-open span.

    `started_from` is set where a seed was fixed after its period had begun: what had begun by
    then could have been known.
    """

    start: datetime
    end: datetime
    started_from: datetime | None = None


def legs_in(scorecard: Scorecard, window: Window) -> QuerySet[Leg]:
    """Handled legs of ended interactions that the scorecard is for, none of them scored yet."""
    rows = Leg.objects.filter(
        legs_for(scorecard),
        interaction__outcome=Outcome.HANDLED,
        interaction__ended_at__gte=window.start,
        interaction__ended_at__lt=window.end,
        agent__isnull=False,
        answered_at__isnull=False,
    )
    if window.started_from:
        rows = rows.filter(interaction__started_at__gte=window.started_from)
    return rows


def free_legs(
    rows: QuerySet[Leg], scorecard: Scorecard, as_of: datetime | None = None
) -> QuerySet[Leg]:
    """Without those that are scored with this scorecard or wait to be, now or at a past moment."""
    scored = Evaluation.objects.filter(leg=OuterRef("pk"), scorecard=scorecard)
    given = Assignment.objects.filter(leg=OuterRef("pk"), scorecard=scorecard)
    if as_of is None:
        scored, given = scored.exclude(state="void"), given.filter(state__in=WAITING_STATES)
    else:
        scored = scored.filter(created_at__lt=as_of).exclude(voided_at__lt=as_of)
        given = given.filter(created_at__lt=as_of).exclude(state__in=("swapped", "canceled"))
    return rows.filter(~Exists(scored), ~Exists(given))


def matching(rows: QuerySet[Leg], filters: Mapping[str, Any]) -> QuerySet[Leg]:
    return rows.annotate(**joined_columns(filters)).filter(*conditions(filters).values())


@dataclass(frozen=True)
class Removed:
    """What one filter takes away: of all legs, and only because of it."""

    name: str
    alone: int
    last: int


@dataclass(frozen=True)
class LiveCount:
    total: int
    taken: int
    left: int
    removed: list[Removed]


def live_count(scorecard: Scorecard, filters: Mapping[str, Any], window: Window) -> LiveCount:
    """How many legs there are, how many fit, and what each filter removes; two queries.

    `taken` are those that are scored already or wait to be.
    """
    found = conditions(filters)
    everything = legs_in(scorecard, window)
    fits = {f"fits_{index}": _one_if(condition) for index, condition in enumerate(found.values())}
    rows = everything.annotate(**joined_columns(filters)).annotate(**fits)
    counts = rows.aggregate(
        total=Count("pk"),
        fitting=Count("pk", filter=_all_of(fits)),
        **{f"alone_{name}": Count("pk", filter=_all_of([name])) for name in fits},
        **{f"without_{name}": Count("pk", filter=_all_of(fits.keys() - {name})) for name in fits},
    )
    left = free_legs(matching(everything, filters), scorecard).count()
    return LiveCount(
        total=counts["total"],
        taken=counts["fitting"] - left,
        left=left,
        removed=[
            Removed(
                name,
                alone=counts["total"] - counts[f"alone_{column}"],
                last=counts[f"without_{column}"] - counts["fitting"],
            )
            for name, column in zip(found, fits, strict=True)
        ],
    )


def _one_if(condition: Q) -> Case:
    return Case(When(condition, then=1), default=0, output_field=IntegerField())


def _all_of(columns: Iterable[str]) -> Q:
    return Q(pk__isnull=False, **dict.fromkeys(columns, 1))


# --- Reading a frame -----------------------------------------------------------------------------

_RANKS: dict[str, Any] = {
    "longest": LENGTH,
    "most_hold": F("hold_seconds"),
    "most_transfers": F("interaction__transfer_count"),
}


def rank_column(priority_field: str, filters: Mapping[str, Any]) -> Any:
    """What a plan by priority sorts by; of several survey answers the lowest counts."""
    if priority_field != "lowest_signal":
        return _RANKS[priority_field]
    signals = InteractionSignal.objects.filter(interaction=OuterRef("interaction"))
    if "signal" in filters:
        signals = signals.filter(kind=filters["signal"]["kind"])
    lowest = signals.order_by().values("interaction").annotate(lowest=Min("value"))
    return Subquery(lowest.values("lowest"))


@dataclass(frozen=True, slots=True)
class LegFacts:
    """What a draw needs to know about one leg of its frame."""

    leg: int
    agent: int
    team: int | None
    started_at: datetime
    channel: str
    queue: int | None
    seconds: int
    rank: Any = None


def leg_facts(
    rows: QuerySet[Leg], priority_field: str, filters: Mapping[str, Any]
) -> Iterator[LegFacts]:
    """One query, read in pieces, so that a large frame needs little memory."""
    columns: dict[str, Any] = {
        "seconds": LENGTH,
        "the_queue": Coalesce("queue", "interaction__queue"),
    }
    names = ["pk", "agent", "team", "interaction__started_at", "interaction__channel"]
    names += ["the_queue", "seconds"]
    if priority_field:
        columns["rank"] = rank_column(priority_field, filters)
        names.append("rank")
    found = rows.alias(**columns).order_by("pk").values_list(*_selected(columns, names))
    for row in found.iterator(chunk_size=5_000):
        yield LegFacts(*row)


def _selected(columns: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    return [F(name) if name in columns else name for name in names]


def frame_of(facts: Iterable[LegFacts], rule: Rule) -> Frame:
    frame = Frame()
    for one in facts:
        frame.add(rule.stratum_of(one.agent), one.leg, one.rank)
    return frame


# --- Who may score what --------------------------------------------------------------------------


def eligible_evaluators(
    legs: Sequence[LegFacts], evaluators: Iterable[int]
) -> dict[int, list[int]]:
    """Who of the evaluators may score each leg: never one's own, only teams in one's scope.

    Two queries and one for each evaluator's roles, however many legs.
    """
    people = User.objects.filter(pk__in=list(evaluators), is_active=True)
    reaches = {one.pk: scope(one, "crm.view_interaction") for one in people if _scores(one)}
    spans = _spans_by_team(list(reaches))
    return {
        one.leg: [
            who
            for who, reach in reaches.items()
            if who != one.agent and (reach == "all" or _covers(spans.get((who, one.team)), one))
        ]
        for one in legs
    }


def _scores(person: User) -> bool:
    return bool(person.roles & {"evaluator", "admin"})


def _spans_by_team(people: list[int]) -> dict[tuple[int, int | None], list[tuple[Any, Any]]]:
    spans: dict[tuple[int, int | None], list[tuple[Any, Any]]] = {}
    rows = TeamMembership.objects.filter(user__in=people, kind__in=LEADING_KINDS)
    for who, team, starts_at, ends_at in rows.values_list("user", "team", "starts_at", "ends_at"):
        spans.setdefault((who, team), []).append((starts_at, ends_at))
    return spans


def _covers(spans: list[tuple[Any, Any]] | None, leg: LegFacts) -> bool:
    return any(
        starts <= leg.started_at and (ends is None or leg.started_at < ends)
        for starts, ends in spans or ()
    )


# --- Sample against frame ------------------------------------------------------------------------

Counts = dict[str, list[list[Any]]]


def comparison(facts: Sequence[LegFacts], picked: set[int]) -> Counts:
    """[part, in the frame, in the sample] for each part of each aspect, in reading order."""
    zone = ZoneInfo(settings.TIME_ZONE)
    cuts = quartile_cuts([one.seconds for one in facts])
    counted: dict[str, list[Counter[Any]]] = {
        aspect: [Counter(), Counter()]
        for aspect in ("channel", "queue", "weekday", "hour", "length")
    }
    for one in facts:
        local = one.started_at.astimezone(zone)
        parts = {
            "channel": one.channel,
            "queue": one.queue,
            "weekday": local.weekday(),
            "hour": local.hour // HOUR_BLOCK,
            "length": bisect_right(cuts, one.seconds),
        }
        for aspect, part in parts.items():
            counted[aspect][0][part] += 1
            counted[aspect][1][part] += one.leg in picked
    counts: Counts = {
        aspect: [
            [part, frame[part], sample[part]]
            for part in sorted(frame, key=lambda part: (part is None, part))
        ]
        for aspect, (frame, sample) in counted.items()
    }
    counts["cuts"] = [cuts]
    return counts


def quartile_cuts(lengths: Sequence[int]) -> list[int]:
    """The three lengths that cut the frame into four parts of about the same size."""
    ordered = sorted(lengths)
    return [ordered[len(ordered) * part // 4] for part in (1, 2, 3)] if ordered else []


@dataclass(frozen=True)
class Part:
    """A part of the frame beside the same part of the sample, in percent."""

    name: str
    frame_n: int
    sample_n: int
    frame_percent: float
    sample_percent: float
    is_off: bool


def parts(counts: Counts, aspect: str, names: Mapping[Any, str]) -> list[Part]:
    """What one aspect's bars show; a part that is off is flagged by two sigma."""
    rows = counts.get(aspect, [])
    frame_n = sum(row[1] for row in rows) or 1
    sample_n = sum(row[2] for row in rows)
    return [
        Part(
            name=names.get(part, str(part)),
            frame_n=frame,
            sample_n=sample,
            frame_percent=100 * frame / frame_n,
            sample_percent=100 * sample / sample_n if sample_n else 0.0,
            is_off=is_off(sample, sample_n, Fraction(frame, frame_n)),
        )
        for part, frame, sample in rows
    ]


def weekday_names() -> dict[Any, str]:
    return dict(enumerate(WEEKDAYS))


def hour_names() -> dict[Any, str]:
    return {
        block: f"{block * HOUR_BLOCK:02d}–{(block + 1) * HOUR_BLOCK:02d} h"
        for block in range(24 // HOUR_BLOCK)
    }
