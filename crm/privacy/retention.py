"""How long each class of data is kept: config/privacy.yaml, applied each night in small batches.

A rule empties or removes what is older than its days. Recordings on legal hold and restricted
customers are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q, QuerySet

from accounts.models import AuditPayload
from crm.models import (
    Customer,
    ImportRun,
    Note,
    NoteText,
    Recording,
    Turn,
)
from crm.models.customers import CustomerState
from crm.models.transcripts import RecordingState
from crm.privacy.erasing import ERASED, ERASED_URL
from ops import files

BATCH = 500
LEAST_AUDIT_DAYS = 365


@dataclass(frozen=True)
class RetentionRule:
    """One line of the file; `channel` and `queue` narrow classes that belong to interactions."""

    data_class: str
    keep_days: int
    channel: str = ""
    queue: str = ""

    @property
    def narrowed_to(self) -> str:
        return ", ".join(filter(None, (self.channel, self.queue)))


@dataclass(frozen=True)
class DataClass:
    """What a rule may name: which rows are due before a moment, and how they go."""

    name: str
    title: str
    due: Callable[[datetime, RetentionRule], QuerySet[Any]]
    remove: Callable[[list[Any]], None]


@cache
def rules() -> tuple[RetentionRule, ...]:
    """The rules of config/privacy.yaml; a faulty file stops the start."""
    path = Path(settings.BASE_DIR) / "config" / "privacy.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return tuple(read_rule(line) for line in content.get("retention", ()))


def read_rule(line: dict[str, Any]) -> RetentionRule:
    """A rule of the file; raises ImproperlyConfigured with a sentence."""
    name, days = str(line.get("class", "")), line.get("keep_days")
    if name not in CLASSES:
        raise ImproperlyConfigured(f"config/privacy.yaml: there is no class {name!r}.")
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise ImproperlyConfigured(f"config/privacy.yaml: keep_days of {name} is at least 1.")
    if name == "audit_payload" and days < LEAST_AUDIT_DAYS:
        raise ImproperlyConfigured(
            f"config/privacy.yaml: audit payloads are kept {LEAST_AUDIT_DAYS} days or longer."
        )
    unknown = line.keys() - {"class", "keep_days", "channel", "queue"}
    if unknown:
        raise ImproperlyConfigured(f"config/privacy.yaml: unknown {sorted(unknown)} in {name}.")
    return RetentionRule(name, days, str(line.get("channel", "")), str(line.get("queue", "")))


def _of_interactions(prefix: str, rule: RetentionRule) -> dict[str, str]:
    narrowed = {f"{prefix}channel": rule.channel, f"{prefix}queue__name": rule.queue}
    return {name: value for name, value in narrowed.items() if value}


def _recordings(before: datetime, rule: RetentionRule) -> QuerySet[Any]:
    rows = Recording.objects.filter(
        interaction__started_at__lt=before,
        legal_hold=False,
        **_of_interactions("interaction__", rule),
    )
    return rows.exclude(state=RecordingState.DELETED).select_related("file")


def _remove_recordings(found: list[Recording]) -> None:
    for row in found:
        stored = row.file
        row.file, row.url, row.state = None, ERASED_URL, RecordingState.DELETED
        row.save(update_fields=["file", "url", "state", "updated_at"])
        if stored is not None:
            files.remove(stored)


def _turns(before: datetime, rule: RetentionRule) -> QuerySet[Any]:
    prefix = "transcript__interaction__"
    narrowed = _of_interactions(prefix, rule)
    return Turn.objects.filter(**{f"{prefix}started_at__lt": before}, **narrowed).exclude(text="")


def _empty_turns(found: list[Turn]) -> None:
    Turn.objects.filter(pk__in=[row.pk for row in found]).update(text="")


def _notes(before: datetime, rule: RetentionRule) -> QuerySet[Any]:
    return Note.objects.filter(written_at__lt=before).exclude(body=ERASED)


def _empty_notes(found: list[Note]) -> None:
    ids = [row.pk for row in found]
    NoteText.objects.filter(note__in=ids).delete()
    Note.objects.filter(pk__in=ids).update(body=ERASED)


def _import_files(before: datetime, rule: RetentionRule) -> QuerySet[Any]:
    rows = ImportRun.objects.filter(finished_at__lt=before, file__isnull=False)
    return rows.select_related("file")


def _remove_import_files(found: list[ImportRun]) -> None:
    for row in found:
        stored, row.file = row.file, None
        row.save(update_fields=["file", "updated_at"])
        if stored is not None:
            files.remove(stored)
        row.rows.exclude(raw="").update(raw="")


def _audit_payloads(before: datetime, rule: RetentionRule) -> QuerySet[Any]:
    rows = AuditPayload.objects.filter(entry__at__lt=before)
    return rows.exclude(before={}, after={}, reason="")


def _empty_payloads(found: list[AuditPayload]) -> None:
    ids = [row.pk for row in found]
    AuditPayload.objects.filter(pk__in=ids).update(before={}, after={}, reason="")


def _deleted_customers(before: datetime, rule: RetentionRule) -> QuerySet[Any]:
    return Customer.objects.filter(
        Q(deleted_at__lt=before), state=CustomerState.DELETED, restricted_at__isnull=True
    )


def _erase_customers(found: list[Customer]) -> None:
    from django.utils import timezone

    from crm.actions import privacy  # The verbs of privacy name the classes of this module.

    for row in found:
        for _ in privacy.erase(row.pk, timezone.now(), []):
            pass
        privacy.close_record(row.pk, by=None, at=timezone.now())


CLASSES = {
    each.name: each
    for each in (
        DataClass("recording", "Recordings", _recordings, _remove_recordings),
        DataClass("turn_text", "Texts of transcripts", _turns, _empty_turns),
        DataClass("note", "Notes", _notes, _empty_notes),
        DataClass("import_file", "Files and cells of imports", _import_files, _remove_import_files),
        DataClass("audit_payload", "Before and after of acts", _audit_payloads, _empty_payloads),
        DataClass("deleted_customer", "Deleted customers", _deleted_customers, _erase_customers),
    )
}


def due(rule: RetentionRule, at: datetime) -> QuerySet[Any]:
    """The rows that the rule lets go at that moment."""
    return CLASSES[rule.data_class].due(at - timedelta(days=rule.keep_days), rule)


def preview(at: datetime) -> list[tuple[str, RetentionRule, int]]:
    """What each rule would remove now."""
    return [(CLASSES[rule.data_class].title, rule, due(rule, at).count()) for rule in rules()]


def apply(at: datetime, place: int = 0) -> Iterator[tuple[int, int]]:
    """Apply the rules from `place` on; yields the rule's place with the rows of each batch."""
    for number, rule in list(enumerate(rules()))[place:]:
        while found := list(due(rule, at).order_by("pk")[:BATCH]):
            CLASSES[rule.data_class].remove(found)
            yield number, len(found)
