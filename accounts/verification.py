"""Walk the audit chain and tell everything that does not hold."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings

from accounts.audit_chain import FIRST_PREVIOUS_HASH, anchor_seal, entry_hash, payload_digest
from accounts.models import AuditAnchor, AuditEntry, AuditHead
from accounts.sealing import sealed_facts

TOLERATED_STEP_BACK = timedelta(minutes=5)
LATE_SEAL = timedelta(minutes=5)


@dataclass(frozen=True)
class Anchor:
    """What somebody wrote down about a day's head, in the database or in a file."""

    on_date: date
    sequence: int
    head: str
    seal: str


class UnreadableAnchors(Exception):
    """The file of anchors cannot be read; the text names the line."""


@dataclass
class Verification:
    """What one walk found; the chain holds where `faults` is empty."""

    first: int = 1
    last: int = 0
    checked: int = 0
    erased: int = 0
    unsealed: int = 0
    anchors: int = 0
    head: str = FIRST_PREVIOUS_HASH
    faults: list[tuple[int, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def first_bad(self) -> int | None:
        return min((sequence for sequence, _text in self.faults), default=None)

    def fault(self, sequence: int, text: str) -> None:
        self.faults.append((sequence, text))


def read_anchors(lines: Iterable[str]) -> list[Anchor]:
    """Read lines as `sealing.anchor_line` writes them; raises UnreadableAnchors."""
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            on_date, sequence, head, seal = line.split()
            found.append(Anchor(date.fromisoformat(on_date), int(sequence), head, seal))
        except ValueError:
            raise UnreadableAnchors(
                f"Line {number} of the anchors is not `date sequence head seal`."
            ) from None
    return found


def verify(*, now: datetime, first: int = 1, written_down: Iterable[Anchor] = ()) -> Verification:
    """Recompute the chain from sequence `first` on. Reads each row once, holds none of them.

    `written_down` are anchors kept outside the database; those inside are checked as well.
    """
    found = Verification(first=first)
    anchors = sorted(
        [*stored_anchors(), *written_down], key=lambda anchor: (anchor.sequence, anchor.on_date)
    )
    check_seals(found, anchors)
    end = end_of_chain()
    heads = walk(found, wanted={end.sequence, *(anchor.sequence for anchor in anchors)})
    compare_anchors(found, anchors, heads)
    compare_end(found, end, heads)
    check_unsealed(found, now)
    return found


def stored_anchors() -> Iterator[Anchor]:
    for row in AuditAnchor.objects.order_by("on_date"):
        yield Anchor(row.on_date, row.sequence, row.head, row.seal)


def check_seals(found: Verification, anchors: list[Anchor]) -> None:
    for anchor in anchors:
        seal = anchor_seal(settings.AUDIT_KEY, anchor.on_date, anchor.sequence, anchor.head)
        if not hmac.compare_digest(seal, anchor.seal):
            found.fault(anchor.sequence, f"the anchor of {anchor.on_date} has a wrong seal")


def walk(found: Verification, wanted: set[int]) -> dict[int, str]:
    """Recompute every entry; returns the hash at each wanted sequence."""
    before = AuditEntry.objects.filter(sequence=found.first - 1).first()
    previous = before.hash if before else FIRST_PREVIOUS_HASH
    expected, latest = found.first, None
    heads = {found.first - 1: previous}
    entries = AuditEntry.objects.filter(sequence__gte=found.first).order_by("sequence")
    for entry in entries.select_related("payload").iterator(chunk_size=2000):
        sequence = entry.sequence or 0
        if sequence != expected:
            found.fault(expected, f"entries {expected} to {sequence - 1} are missing")
        check_entry(found, entry, sequence, previous)
        if latest is not None and entry.at < latest - TOLERATED_STEP_BACK:
            found.warnings.append(f"Entry {sequence} is dated more than 5 minutes before another.")
        previous, expected, latest = entry.hash, sequence + 1, entry.at
        found.checked, found.last, found.head = found.checked + 1, sequence, entry.hash
        if sequence in wanted:
            heads[sequence] = entry.hash
    return heads


def check_entry(found: Verification, entry: AuditEntry, sequence: int, previous: str) -> None:
    if entry.previous_hash != previous:
        found.fault(sequence, "it does not follow the entry before it")
    elif entry.hash != entry_hash(previous, sealed_facts(entry)):
        found.fault(sequence, "its hash does not fit its contents")
    payload = getattr(entry, "payload", None)
    if payload is None or not payload.salt:
        found.erased += 1
        return
    salt = bytes(payload.salt)
    digest = payload_digest(salt, payload.before, payload.after, payload.reason)
    if digest != entry.payload_digest:
        found.fault(sequence, "its before and after were changed")


def compare_anchors(found: Verification, anchors: list[Anchor], heads: dict[int, str]) -> None:
    for anchor in anchors:
        if anchor.sequence < found.first - 1:
            continue
        found.anchors += 1
        if heads.get(anchor.sequence) != anchor.head:
            found.fault(anchor.sequence, f"the chain differs from the anchor of {anchor.on_date}")


def end_of_chain() -> AuditHead:
    return AuditHead.objects.first() or AuditHead(sequence=0, hash=FIRST_PREVIOUS_HASH)


def compare_end(found: Verification, end: AuditHead, heads: dict[int, str]) -> None:
    """`end` was read before the walk, so what was sealed meanwhile does not disturb."""
    last = max(found.last, found.first - 1)
    if end.sequence > last:
        found.fault(last + 1, f"entries {last + 1} to {end.sequence} are missing at the end")
    elif heads.get(end.sequence, end.hash) != end.hash:
        found.fault(end.sequence, "the head does not hold the hash of the last entry")
    elif last > (now_ends := end_of_chain().sequence):
        found.fault(now_ends + 1, "entries stand behind the end that the head names")


def check_unsealed(found: Verification, now: datetime) -> None:
    unsealed = AuditEntry.objects.unsealed()
    found.unsealed = unsealed.count()
    late = unsealed.filter(at__lt=now - LATE_SEAL).count()
    if late:
        found.warnings.append(f"{late} entries wait for their seal for more than 5 minutes.")
