"""Who has the match keys of the rows of a chunk: customers by external id and by contact point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from crm.importing.candidates import BadRow, Candidate, Key
from crm.models import ContactPoint, Customer, ImportRow, ImportRun
from crm.models.customers import CustomerState

SHOWN = 5


@dataclass(slots=True)
class Owner:
    """A stored customer; `is_of_this_run` if the file's earlier rows made or matched it."""

    row: Customer
    is_of_this_run: bool = False


class Owners:
    """The owners of every key of some candidates; six queries at most."""

    def __init__(self, run: ImportRun, candidates: Sequence[Candidate], touched: set[int]) -> None:
        self.run = run
        self._by_key: dict[Key, list[Owner]] = defaultdict(list)
        self._known: dict[int, Owner] = {}
        pairs = [*self._by_external_id(candidates), *self._by_way(candidates)]
        rows = Customer.objects.in_bulk({pk for _, pk in pairs})
        matched = set(
            ImportRow.objects.filter(run=run, target_id__in=rows).values_list(
                "target_id", flat=True
            )
        )
        for pk, row in rows.items():
            of_run = row.import_run_id == run.pk or pk in matched or pk in touched
            self._known[pk] = Owner(row, of_run)
        for key, pk in pairs:
            self._by_key[key].append(self._known[pk])

    def _by_external_id(self, candidates: Iterable[Candidate]) -> list[tuple[Key, int]]:
        wanted: dict[str, set[str]] = defaultdict(set)
        for each in candidates:
            if each.record.external_id:
                wanted[each.record.source].add(each.record.external_id)
        found: list[tuple[Key, int]] = []
        for source, names in wanted.items():
            rows = Customer.objects.filter(source=source, external_id__in=names)
            pairs = list(rows.values_list("external_id", "pk"))
            lives_on = Customer.objects.survivors([pk for _, pk in pairs])
            found += [(("external_id", source, name), lives_on[pk]) for name, pk in pairs]
        return found

    def _by_way(self, candidates: Iterable[Candidate]) -> list[tuple[Key, int]]:
        values = {way.value for each in candidates for way in each.ways}
        rows = ContactPoint.objects.filter(
            Q(value__in=values), customer__state=CustomerState.ACTIVE
        ).order_by("customer_id")
        return [
            ((kind, network, value), pk)
            for kind, network, value, pk in rows.values_list(
                "kind", "network", "value", "customer_id"
            )
        ]

    def match(self, candidate: Candidate, match_by: Sequence[str]) -> Owner | None:
        """The one customer that the first fitting key leads to; raises BadRow where several do.

        A customer who has another external id in the same source is not the one that a row with an
        id means: families share telephones. Found in an earlier row of the file, it is somebody
        else; found in the records, the row is refused.
        """
        for key in candidate.keys(match_by):
            fitting = {owner.row.pk: owner for owner in self._by_key.get(key, ())}
            others = [each for each in fitting.values() if is_somebody_else(candidate, each.row)]
            for other in others:
                del fitting[other.row.pk]
            if candidate.record.external_id and key[0] != "external_id":
                fitting = {pk: each for pk, each in fitting.items() if not each.is_of_this_run}
            if len(fitting) > 1:
                raise BadRow(
                    candidate.record, "ambiguous_match", key[0], _several(fitting.values())
                )
            if fitting:
                return next(iter(fitting.values()))
            if any(not other.is_of_this_run for other in others):
                raise BadRow(
                    candidate.record,
                    "matched_refused",
                    key[0],
                    f"{others[0].row.reference} has this {key[0]}, but another external id.",
                )
        return None

    def of_handle(self, candidate: Candidate) -> Customer | None:
        """Who has one of the row's handles, which lead to one person only."""
        for key in candidate.keys(["handle"]):
            for owner in self._by_key.get(key, ()):
                return owner.row
        return None


def is_somebody_else(candidate: Candidate, row: Customer) -> bool:
    source, name = candidate.external_id
    return bool(name and row.external_id and source == row.source and name != row.external_id)


def _several(owners: Iterable[Owner]) -> str:
    references = sorted(owner.row.reference for owner in owners)
    return f"Several customers fit: {', '.join(references[:SHOWN])}."
