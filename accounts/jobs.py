"""The jobs of people and the audit trail."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from typing import Any

from django.utils import timezone

from accounts import sealing, verification
from ops.jobs import Step, job

logger = logging.getLogger(__name__)


class ChainBroken(Exception):
    """The audit trail was tampered with, or a fault of ours looks like it."""


@job("accounts.seal_audit", style="steps")
def seal_audit(cursor: dict[str, Any]) -> Iterator[Step]:
    """Chain what was committed since the last minute."""
    sealed = cursor.get("sealed", 0)
    while count := sealing.seal_chunk(at=timezone.now()):
        sealed += count
        yield Step({"sealed": sealed}, text=f"{sealed} entries sealed")


@job("accounts.anchor_audit")
def anchor_audit() -> dict[str, Any]:
    """Seal today's head with the audit key."""
    now = timezone.now()
    made = sealing.anchor(on_date=timezone.localdate(now), at=now)
    return {"sequence": made.sequence, "head": made.head}


@job("accounts.verify_audit", queue="slow", style="steps")
def verify_audit(cursor: dict[str, Any]) -> Generator[Step, verification.Verification, None]:
    """Walk the whole chain, outside any transaction; a broken one ends as a dead job."""
    found = yield Step(
        {"walked": True},
        text="Walking the chain",
        outside=lambda: verification.verify(now=timezone.now()),
    )
    for sequence, text in found.faults[:20]:
        logger.error("audit_chain_broken %s: %s", sequence, text)
    if found.faults:
        raise ChainBroken(f"The first bad entry is {found.first_bad}.")
    yield Step({"walked": True}, percent=100, text=f"Verified to {found.last}")
