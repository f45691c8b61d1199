"""Takes a table of organizations, row by row through the verbs that the pages use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from crm.actions.organizations import (
    OrganizationContent,
    change_organization,
    create_organization,
)
from crm.importing.candidates import BadRow, custom_values
from crm.importing.options import ImportOptions
from crm.importing.tally import RowReport, Tally
from crm.models import CustomFieldDefinition, ImportRun, Organization
from crm.models.custom_fields import Target
from crm.models.imports import RowOutcome
from crm.names import name_key
from crm.readers.base import OrganizationRecord
from lib.refusals import Invalid

BEFORE = ("name", "name_key", "domains", "parent_id", "source", "external_id", "custom")


class OrganizationTaker:
    """An organization is known by external id, else by its whole name."""

    record = OrganizationRecord

    def __init__(self, run: ImportRun, options: ImportOptions) -> None:
        self.run = run
        self.options = options
        self.seen: dict[tuple[str, str], int] = {}
        self._new: list[tuple[str, str]] = []

    def forget_names(self) -> None:
        """Rows are read anew for every record."""

    def forget_chunk(self) -> None:
        for key in self._new:
            self.seen.pop(key, None)
        self._new = []

    def take(self, records: Sequence[OrganizationRecord], tally: Tally, at: datetime) -> None:
        self._new = []
        definitions = list(CustomFieldDefinition.objects.of(Target.ORGANIZATION))
        for record in records:
            try:
                with transaction.atomic():
                    custom_values(record, definitions, settings.PHONE_REGION)
                    self._take_one(record, tally, at)
            except BadRow as bad:
                tally.report(bad.report)
            except Invalid as refusal:
                tally.report(BadRow(record, "matched_refused", refusal.field, str(refusal)).report)

    def _take_one(self, record: OrganizationRecord, tally: Tally, at: datetime) -> None:
        key = (
            (record.source, record.external_id)
            if record.external_id
            else ("", name_key(record.name))
        )
        if key in self.seen:
            words = f"Line {self.seen[key]} of this file means the same organization."
            raise BadRow(record, "duplicate_in_file", "name", words)
        found = self._found(record)
        if found is None:
            row = create_organization(
                content=self._content(record, None), by=self.run.ordered_by, at=at
            )
            Organization.objects.filter(pk=row.pk).update(import_run=self.run)
            tally.created += 1
        else:
            tally.report(self._met(record, found, at))
        self.seen[key] = record.line
        self._new.append(key)

    def _found(self, record: OrganizationRecord) -> Organization | None:
        if record.external_id:
            same = Organization.objects.filter(
                source=record.source, external_id=record.external_id
            ).first()
            if same is not None:
                return same
        named = list(Organization.objects.filter(name_key=name_key(record.name))[:3])
        if record.external_id:
            named = [row for row in named if not row.external_id or row.source != record.source]
        if len(named) > 1:
            references = ", ".join(row.reference for row in named)
            raise BadRow(record, "ambiguous_match", "name", f"Several fit: {references}.")
        return named[0] if named else None

    def _met(self, record: OrganizationRecord, row: Organization, at: datetime) -> RowReport:
        if self.options.on_match == "fail":
            words = f"{row.reference} has this name or id, and the import takes new ones only."
            raise BadRow(record, "matched_refused", "name", words, row.pk)
        content = self._content(record, row)
        if self.options.on_match == "skip" or not is_news(content, row):
            words = f"{row.reference} is left as it is."
            return RowReport(
                record.line, RowOutcome.SKIPPED, "unchanged", message=words, target_id=row.pk
            )
        before = {name: getattr(row, name) for name in BEFORE}
        change_organization(
            organization=row, content=content, seen=row.version, by=self.run.ordered_by, at=at
        )
        return RowReport(
            record.line,
            RowOutcome.UPDATED,
            "updated",
            message=f"{row.reference} was updated.",
            cells=record.cells,
            target_id=row.pk,
            before=before,
        )

    def _content(self, record: OrganizationRecord, row: Organization | None) -> OrganizationContent:
        """What the row says, over what is known already; an empty cell changes nothing."""
        parent = self._parent(record) or (row.parent if row else None)
        known = (row.source, row.external_id) if row and row.external_id else None
        own = (record.source if record.external_id else "", record.external_id)
        source, external_id = known or own
        return OrganizationContent(
            name=record.name or (row.name if row else ""),
            domains=" ".join(record.domains) or (row.domains if row else ""),
            parent=parent,
            source=source,
            external_id=external_id,
            custom=record.custom,
        )

    def _parent(self, record: OrganizationRecord) -> Organization | None:
        if not record.parent:
            return None
        found = list(Organization.objects.filter(name_key=name_key(record.parent))[:2])
        if len(found) != 1:
            how = "No" if not found else "More than one"
            words = f"{how} organization is called “{record.parent[:80]}”."
            raise BadRow(record, "choice_unknown", "parent", words)
        return found[0]


def is_news(content: OrganizationContent, row: Organization) -> bool:
    """Whether the row of the file says anything that the organization does not."""
    domains = set(content.domains.lower().replace(",", " ").split())
    same = (
        content.name == row.name
        and domains == set(row.domains.split())
        and (content.parent.pk if content.parent else None) == row.parent_id
        and content.external_id == row.external_id
    )
    return not same or any(row.custom.get(key) != value for key, value in content.custom.items())
