"""The jobs that ops does for itself."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from lib import events
from ops import actions, facts, integrity, mail, planner, retention, stray_files, webhook_sending
from ops.backup import making
from ops.events import BackupFinished
from ops.jobs import Step, job

logger = logging.getLogger(__name__)


@job("ops.canary")
def canary() -> None:
    """Show each minute that the default queue gets work done."""


@job("ops.canary_slow", queue="slow")
def canary_slow() -> None:
    """Show each minute that the slow queue gets work done."""


@job("ops.handle_event")
def handle_event(*, event_id: str, handler: str) -> None:
    facts.handle(event_id, handler)


@job("ops.send_mail", style="deliver", delivers="mail")
def send_mail(*, letter: str, **ids: Any) -> str:
    return mail.deliver(letter, ids)


@job("ops.deliver_webhook", style="steps")
def deliver_webhook(cursor: dict[str, Any], *, attempt_id: int) -> Generator[Step, Any, Any]:
    """Tell one endpoint one message; after a crash it may be told again, with the same id."""
    attempt = webhook_sending.due(attempt_id)
    if attempt is None:
        return {"status": None}
    outcome = yield Step({"sent": True}, outside=partial(webhook_sending.send, attempt))
    return webhook_sending.note(attempt, outcome)


@job("ops.settle_deliveries")
def settle_deliveries() -> dict[str, Any]:
    """Show deliveries that nobody has heard of to a person."""
    return {"unclear": actions.mark_silent_deliveries()}


@job("ops.purge", style="steps")
def purge(cursor: dict[str, Any]) -> Iterator[Step]:
    """Remove what has been kept long enough."""
    removed = cursor.get("removed", 0)
    for count in retention.remove_outdated():
        removed += count
        yield Step({"removed": removed}, text=f"{removed} rows removed")


@job("ops.renew_statistics")
def renew_statistics() -> dict[str, Any]:
    """Tell the database's planner how large its tables have become."""
    return {"renewed": planner.renew_statistics()}


@job("ops.check_integrity", queue="slow", style="steps")
def check_integrity(cursor: dict[str, Any]) -> Generator[Step, Any, None]:
    """Ask every rule of the database, outside any transaction; findings end as a dead job."""
    found = yield Step({"asked": True}, outside=lambda: list(integrity.check()))
    for one in found[:20]:
        logger.error("integrity_finding %s %s %s %s", one.rule, one.table, one.pk, one.text)
    if found:
        raise integrity.Damaged(found)


@job("ops.backup", queue="slow", style="steps")
def backup(cursor: dict[str, Any]) -> Generator[Step, Any, dict[str, Any]]:
    """Make the nightly backup and remove old ones."""
    folder = Path(settings.BACKUP_DIR)
    made = yield Step({"begun": True}, outside=lambda: making.make(folder, with_media=False))
    making.rotate(folder, timezone.now())
    events.publish(BackupFinished(name=made.name, at=timezone.now(), by_id=None))
    return {"name": made.name}


@job("ops.sweep_files", queue="slow", style="steps")
def sweep_files(cursor: dict[str, Any]) -> Iterator[Step]:
    """Remove files that no row knows, and report rows whose file is gone."""
    for folder, text in stray_files.sweep(after=cursor.get("folder", "")):
        yield Step({"folder": folder}, text=text)
