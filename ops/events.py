"""Facts that ops publishes."""

from __future__ import annotations

from dataclasses import dataclass

from lib.events import Event


@dataclass(frozen=True, kw_only=True)
class JobDied(Event):
    """A job was given up after its last attempt and waits for a person."""

    run_id: str
    job: str


@dataclass(frozen=True, kw_only=True)
class WebhookDisabled(Event):
    """An endpoint was told nothing more, since nobody listened there for five days."""

    endpoint_id: int


@dataclass(frozen=True, kw_only=True)
class BackupFinished(Event):
    """A backup was made and sealed under this name."""

    name: str
