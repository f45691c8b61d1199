"""Texts that are longer than their columns, found before a database cuts or refuses them."""

from __future__ import annotations

from collections.abc import Iterator

from crm.readers.base import InteractionRecord

_RECORD = (
    ("external_id", 120),
    ("source", 80),
    ("queue", 80),
    ("subject", 300),
    ("language", 12),
    ("customer_address", 254),
    ("service_address", 254),
    ("transcript_format", 24),
)
_LEG = (("agent", 120), ("queue", 80), ("transferred_to", 120))
_CUSTOMER = (
    ("external_id", 120),
    ("name", 200),
    ("first_name", 100),
    ("last_name", 100),
    ("preferred_language", 12),
)
_RECORDING = (("url", 500), ("media_type", 80))


def too_long(record: InteractionRecord) -> tuple[str, int] | None:
    """The first field that is too long, and how many characters it may have."""
    return next(_all_too_long(record), None)


def _all_too_long(record: InteractionRecord) -> Iterator[tuple[str, int]]:
    for name, longest in _RECORD:
        if len(getattr(record, name)) > longest:
            yield name, longest
    for part, holders, limits in (
        ("legs", record.legs, _LEG),
        ("recordings", record.recordings, _RECORDING),
        ("customer", (record.customer,) if record.customer else (), _CUSTOMER),
    ):
        for holder in holders:
            for name, longest in limits:
                if len(getattr(holder, name)) > longest:
                    yield f"{part}.{name}", longest
