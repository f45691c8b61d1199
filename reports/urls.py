"""Addresses of dashboards and reports."""

from __future__ import annotations

from django.urls import path

from reports.views import (
    anomalies,
    boards,
    definitions,
    executive,
    numbers,
    operations,
    people,
    quality,
    risk,
    runs,
    today,
)

app_name = "reports"
urlpatterns = [
    path("reports/operations/", operations.operations, name="operations"),
    path("reports/operations/export.csv", operations.operations_export, name="operations_export"),
    path("reports/today/", today.today, name="today"),
    path("reports/number/", numbers.number_page, name="number"),
    path("reports/number/export.csv", numbers.number_export, name="number_export"),
    path("reports/difference/", numbers.difference, name="difference"),
    path("reports/kpis/", definitions.definition_list, name="definition_list"),
    path("reports/kpis/self-test/", definitions.self_test, name="self_test"),
    path("reports/kpis/<slug:slug>/", definitions.definition_detail, name="definition_detail"),
    path("reports/quality/", quality.quality, name="quality"),
    path("reports/quality/pairs/", quality.verdict_pairs, name="verdict_pairs"),
    path("reports/voice/", boards.voice, name="voice"),
    path("reports/training/", boards.training, name="training"),
    path("reports/recognition/", boards.recognition, name="recognition"),
    path("reports/quality/export.csv", quality.quality_export, name="quality_export"),
    *(
        path(f"reports/{name}/export.csv", boards.board_export, {"name": name}, f"{name}_export")
        for name in boards.BOARDS
    ),
    path("reports/executive/", executive.executive, name="executive"),
    path("reports/me/", people.own_scorecard, name="own_scorecard"),
    path("reports/agents/", people.agent_list, name="agent_list"),
    path("reports/agents/<int:pk>/", people.agent_scorecard, name="agent_scorecard"),
    path("reports/agents/<int:pk>/sides/", people.agent_sides, name="agent_sides"),
    path("reports/runs/", runs.run_list, name="run_list"),
    path("reports/runs/order/", runs.order, name="run_order"),
    path("reports/runs/<int:pk>/", runs.run_detail, name="run_detail"),
    path("reports/runs/<int:pk>/archive.zip", runs.run_archive, name="run_archive"),
    path("reports/runs/<int:pk>/cancel/", runs.run_cancel, name="run_cancel"),
    path("reports/runs/<int:pk>/retry/", runs.run_retry, name="run_retry"),
    path("reports/schedules/", runs.schedule_list, name="schedule_list"),
    path("reports/schedules/new/", runs.schedule_edit, name="schedule_new"),
    path("reports/schedules/<int:pk>/", runs.schedule_edit, name="schedule_edit"),
    path("reports/schedules/<int:pk>/switch/", runs.schedule_switch, name="schedule_switch"),
    path("reports/anomalies/", anomalies.anomaly_list, name="anomaly_list"),
    path("reports/anomalies/<int:pk>/", anomalies.anomaly_detail, name="anomaly_detail"),
    path("reports/risk/", risk.risk_list, name="risk_list"),
    path("reports/risk/panel/<int:customer_id>/", risk.risk_panel, name="risk_panel"),
    path("reports/data-quality/", definitions.data_quality_page, name="data_quality"),
]
