"""States of the compliance matrix counted by the database, without loading a single round.

It says of every pair what `training.compliance.cell_of` says of one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.utils import timezone

from accounts.models import TeamMembership, User
from accounts.models.people import UserQuerySet
from training.models import Cycle, Requirement, RequirementAssignment
from training.reach import people_for

DAY = timedelta(days=1)
PAIR = {"person": OuterRef("person"), "requirement": OuterRef("requirement")}


def day_end(on: date) -> datetime:
    """The first moment after the day, in the site's zone."""
    return timezone.make_aware(datetime.combine(on + DAY, time()))


@dataclass(frozen=True)
class Asking:
    """What somebody wants to know: which day, by whose knowledge, of which team or of all.

    `every` are the requirements to look at; those retired by the day are left out.
    """

    user: User
    on: date
    as_known_then: bool
    team_id: int | None
    every: tuple[Requirement, ...]

    @cached_property
    def day_end(self) -> datetime:
        return day_end(self.on)

    @property
    def last_moment(self) -> datetime:
        return self.day_end - timedelta(microseconds=1)

    @cached_property
    def requirements(self) -> tuple[Requirement, ...]:
        return tuple(
            one for one in self.every if one.retired_at is None or one.retired_at >= self.day_end
        )

    @cached_property
    def people(self) -> UserQuerySet:
        """Who was here on the day, and left since or not. Not yet asked of the database."""
        was_here = Q(is_active=True) | Q(deactivated_at__gte=self.day_end)
        reached = people_for(self.user, "training.view_compliance")
        people = User.objects.filter(was_here, reached, kind="person")
        if self.team_id is not None:
            members = TeamMembership.objects.in_force(self.last_moment).filter(team=self.team_id)
            people = people.filter(pk__in=members.values("user_id"))
        return people.exclude(groups__name="admin")

    @property
    def ids(self) -> Any:
        return self.people.order_by().values("pk")


def counts_by(field: str, asking: Asking) -> dict[int, Counter[str]]:
    """Asked pairs that have a round, by "person_id" or "requirement_id" and state. One query."""
    rows = _told(asking).order_by().values(field, "state").annotate(pairs=Count("pk"))
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for line in rows:
        found[line[field]][line["state"]] = line["pairs"]
    return found


def counts_of_each(askings: Sequence[Asking]) -> list[Counter[str]]:
    """Asked pairs that have a round, by state, for each asking. One query for all."""
    first, *others = [
        _told(asking)
        .order_by()
        .annotate(asking=Value(number))
        .values_list("asking", "state")
        .annotate(pairs=Count("pk"))
        for number, asking in enumerate(askings)
    ]
    found: list[Counter[str]] = [Counter() for _ in askings]
    for number, state, pairs in first.union(*others, all=True):
        found[number][state] = pairs
    return found


def _told(asking: Asking) -> Any:
    """The round that speaks for each asked pair, annotated with the state of the pair."""
    begun = _begun(asking)
    rows = begun.filter(
        person__in=asking.ids, requirement__in=[one.pk for one in asking.requirements]
    )
    waived = begun.filter(waived_on__lte=asking.on, waived_until_on__gte=asking.on, **PAIR)
    return rows.filter(_is_asked(asking), ~Exists(_stronger(begun))).annotate(
        state=Case(
            When(Exists(waived), then=Value("waived")),
            *_states_of_met(asking),
            When(due_on__lt=asking.on, then=Value("overdue")),
            default=Value("pending"),
            output_field=CharField(),
        )
    )


def _begun(asking: Asking) -> QuerySet[Cycle]:
    """Rounds that had begun, and whether their evidence counts."""
    t = asking.on
    met = Q(satisfied_on__lte=t) & (Q(ended_on__isnull=True) | Q(ended_on__gt=t))
    if asking.as_known_then:
        met &= Q(recorded_at__lt=asking.day_end)
    is_met = Case(When(met, then=True), default=False, output_field=BooleanField())
    return Cycle.objects.filter(opened_on__lte=t).alias(is_met=is_met)


def _stronger(begun: QuerySet[Cycle]) -> QuerySet[Cycle]:
    """Rounds of the same pair that speak for it rather than the outer one.

    What is met speaks, the newest evidence first; where nothing is, the last round.
    """
    is_newer = Q(satisfied_on__gt=OuterRef("satisfied_on")) | Q(
        satisfied_on=OuterRef("satisfied_on"), number__gt=OuterRef("number")
    )
    waits = Q(is_met=False, outer_is_met=False, number__gt=OuterRef("number"))
    outer = ExpressionWrapper(OuterRef("is_met"), output_field=BooleanField())
    return begun.alias(outer_is_met=outer).filter(
        Q(is_met=True) & (Q(outer_is_met=False) | is_newer) | waits, **PAIR
    )


def _states_of_met(asking: Asking) -> list[When]:
    """States of evidence that counts, by its end and the days that its requirement names."""
    t = asking.on
    soon, grace = Q(), Q()
    for days in {one.due_soon_days for one in asking.requirements}:
        soon |= Q(requirement__due_soon_days=days, expires_on__lte=t + DAY * days)
    for days in {one.grace_days for one in asking.requirements}:
        grace |= Q(requirement__grace_days=days, expires_on__gte=t - DAY * days)
    holds = Q(is_met=True) & (Q(expires_on__isnull=True) | Q(expires_on__gte=t))
    return [
        When(holds & soon, then=Value("due_soon")),
        When(holds, then=Value("compliant")),
        When(Q(is_met=True) & grace, then=Value("in_grace")),
        When(is_met=True, then=Value("expired")),
    ]


def _is_asked(asking: Asking) -> Combinable:
    """Whom the role and team of a requirement fit, or whom somebody asked by hand."""
    groups = User.groups.through.objects.filter(
        user=OuterRef("person"), group__name=OuterRef("requirement__role")
    )
    teams = TeamMembership.objects.in_force(asking.last_moment).filter(
        user=OuterRef("person"), team=OuterRef("requirement__team")
    )
    by_hand = RequirementAssignment.objects.in_force_on(asking.on, asking.day_end).filter(**PAIR)
    in_role = Q(requirement__role="") | Exists(groups)
    in_team = Q(requirement__team__isnull=True) | Exists(teams)
    return (in_role & in_team) | Exists(by_hand)
