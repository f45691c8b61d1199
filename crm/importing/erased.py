"""Keeps people out who were erased: their rows are refused as erased_person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings

from crm.importing.linking import Linked, refusal
from crm.importing.options import ImportOptions
from crm.importing.tally import Tally
from crm.importing.ways import Way, ways_of
from crm.models import ErasureTombstone
from crm.privacy import tombstones

SENTENCE = "This person was erased. Ask whoever keeps privacy requests before you enter them again."


def without_erased(
    linked: Sequence[Linked], options: ImportOptions, tally: Tally
) -> Sequence[Linked]:
    """The records of people who were not erased; two queries, one where nobody ever was."""
    if not ErasureTombstone.objects.exists():
        return linked
    region = options.phone_region or settings.PHONE_REGION
    digests = {id(each): set(_digests(each, region)) for each in linked}
    marked = tombstones.known(each for found in digests.values() for each in found)
    for each in linked:
        if digests[id(each)] & marked:
            tally.report(refusal(each.record, "erased_person", "customer", SENTENCE))
    return [each for each in linked if not digests[id(each)] & marked]


def digests_of(ways: Iterable[Way], source: str, external_id: str) -> Iterator[str]:
    """What the tombstone of somebody with these contact points and this id would hold."""
    for way in ways:
        yield tombstones.of_contact(way.kind, way.network, way.value)
    if external_id:
        yield tombstones.of_external_id(source, external_id)


def _digests(linked: Linked, region: str) -> Iterator[str]:
    record = linked.record
    ways, _ = ways_of(record, region)
    yield from digests_of(ways, "", "")
    if record.customer and record.customer.external_id:
        source = record.customer.source or record.source
        yield tombstones.of_external_id(source, record.customer.external_id)
