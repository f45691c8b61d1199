"""What each job of reports finds, and the ids it is given."""

from __future__ import annotations

from typing import Any

from tests.factories.accounts import UserFactory
from tests.factories.reports import FactDayFactory, ReportRunFactory
from tests.ops.job_samples import sample


@sample("reports.refresh_facts")
@sample("reports.check_rollups")
@sample("reports.close_windows")
@sample("reports.sweep_changes")
def stale_day() -> dict[str, Any]:
    FactDayFactory()
    return {}


@sample("reports.judge_anomalies")
@sample("reports.score_risk")
@sample("reports.run_due_schedules")
@sample("reports.expire_files")
def nothing_due() -> dict[str, Any]:
    return {}


@sample("reports.make_run")
def ordered_run() -> dict[str, Any]:
    return {"run_id": ReportRunFactory(requested_by=UserFactory(roles=["admin"])).pk}
