"""Verbs about figures from elsewhere: a survey answer, taken in and taken back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import User
from crm.models import Interaction
from quality.models import InteractionSignal
from quality.models.base import as_text, is_a_key
from quality.refusals import Invalid

FURTHEST = Decimal(100_000)
LONGEST_SOURCE = 80


def record_signal(
    *,
    interaction: Interaction,
    kind: str,
    value: Decimal,
    source: str,
    at: datetime,
    by: User | None = None,
) -> InteractionSignal:
    """Keep a figure about an interaction; the same kind and source again replaces it.

    Plans may then draw by it, and conditions may ask for the fact `signal.KIND`. Raises Invalid.
    """
    _check(kind, value, source)
    with transaction.atomic():
        signal, is_new = InteractionSignal.objects.select_for_update().get_or_create(
            interaction=interaction, kind=kind, source=source, defaults={"value": value}
        )
        if not is_new and signal.value == value:
            return signal
        before = {} if is_new else {"value": as_text(signal.value)}
        signal.value = value
        signal.save(update_fields=["value", "updated_at"])
        audit.record(
            verb="record_signal",
            record=signal,
            by=by,
            at=at,
            before=before,
            after={"interaction_id": interaction.pk, "kind": kind, "value": as_text(value)},
        )
    return signal


def withdraw_signals(*, source: str, at: datetime, by: User | None = None) -> int:
    """Forget what a source said, as when a survey answer is withdrawn; returns how many."""
    with transaction.atomic():
        rows = list(InteractionSignal.objects.select_for_update().filter(source=source))
        for row in rows:
            before = {"kind": row.kind, "value": as_text(row.value)}
            audit.record(verb="withdraw_signal", record=row, by=by, at=at, before=before)
            row.delete()
    return len(rows)


def _check(kind: str, value: Decimal, source: str) -> None:
    try:
        is_a_key(kind)
    except ValidationError as error:
        raise Invalid("kind", error.messages[0]) from None
    if not value.is_finite() or abs(value) > FURTHEST:
        raise Invalid("value", f"A figure lies between -{FURTHEST:,} and {FURTHEST:,}.")
    if not 1 <= len(source) <= LONGEST_SOURCE:
        raise Invalid("source", f"A source has 1 to {LONGEST_SOURCE} characters.")
