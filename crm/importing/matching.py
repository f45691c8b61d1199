"""Decides what becomes of a linked record: create, update, skip or refuse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from crm.importing.linking import Linked
from crm.importing.tally import Made
from crm.models.imports import ImportRow, ImportRun
from crm.models.interactions import Interaction


class Verdict(Enum):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    OLDER = "older"
    DUPLICATE = "duplicate_in_file"


@dataclass(slots=True)
class Known:
    """What is already stored under a key; `pk` is None for what only a dry run has seen."""

    pk: int | None
    digest: str
    updated_at: datetime | None
    customer_id: int | None
    is_of_this_run: bool


class Memory:
    """What the earlier chunks of a dry run would have stored, for they were rolled back."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[str, datetime | None]] = {}
        self._made: set[Made] = set()

    def add(self, linked: Linked) -> None:
        self._seen[linked.key] = linked.content, linked.record.updated_at

    def first_made(self, made: set[Made]) -> set[Made]:
        """Those that no earlier chunk has made and undone again."""
        new = made - self._made
        self._made |= new
        return new

    def known(self, linked: Linked) -> Known | None:
        """What an earlier chunk would have stored; ids that were made and undone do not count."""
        if linked.key not in self._seen:
            return None
        content, updated_at = self._seen[linked.key]
        digest = linked.digest if content == linked.content else ""
        return Known(None, digest, updated_at, None, is_of_this_run=True)


def known_rows(run: ImportRun, linked: Iterable[Linked]) -> dict[tuple[str, str], Known]:
    """The stored interactions with the records' keys, in two queries per source."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for each in linked:
        wanted[each.record.source].append(each.record.external_id)
    found: dict[tuple[str, str], Known] = {}
    for source, names in wanted.items():
        rows = Interaction.objects.filter(source=source, external_id__in=names).values_list(
            "external_id",
            "pk",
            "content_digest",
            "source_updated_at",
            "customer_id",
            "import_run_id",
        )
        for name, pk, digest, updated_at, customer_id, run_id in rows:
            found[source, name] = Known(pk, digest, updated_at, customer_id, run_id == run.pk)
    _mark_rows_of_this_run(run, found.values())
    return found


def _mark_rows_of_this_run(run: ImportRun, found: Iterable[Known]) -> None:
    """A row that this run has already matched was in the file before."""
    older = {known.pk: known for known in found if not known.is_of_this_run}
    if not older:
        return
    matched = ImportRow.objects.filter(run=run, target_id__in=older)
    for pk in matched.values_list("target_id", flat=True):
        older[pk].is_of_this_run = True


def verdict(linked: Linked, known: Known | None) -> Verdict:
    """What to do with a record whose key is known as `known`.

    In a table the first row of a key wins; elsewhere the newest `updated_at`, else the last.
    """
    if known is None:
        return Verdict.CREATE
    is_of_a_table = bool(linked.record.cells)
    if is_of_a_table and known.is_of_this_run:
        return Verdict.DUPLICATE
    updated_at = linked.record.updated_at
    if updated_at and known.updated_at and updated_at < known.updated_at:
        return Verdict.OLDER
    return Verdict.UNCHANGED if linked.digest == known.digest else Verdict.UPDATE
