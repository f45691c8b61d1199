"""What the database must satisfy about cases, clocks, imports, customers and their figures."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from crm import clocks, counters
from crm.importing.kinds import stored
from crm.models import (
    ContactPoint,
    Customer,
    ImportRun,
    Interaction,
    Leg,
    SlaClock,
    TimelineEntry,
    Transcript,
)
from crm.models.customers import CustomerState
from crm.models.imports import ImportState
from crm.models.sla import ClockState
from crm.timeline import kinds
from ops.integrity import Finding, register

AT_ONCE = 500
FOLDED = ("state", "started_at", "stopped_at", "due_at", "breached_at", "elapsed_seconds")


def counters_are_right() -> Iterator[Finding]:
    for cell, value in counters.drifted():
        yield Finding(
            "counters_are_right",
            "crm_countercell",
            str(cell.pk or ""),
            f"{cell.name} of {cell.scope} says {cell.value}, there are {value}",
        )


def clocks_follow_their_events() -> Iterator[Finding]:
    """Every clock is the fold of its events, as far as they reach."""
    now = timezone.now()
    rows = SlaClock.objects.order_by("pk").prefetch_related("events__calendar_version")
    for clock in rows.iterator(chunk_size=AT_ONCE):
        told = list(clock.events.all())
        if not told:
            text = "has no event"
        else:
            result = clocks.folded(told, now=max(now, *(event.at for event in told)))
            wrong = [name for name in FOLDED if differs(clock, result, name)]
            text = f"differs from its events in {', '.join(wrong)}" if wrong else ""
        if text:
            yield Finding("clocks_follow_their_events", "crm_slaclock", str(clock.pk), text)


def differs(clock: SlaClock, result: object, name: str) -> bool:
    """A running clock counts on, and its breach is written by a job that may be late."""
    if clock.state == ClockState.ACTIVE and name in ("elapsed_seconds", "breached_at"):
        return False
    return bool(getattr(clock, name) != getattr(result, name))


def one_unfinished_clock() -> Iterator[Finding]:
    twice = (
        SlaClock.objects.unfinished()
        .order_by()
        .values("case", "metric")
        .annotate(found=Count("pk"))
        .filter(found__gt=1)
    )
    for row in twice:
        text = f"has {row['found']} unfinished clocks of {row['metric']}"
        yield Finding("one_unfinished_clock", "crm_case", str(row["case"]), text)


def headers_are_sums_of_legs() -> Iterator[Finding]:
    """Talk and hold of an interaction are the sums over its legs."""
    sums = (
        Leg.objects.order_by()
        .values("interaction")
        .annotate(talk=Sum("talk_seconds"), hold=Sum("hold_seconds"), found=Count("pk"))
    )
    wrong = sums.filter(
        Q(interaction__talk_seconds__isnull=False) & ~Q(talk=F("interaction__talk_seconds"))
        | Q(interaction__hold_seconds__isnull=False) & ~Q(hold=F("interaction__hold_seconds"))
    )
    for row in wrong.iterator(chunk_size=AT_ONCE):
        text = "talk or hold is not the sum over the legs"
        yield Finding("headers_are_sums_of_legs", "crm_interaction", str(row["interaction"]), text)


def one_current_transcript() -> Iterator[Finding]:
    """An interaction with transcripts has exactly one current one."""
    rows = Interaction.objects.filter(transcripts__isnull=False).distinct()
    current = Transcript.objects.filter(is_current=True).values("interaction")
    for pk in rows.exclude(pk__in=current).order_by("pk").values_list("pk", flat=True):
        yield Finding("one_current_transcript", "crm_interaction", str(pk), "has none that counts")


def import_counters() -> Iterator[Finding]:
    """Finished imports that read more or fewer items than they made something of."""
    runs = ImportRun.objects.filter(state=ImportState.FINISHED)
    made = F("created") + F("updated") + F("skipped") + F("failed")
    for run in runs.exclude(read=made).order_by("pk").iterator(AT_ONCE):
        text = "; ".join(f"{name} {count}" for name, count in run.counters.items())
        yield Finding("import_counters", "crm_importrun", str(run.pk), f"does not add up: {text}")


def imports_reconcile() -> Iterator[Finding]:
    """No more rows carry a finished import than it says that it made."""
    for run in ImportRun.objects.filter(state=ImportState.FINISHED, mode="real").order_by("pk"):
        if stored(run).count() > run.created:
            text = f"more rows carry it than the {run.created} that it made"
            yield Finding("imports_reconcile", "crm_importrun", str(run.pk), text)


def figures_of_customers() -> Iterator[Finding]:
    """The number of interactions that a customer carries is the number there is."""
    rows = Customer.objects.annotate(found=Count("interactions")).order_by("pk")
    wrong = rows.exclude(interaction_count=F("found"))
    for row in wrong.iterator(chunk_size=AT_ONCE):
        text = f"says {row.interaction_count} interactions, there are {row.found}"
        yield Finding("figures_of_customers", "crm_customer", str(row.pk), text)


def merged_customers_are_empty() -> Iterator[Finding]:
    """Whoever was merged lives on in somebody who was not, and has no interaction left."""
    merged = Customer.objects.filter(state=CustomerState.MERGED)
    for row in merged.filter(interactions__isnull=False).distinct().order_by("pk"):
        text = "was merged and still has interactions"
        yield Finding("merged_customers_are_empty", "crm_customer", str(row.pk), text)


def a_primary_contact_point() -> Iterator[Finding]:
    """Whoever can be reached by a usable telephone number or address has a first choice of it."""
    rows = (
        ContactPoint.objects.filter(invalid_at=None, customer__state=CustomerState.ACTIVE)
        .order_by()
        .values("customer", "kind")
        .annotate(first=Count("pk", filter=Q(is_primary=True)))
        .filter(first=0)
    )
    for row in rows.iterator(chunk_size=AT_ONCE):
        text = f"has no primary {row['kind']}"
        yield Finding("a_primary_contact_point", "crm_customer", str(row["customer"]), text)


def timeline_is_complete() -> Iterator[Finding]:
    """Every fact that the timeline should tell is told."""
    for kind in kinds():
        if kind.rebuild is None:
            continue
        told = set(TimelineEntry.objects.filter(kind=kind.name).values_list("target_id", "at"))
        for fact in kind.rebuild():
            if (fact.target[1], fact.at) not in told:
                text = f"a {kind.name} of {fact.at:%Y-%m-%d %H:%M} is not on the timeline"
                table = fact.target[0].replace(".", "_")
                yield Finding("timeline_is_complete", table, fact.target[1], text)


def register_own() -> None:
    for rule in (
        counters_are_right,
        clocks_follow_their_events,
        one_unfinished_clock,
        headers_are_sums_of_legs,
        one_current_transcript,
        import_counters,
        imports_reconcile,
        figures_of_customers,
        merged_customers_are_empty,
        a_primary_contact_point,
        timeline_is_complete,
    ):
        register("crm", rule.__name__, rule)
