"""Takes a table of customers: each row is made, brought into its customer, skipped or refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from crm.actions.tags import LONGEST_NAME, tag_named
from crm.events import CustomerChanged, CustomerCreated
from crm.importing.candidates import BadRow, Candidate, Key, candidate
from crm.importing.erased import SENTENCE, digests_of
from crm.importing.options import ImportOptions
from crm.importing.owners import Owner, Owners
from crm.importing.people_updates import bring_in
from crm.importing.tally import RowReport, Tally
from crm.models import (
    ContactPoint,
    Customer,
    CustomFieldDefinition,
    ErasureTombstone,
    ImportRun,
    Tag,
)
from crm.models.custom_fields import Target
from crm.models.imports import RowOutcome
from crm.names import name_key
from crm.privacy import tombstones
from crm.readers.base import CustomerRecord
from crm.redaction import redact
from lib import events

TWICE = "Line {} of this file has the same {}; that line was taken."


class CustomerTaker:
    """`seen` holds the match keys of the file so far with their lines, `touched` whom rows met."""

    record = CustomerRecord

    def __init__(self, run: ImportRun, options: ImportOptions) -> None:
        self.run = run
        self.options = options
        self.region = options.phone_region or settings.PHONE_REGION
        self.definitions: list[CustomFieldDefinition] | None = None
        self.tags: dict[str, Tag] = {}
        self.seen: dict[Key, int] = {}
        self.touched: set[int] = set()
        self._new: list[Key] = []

    def forget_names(self) -> None:
        self.tags = {}

    def forget_chunk(self) -> None:
        for key in self._new:
            self.seen.pop(key, None)
        self._new = []

    def take(self, records: Sequence[CustomerRecord], tally: Tally, at: datetime) -> None:
        self._new = []
        found = self._without_erased(self._readable(records, tally), tally)
        owners = Owners(self.run, found, self.touched)
        new: list[Candidate] = []
        for each in found:
            try:
                if self._is_new(each, owners, tally, at):
                    new.append(each)
            except BadRow as bad:
                tally.report(bad.report)
        self._create(new, tally, at)

    def _readable(self, records: Sequence[CustomerRecord], tally: Tally) -> list[Candidate]:
        if self.definitions is None:
            self.definitions = list(CustomFieldDefinition.objects.of(Target.CUSTOMER))
        found = []
        for record in records:
            try:
                found.append(candidate(record, self.definitions, self.region))
            except BadRow as bad:
                tally.report(bad.report)
        return found

    def _without_erased(self, found: list[Candidate], tally: Tally) -> list[Candidate]:
        if not found or not ErasureTombstone.objects.exists():
            return found
        digests = [set(digests_of(each.ways, *each.external_id)) for each in found]
        marked = tombstones.known(digest for each in digests for digest in each)
        for each, own in zip(found, digests, strict=True):
            if own & marked:
                tally.report(BadRow(each.record, "erased_person", "", SENTENCE).report)
        return [each for each, own in zip(found, digests, strict=True) if not own & marked]

    def _is_new(self, each: Candidate, owners: Owners, tally: Tally, at: datetime) -> bool:
        """Whether the row makes a customer; a row that meets one is dealt with here."""
        self._refuse_twice(each)
        owner = owners.match(each, self.options.match_keys)
        self._remember(each)
        if owner is None:
            self._refuse_taken_handle(each, owners)
            return True
        if owner.is_of_this_run:
            raise BadRow(
                each.record,
                "duplicate_in_file",
                "",
                f"An earlier line of this file was taken as {owner.row.reference}.",
                owner.row.pk,
            )
        tally.report(self._met(each, owner, tally, at))
        owner.is_of_this_run = True
        self.touched.add(owner.row.pk)
        return False

    def _refuse_twice(self, each: Candidate) -> None:
        keys = list(each.keys(self.options.match_keys))
        decisive = [key for key in keys if key[0] == "external_id"] or keys
        for key in decisive:
            if key in self.seen:
                words = TWICE.format(self.seen[key], key[0].replace("_", " "))
                raise BadRow(each.record, "duplicate_in_file", key[0], words)

    def _remember(self, each: Candidate) -> None:
        for key in each.keys(self.options.match_keys):
            if key not in self.seen:
                self.seen[key] = each.record.line
                self._new.append(key)

    def _refuse_taken_handle(self, each: Candidate, owners: Owners) -> None:
        taken = owners.of_handle(each)
        if taken is not None:
            words = f"{taken.reference} already has this handle."
            raise BadRow(each.record, "matched_refused", "handles", words)

    def _met(self, each: Candidate, owner: Owner, tally: Tally, at: datetime) -> RowReport:
        """What becomes of a row whose customer is known."""
        record, row = each.record, owner.row
        if self.options.on_match == "fail":
            words = f"{row.reference} is this person, and the import takes new ones only."
            raise BadRow(record, "matched_refused", "", words, row.pk)
        if self.options.on_match == "skip":
            words = f"{row.reference} is this person; it was left as it is."
            return RowReport(
                record.line, RowOutcome.SKIPPED, "matched", "", words, record.cells, "", row.pk
            )
        done = bring_in(each, row, self._tags(record), empty_clears=self.options.empty_clears)
        if done.outcome == RowOutcome.UPDATED and events.is_heard(CustomerChanged):
            by_id = self.run.ordered_by_id
            tally.facts.append(
                CustomerChanged(at=at, by_id=by_id, customer_id=row.pk, changed=("import",))
            )
        return done

    def _create(self, new: Sequence[Candidate], tally: Tally, at: datetime) -> None:
        rows = Customer.objects.bulk_create([self._row(each) for each in new])
        pairs = list(zip(rows, new, strict=True))
        ContactPoint.objects.bulk_create(
            point for row, each in pairs for point in points(row.pk, each)
        )
        tagging = Customer.tags.through
        tagging.objects.bulk_create(
            tagging(customer=row, tag=tag) for row, each in pairs for tag in self._tags(each.record)
        )
        tally.created += len(rows)
        if events.is_heard(CustomerCreated):
            by_id = self.run.ordered_by_id
            tally.facts += [CustomerCreated(at=at, by_id=by_id, customer_id=row.pk) for row in rows]

    def _row(self, each: Candidate) -> Customer:
        record = each.record
        source, external_id = each.external_id
        shown = redact(each.shown)[:200]
        return Customer(
            source=source if external_id else "",
            external_id=external_id,
            first_name=record.first_name,
            last_name=record.last_name,
            display_name=shown,
            name_key=name_key(shown)[:220],
            preferred_language=record.preferred_language,
            custom={key: value for key, value in each.custom.items() if value is not None},
            import_run_id=self.run.pk,
        )

    def _tags(self, record: CustomerRecord) -> list[Tag]:
        """The tags of a row, new ones made; each name is looked up once."""
        found: dict[int, Tag] = {}
        for name in record.tags:
            name = " ".join(name.split())[:LONGEST_NAME]
            if name.casefold() not in self.tags:
                self.tags[name.casefold()] = tag_named(name) or Tag.objects.create(name=name)
            tag = self.tags[name.casefold()]
            found[tag.pk] = tag
        return list(found.values())


def points(customer_id: int, each: Candidate) -> list[ContactPoint]:
    """The contact points of a new customer; the first of each kind is the primary one."""
    kinds: set[str] = set()
    rows: list[ContactPoint] = []
    for position, way in enumerate(each.ways, start=1):
        rows.append(way.as_row(customer_id, position, is_primary=way.kind not in kinds))
        kinds.add(way.kind)
    return rows
