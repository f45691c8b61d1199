"""How reports reacts to facts of other apps: days are marked, nothing is summed here."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

from django.db.models import Max, Min
from django.utils import timezone

from accounts.events import MembershipChanged, UserErased
from crm.events import (
    AgentStatesRecorded,
    CustomersMerged,
    DispositionSet,
    ImportFinished,
    ImportTakenBack,
    InteractionChanged,
    InteractionRecorded,
    MergeUndone,
)
from crm.models import AgentStateSpan, Interaction
from reports.actions import runs
from reports.rollups.marking import mark, mark_changed, mark_states, near, site_day
from reports.rollups.spans import each_day

# Shorter than what a mark settles before its day is built, so a second mark within it adds nothing.
SAME_MARK_SECONDS = 1.0
_marked: dict[date, float] = {}


def mark_recorded(fact: InteractionRecorded) -> None:
    """A hint: an import that stores a thousand rows of one day marks it once a second."""
    on = site_day(fact.started_at)
    if time.monotonic() - _marked.get(on, -SAME_MARK_SECONDS) >= SAME_MARK_SECONDS:
        mark_changed([fact.started_at], at=timezone.now())
        _marked[on] = time.monotonic()


def mark_interaction(fact: InteractionChanged) -> None:
    """The day where it was counted, and the day where it is now."""
    mark_changed({fact.old_started_at, fact.started_at}, at=timezone.now())


def mark_disposition(fact: DispositionSet) -> None:
    started_at = Interaction.objects.values_list("started_at", flat=True)
    days = {site_day(at) for at in started_at.filter(pk=fact.interaction_id)}
    now = timezone.now()
    mark(days, at=now, families=("people",))
    if days:
        mark(near(days), at=now, families=("repeats",))


def mark_agent_states(fact: AgentStatesRecorded) -> None:
    mark_states(fact.from_at, fact.to_at, at=timezone.now())


def mark_import(fact: ImportFinished) -> None:
    """Every day that the run may have touched, whatever was lost on the way."""
    rows = Interaction.objects.filter(import_run=fact.import_run_id)
    ends = rows.aggregate(first=Min("started_at"), last=Max("started_at"))
    if ends["first"] is not None:
        _mark_between(ends["first"], ends["last"])


def mark_taken_back(fact: ImportTakenBack) -> None:
    """What is gone leaves no changed row for the sweep to find."""
    _mark_between(fact.from_at, fact.to_at)


def _mark_between(first: datetime, last: datetime) -> None:
    days = each_day(site_day(first), site_day(last) + timedelta(days=1))
    now = timezone.now()
    mark(days, at=now)
    mark_changed([first, last], at=now)


def mark_customers(fact: CustomersMerged | MergeUndone) -> None:
    """Chains of contacts of both customers begin and end elsewhere now."""
    rows = Interaction.objects.filter(customer__in=[fact.winner_id, fact.loser_id])
    days = {site_day(at) for at in rows.values_list("started_at", flat=True).iterator()}
    mark(days, at=timezone.now(), families=("repeats",))


def mark_membership(fact: MembershipChanged) -> None:
    """Legs of the span may be stamped with another team now."""
    until = fact.changed_until_at or timezone.now()
    legs = Interaction.objects.filter(
        legs__agent=fact.user_id, started_at__gte=fact.changed_from_at, started_at__lt=until
    )
    days = {site_day(at) for at in legs.values_list("started_at", flat=True).iterator()}
    mark(days, at=timezone.now(), families=("people", "repeats"))
    spans = AgentStateSpan.objects.filter(
        agent=fact.user_id, started_at__gte=fact.changed_from_at, started_at__lt=until
    )
    worked = {site_day(at) for at in spans.values_list("started_at", flat=True).iterator()}
    mark(worked, at=timezone.now(), families=("time",))


def forget_person(fact: UserErased) -> None:
    runs.forget_person(person_id=fact.user_id)
