"""The timeline of a customer: kinds of entries, how they are written and made anew.

A kind is registered in `config/wiring.py` with its picture, who may see it, and, for facts whose
rows remain, how all of its entries are made from those rows: `manage.py rebuild_timeline` then
gives the same entries as the verbs did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from accounts.models import User
from crm.models import TimelineEntry
from lib.speaking import SOURCE

BATCH = 1_000


@dataclass(frozen=True)
class Fact:
    """What one entry says; `target` is (model label, id) of the row it tells of."""

    customer_id: int
    at: datetime
    title: str
    summary: str = ""
    channel: str = ""
    actor_id: int | None = None
    about_id: int | None = None
    target: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class EntryKind:
    """`url_name` leads to the target by its id, `audience` is the verb a reader needs.

    `rebuild` gives every fact of the kind from the rows of its app; None where no row remains.
    Entries are stored in English: `says` are the patterns of their titles, and `retold` says a
    summary of ours again in the language in force.
    """

    name: str
    title: str
    icon: str = "circle"
    tone: str = ""
    url_name: str = ""
    audience: str = ""
    rebuild: Callable[[], Iterable[Fact]] | None = None
    says: tuple[str, ...] = ()
    retold: Callable[[str], str] = str

    def url_of(self, target_id: str) -> str:
        """The address of the target, "" if the kind leads nowhere."""
        if not self.url_name or not target_id:
            return ""
        try:
            return reverse(self.url_name, kwargs={"pk": target_id})
        except NoReverseMatch:
            return ""


_kinds: dict[str, EntryKind] = {}


def register(*found: EntryKind) -> None:
    """Make kinds of entries known; the same name twice is the last one."""
    for kind in found:
        _kinds[kind.name] = kind


def kinds() -> list[EntryKind]:
    return list(_kinds.values())


def kind_named(name: str) -> EntryKind:
    """The kind of that name; one without a picture if the app that had it is gone."""
    return _kinds.get(name) or EntryKind(name, name.replace("_", " ").capitalize())


def target_of(row: models.Model) -> tuple[str, str]:
    return row._meta.label_lower, str(row.pk)


def add(
    kind: str,
    *,
    customer_id: int,
    at: datetime,
    title: str,
    target: models.Model,
    summary: str = "",
    channel: str = "",
    actor: User | None = None,
    about_id: int | None = None,
) -> None:
    """Write one entry in the caller's transaction; the same fact again writes nothing.

    Two customers merged meanwhile change nothing: entries move with their customer.
    """
    fact = Fact(
        customer_id=customer_id,
        at=at,
        title=title,
        summary=summary,
        channel=channel,
        actor_id=actor.pk if actor else None,
        about_id=about_id,
        target=target_of(target),
    )
    write(kind, [fact])


def write(kind: str, facts: Iterable[Fact]) -> int:
    """Write one entry for each fact in the caller's transaction; a known fact writes nothing.

    Entries are stored in English: `facts` that are made while they are taken speak it, whoever
    acts.
    """
    return _write(_entry(_kinds[kind], fact) for fact in facts)


def remove(kind: str, *, target: models.Model) -> None:
    """Take back what was told of a row of this kind, where the fact itself was taken back."""
    label, pk = target_of(target)
    TimelineEntry.objects.filter(kind=kind, target_type=label, target_id=pk).delete()


def rebuild() -> dict[str, int]:
    """Make the entries of every kind anew that can be; how many each has now.

    One transaction for each kind, so that readers see either the old entries or the new ones.
    """
    counts = {}
    for kind in kinds():
        if kind.rebuild is not None:
            with transaction.atomic():
                TimelineEntry.objects.filter(kind=kind.name).delete()
                counts[kind.name] = _write(_entry(kind, fact) for fact in kind.rebuild())
    return counts


def _entry(kind: EntryKind, fact: Fact) -> TimelineEntry:
    return TimelineEntry(
        customer_id=fact.customer_id,
        at=fact.at,
        kind=kind.name,
        title=fact.title[:200],
        summary=fact.summary[:300],
        channel=fact.channel,
        actor_id=fact.actor_id,
        about_id=fact.about_id,
        target_type=fact.target[0],
        target_id=fact.target[1],
        audience=kind.audience,
    )


def _write(entries: Iterable[TimelineEntry]) -> int:
    batch: list[TimelineEntry] = []
    written = 0
    with translation.override(SOURCE):
        for entry in entries:
            batch.append(entry)
            if len(batch) == BATCH:
                written += _store(batch)
                batch = []
    return written + _store(batch)


def _store(batch: list[TimelineEntry]) -> int:
    TimelineEntry.objects.bulk_create(batch, ignore_conflicts=True)
    return len(batch)
