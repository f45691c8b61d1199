"""What stops a merge, an erasure or a removal: recordings that must be kept as evidence."""

from __future__ import annotations

from crm.models import Customer, Recording


def hold_of(customer: Customer) -> str:
    """A sentence that names the legal hold on a customer's recordings, "" if there is none."""
    rows = Recording.objects.filter(interaction__customer=customer, legal_hold=True)
    held = rows.select_related("interaction").first()
    if held is None:
        return ""
    return f"A recording of {held.interaction.reference} is on legal hold: {held.hold_reason}"
