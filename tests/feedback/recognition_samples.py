"""What each job of recognition finds, and the ids it is given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from feedback.actions import kudos
from tests.factories.recognition import (
    BadgeRuleFactory,
    GrantRequestFactory,
    LeaderboardFactory,
    RecognitionFactFactory,
    RewardFactory,
)
from tests.feedback.recognition_worlds import Crew
from tests.ops.job_samples import sample


def nothing() -> dict[str, Any]:
    Crew().thank(points=5, at=timezone.now() - timedelta(days=1))
    return {}


for name in (
    *("issue_allowances", "month_end", "check_ledger", "give_milestones", "tell_digests"),
    *("scan_fair_play", "fold_all"),
):
    sample(f"feedback.{name}")(nothing)


@sample("feedback.fold_facts")
def facts_to_fold() -> dict[str, Any]:
    BadgeRuleFactory(k=1)
    return {"agent_id": RecognitionFactFactory().agent_id}


@sample("feedback.snapshot_boards")
def board_to_keep() -> dict[str, Any]:
    LeaderboardFactory()
    RecognitionFactFactory(occurred_at=timezone.now() - timedelta(days=2))
    return {}


@sample("feedback.tell_recipients")
def thanks_to_tell() -> dict[str, Any]:
    return {"kudos_id": Crew().thank().pk}


@sample("feedback.tell_report")
def report_to_tell() -> dict[str, Any]:
    crew = Crew()
    given, at = crew.thank(), timezone.now()
    report = kudos.report_kudos(kudos=given, reason="This is meant badly.", by=crew.cid, at=at)
    return {"report_id": report.pk}


@sample("feedback.tell_grant")
def grant_to_tell() -> dict[str, Any]:
    grant = GrantRequestFactory()
    grant.recipients.add(Crew().ann)
    return {"grant_id": grant.pk}


@sample("feedback.warn_budget")
def budget_to_warn_of() -> dict[str, Any]:
    return {"budget_id": Crew().budget().pk}


@sample("feedback.warn_stock")
def stock_to_warn_of() -> dict[str, Any]:
    Crew()
    return {"reward_id": RewardFactory(stock=2).pk}
