"""Effects that leave the house: claimed and committed first, then sent, then marked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from ops import clock
from ops.models import Delivery, DeliveryState, JobRun


class Unsent(Exception):
    """The sender knows that nothing left the house, so that trying again is safe."""


def claim_delivery(kind: str, run: JobRun) -> tuple[Delivery, bool]:
    """The delivery of `run`, and whether it is ours to send now."""
    key = delivery_key(run.key)
    new = Delivery(kind=kind, key=key, claimed_at=clock.read(), run=run)
    with transaction.atomic():
        Delivery.objects.bulk_create([new], ignore_conflicts=True)
        delivery = Delivery.objects.get(kind=kind, key=key)
        if (delivery.claimed_at, delivery.run_id) == (new.claimed_at, run.pk):
            return delivery, True
        retaken = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.FAILED).update(
            state=DeliveryState.CLAIMED, claimed_at=clock.now(), run=run
        )
    return delivery, bool(retaken)


def delivery_key(run_key: str) -> str:
    """A run that a person ordered to send again carries its number behind a space."""
    return run_key.partition(" again ")[0]


def send(delivery: Delivery, function: Callable[..., Any], args: dict[str, Any]) -> None:
    """Call the sender and keep what became of it.

    `Unsent` leaves the delivery failed, to be tried again; any other error leaves it unclear,
    since the thing may have left. Both are raised on.
    """
    try:
        reference = function(**args)
    except Unsent:
        mark(delivery, DeliveryState.FAILED)
        raise
    except BaseException:
        mark(delivery, DeliveryState.UNCLEAR)
        raise
    mark(delivery, DeliveryState.SENT, sent_at=clock.now(), reference=str(reference or "")[:200])


def mark(delivery: Delivery, state: DeliveryState, **changes: Any) -> None:
    claimed = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.CLAIMED)
    claimed.update(state=state, **changes)
