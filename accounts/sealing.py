"""Give committed audit entries their place in the hash chain, and anchor the chain each day."""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.audit_chain import ENTRY_KEYS, FIRST_PREVIOUS_HASH, anchor_seal, entry_hash
from accounts.models import AuditAnchor, AuditEntry, AuditHead
from lib import faults
from ops import mail

logger = logging.getLogger(__name__)
CHUNK = 500


def sealed_facts(entry: AuditEntry) -> dict[str, Any]:
    """What of an entry goes into its hash."""
    return {name: getattr(entry, name) for name in ENTRY_KEYS}


def locked_head() -> AuditHead:
    """The end of the chain, locked until the transaction ends: one sealer at a time."""
    AuditHead.objects.get_or_create(pk=1, defaults={"hash": FIRST_PREVIOUS_HASH})
    heads = AuditHead.objects.all()
    if faults.guard_is_on("accounts.audit_head"):
        heads = heads.select_for_update()
    return heads.get(pk=1)


@transaction.atomic
def seal_chunk(*, at: datetime, limit: int = CHUNK) -> int:
    """Chain up to `limit` committed entries in the order (at, id); returns how many.

    Writers never wait for this: it locks the head alone. An entry that commits late is sealed
    late, whatever its id.
    """
    head = locked_head()
    entries = list(AuditEntry.objects.unsealed().order_by("at", "id")[:limit])
    for entry in entries:
        head.sequence += 1
        entry.sequence, entry.previous_hash = head.sequence, head.hash
        entry.hash = head.hash = entry_hash(head.hash, sealed_facts(entry))
    if entries:
        names = ["sequence", "previous_hash", "hash"]
        AuditEntry.objects.bulk_update(entries, names, batch_size=100)
        head.sealed_at = at
        head.save()
    return len(entries)


@transaction.atomic
def anchor(*, on_date: date, at: datetime) -> AuditAnchor:
    """Keep the head of the chain under the audit key; a day has one anchor, its first."""
    head = locked_head()
    made, is_new = AuditAnchor.objects.get_or_create(
        on_date=on_date,
        defaults={
            "sequence": head.sequence,
            "head": head.hash,
            "seal": anchor_seal(settings.AUDIT_KEY, on_date, head.sequence, head.hash),
            "sent_to": settings.AUDIT_ANCHOR,
        },
    )
    if is_new:
        logger.info("audit_anchor %s", anchor_line(made))
        if made.sent_to:
            mail.send("accounts.audit_anchor", key=on_date.isoformat(), anchor_id=made.pk)
    return made


def anchor_line(made: AuditAnchor) -> str:
    """One line for a log, a mail or a file: date, sequence, head and seal."""
    return f"{made.on_date.isoformat()} {made.sequence} {made.head} {made.seal}"
