"""What surveys do in the background."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from feedback import sending
from feedback.actions import alerts, asking, invitations, keeping, surveys
from ops.jobs import job


@job("feedback.decide")
def decide() -> dict[str, Any]:
    """Let every live program decide about what has ended."""
    return dict(asking.decide_due(at=timezone.now()))


@job("feedback.send_due")
def send_due() -> dict[str, Any]:
    """Put the invitations whose moment has come in line."""
    return {"queued": invitations.send_due(at=timezone.now())}


@job("feedback.send_invitation", style="deliver", delivers="survey")
def send_invitation(*, invitation_id: int, purpose: str) -> str:
    """Send one message; at most once for each invitation and purpose."""
    return sending.send_invitation(invitation_id=invitation_id, purpose=purpose, at=timezone.now())


@job("feedback.send_reminders")
def send_reminders() -> dict[str, Any]:
    """Remind those who have not answered."""
    return {"reminders": invitations.remind_due(at=timezone.now())}


@job("feedback.expire_invitations")
def expire_invitations() -> dict[str, Any]:
    """End what is past its last valid day."""
    return {"expired": invitations.expire_due(at=timezone.now())}


@job("feedback.close_surveys")
def close_surveys() -> dict[str, Any]:
    """Close the surveys whose end has come."""
    return {"closed": surveys.close_due(at=timezone.now())}


@job("feedback.measure_recoveries")
def measure_recoveries() -> dict[str, Any]:
    """Compare what customers say after a recovery with what they said before."""
    return {"measured": alerts.measure_due(at=timezone.now())}


@job("feedback.apply_retention", queue="slow")
def apply_retention() -> dict[str, Any]:
    """Empty the texts of old answers, forget old visits and files that no answer has."""
    now = timezone.now()
    return {
        "emptied": keeping.apply_retention(at=now),
        "visits": keeping.purge_visits(at=now),
        "files": keeping.purge_files(at=now),
    }


@job("feedback.check_tallies", queue="slow")
def check_tallies() -> dict[str, Any]:
    """Compare the counts of every survey with its answers; a difference fails the job."""
    return {"cells": keeping.check_tallies()}
