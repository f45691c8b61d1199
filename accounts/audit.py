"""Write the audit trail: one entry per act, in the transaction of the act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models

from accounts.audit_chain import payload_digest
from accounts.models import AuditEntry, AuditPayload, User, new_salt
from lib import request_context
from lib.masking import masked, masked_values


def record(
    *,
    verb: str,
    record: models.Model,
    by: User | None,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    acting_as: User | None = None,
) -> AuditEntry:
    """Write who did what to `record`. `before` and `after` hold JSON scalars of changed fields."""
    work = request_context.current()
    old, new, salt = masked_values(before or {}), masked_values(after or {}), new_salt()
    reason = masked(reason)  # The seal is of what is stored.
    entry = AuditEntry.objects.create(
        at=at,
        actor=by,
        acting_as=acting_as,
        verb=verb,
        object_type=record._meta.label_lower,
        object_id=str(record.pk),
        changed_fields=sorted(old.keys() | new.keys()),
        source=work.source,
        request_id=work.request_id,
        payload_digest=payload_digest(salt, old, new, reason),
    )
    AuditPayload.objects.create(entry=entry, salt=salt, before=old, after=new, reason=reason)
    return entry
