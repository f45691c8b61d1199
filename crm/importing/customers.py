"""Finds or makes the customer of each new interaction: by external id, then by contact point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce

from crm.events import CustomerCreated
from crm.importing.linking import Linked
from crm.importing.options import ImportOptions
from crm.importing.tally import Tally
from crm.importing.ways import Way, ways_of
from crm.models.customers import ContactPoint, Customer, CustomerState
from crm.models.imports import ImportRun
from crm.models.interactions import Interaction
from crm.names import name_key
from crm.readers.base import CustomerRecord
from lib import events

ExternalId = tuple[str, str]
WayKey = tuple[str, str, str]


@dataclass(slots=True)
class Wanted:
    """Whom a record names: an external id of its source ("" if none) and ways to reach them."""

    linked: Linked
    external_id: ExternalId
    ways: list[Way]

    @property
    def same(self) -> tuple[str, ...]:
        """Equal for two records of a chunk that name one new customer."""
        return self.external_id if self.external_id[1] else self.ways[0].key


def assign(
    linked: Sequence[Linked], run: ImportRun, options: ImportOptions, tally: Tally, at: datetime
) -> None:
    """Give each record its customer, or a flag where there is none to give."""
    wanted = list(_wanted(linked, options.phone_region or settings.PHONE_REGION))
    _find_by_external_id(wanted)
    _find_by_ways([each for each in wanted if each.linked.customer_id is None])
    missing = [each for each in wanted if each.linked.customer_id is None]
    if options.missing_customers == "create":
        _create([each for each in missing if _can_be_made(each)], run, tally, at)
    for each in missing:
        if each.linked.customer_id is None and "customer_ambiguous" not in each.linked.flags:
            each.linked.flags.add("customer_unknown")


def _wanted(linked: Iterable[Linked], region: str) -> Iterator[Wanted]:
    """The records that say something about a customer."""
    for each in linked:
        record = each.record
        if record.customer is None and not record.customer_address:
            continue
        source = (record.customer.source if record.customer else "") or record.source
        name = record.customer.external_id if record.customer else ""
        ways, unreadable = ways_of(record, region)
        if unreadable:
            each.flags.add("contact_unreadable")
        if record.customer or ways:
            yield Wanted(each, (source, name), ways)


def _can_be_made(wanted: Wanted) -> bool:
    """A name alone does not tell two people apart, so it makes no customer."""
    has_key = bool(wanted.external_id[1] or wanted.ways)
    return has_key and "customer_ambiguous" not in wanted.linked.flags


def _find_by_external_id(wanted: Iterable[Wanted]) -> None:
    by_source: dict[str, list[Wanted]] = defaultdict(list)
    for each in wanted:
        if each.external_id[1]:
            by_source[each.external_id[0]].append(each)
    for source, group in by_source.items():
        names = {each.external_id[1] for each in group}
        rows = Customer.objects.filter(source=source, external_id__in=names)
        found = dict(rows.values_list("external_id", "pk"))
        lives_on = Customer.objects.survivors(found.values())
        for each in group:
            pk = found.get(each.external_id[1])
            each.linked.customer_id = None if pk is None else lives_on[pk]


def _find_by_ways(wanted: Sequence[Wanted]) -> None:
    """Take the one active customer who has one of the ways; flag where there are several.

    Whoever is known to the same source by another external id is somebody else: families share
    telephones.
    """
    values = {way.value for each in wanted for way in each.ways}
    if not values:
        return
    rows = ContactPoint.objects.filter(
        value__in=values, customer__state=CustomerState.ACTIVE
    ).values_list(
        "kind",
        "network",
        "value",
        "customer_id",
        "customer__source",
        "customer__external_id",
    )
    owners: dict[WayKey, dict[int, ExternalId]] = defaultdict(dict)
    for kind, network, value, pk, source, external_id in rows:
        owners[kind, network, value][pk] = source, external_id
    for each in wanted:
        fitting = {
            pk
            for way in each.ways
            for pk, known in owners.get(way.key, {}).items()
            if not _is_somebody_else(each.external_id, known)
        }
        if len(fitting) == 1:
            [each.linked.customer_id] = fitting
        elif fitting:
            each.linked.flags.add("customer_ambiguous")


def _is_somebody_else(wanted: ExternalId, known: ExternalId) -> bool:
    (source, name), (known_source, known_name) = wanted, known
    return bool(name and known_name and source == known_source and name != known_name)


def _create(wanted: Sequence[Wanted], run: ImportRun, tally: Tally, at: datetime) -> None:
    """Make one customer for all records of a chunk that name the same one."""
    new: dict[tuple[str, ...], Wanted] = {}
    for each in wanted:
        new.setdefault(each.same, each)
    rows = dict(zip(new, Customer.objects.bulk_create(_rows(new.values(), run)), strict=True))
    ContactPoint.objects.bulk_create(
        point for same, each in new.items() for point in _points(rows[same].pk, each.ways)
    )
    for each in wanted:
        each.linked.customer_id = rows[each.same].pk
    tally.made |= {("customers", *same) for same in new}
    if events.is_heard(CustomerCreated):
        tally.facts += [
            CustomerCreated(at=at, by_id=run.ordered_by_id, customer_id=row.pk)
            for row in rows.values()
        ]


def _rows(wanted: Iterable[Wanted], run: ImportRun) -> Iterator[Customer]:
    for each in wanted:
        source, name = each.external_id
        record = each.linked.record.customer or CustomerRecord()
        shown = record.name or f"{record.first_name} {record.last_name}".strip()
        yield Customer(
            source=source,
            external_id=name,
            first_name=record.first_name,
            last_name=record.last_name,
            display_name=shown,
            name_key=name_key(shown)[:220],
            preferred_language=record.preferred_language,
            import_run_id=run.pk,
        )


def _points(customer_id: int, ways: Iterable[Way]) -> Iterator[ContactPoint]:
    """The ways as rows; the first of each kind is the primary one."""
    kinds: set[str] = set()
    for position, way in enumerate(ways, start=1):
        yield way.as_row(customer_id, position, is_primary=way.kind not in kinds)
        kinds.add(way.kind)


def recount(ids: Iterable[int | None]) -> None:
    """Set count, first and last of these customers from their interactions, in one statement."""
    theirs = Interaction.objects.filter(customer=OuterRef("pk")).order_by().values("customer")
    Customer.objects.filter(pk__in=[pk for pk in ids if pk is not None]).update(
        interaction_count=Coalesce(Subquery(theirs.annotate(found=Count("pk")).values("found")), 0),
        first_interaction_at=Subquery(theirs.annotate(found=Min("started_at")).values("found")),
        last_interaction_at=Subquery(theirs.annotate(found=Max("started_at")).values("found")),
    )
