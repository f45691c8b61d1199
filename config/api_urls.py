"""Addresses of the API, below /api/v1/. Each has a line in config/permissions.yaml."""

from __future__ import annotations

from django.urls import path

from config import api_docs
from crm.api import cases, customers, interactions, records, signed, work
from feedback import recognition_api
from feedback.api import surveys
from lib.api.routers import ResourceRouter
from quality.api import disputes, draws, evaluations, scorecards, stateless
from reports import api as reports
from training.api import coaching, learning

app_name = "api"
router = ResourceRouter()

# --- Customers and interactions -----------------------------------------------------------------
router.register("customers", customers.CustomerResource, basename="customer")
router.register("contact-points", customers.ContactPointResource, basename="contact_point")
router.register("organizations", customers.OrganizationResource, basename="organization")
router.register("lookup", customers.LookupResource, basename="lookup")
router.register("transcripts", records.TranscriptResource, basename="transcript")
router.register("imports", records.ImportResource, basename="import")
router.register("exports", records.ExportResource, basename="export")
router.register("interactions", interactions.InteractionResource, basename="interaction")
router.register("cases", cases.CaseResource, basename="case")
router.register("clocks", cases.ClockResource, basename="clock")
router.register("tasks", work.TaskResource, basename="task")
router.register("promises", work.PromiseResource, basename="promise")

# --- Quality ------------------------------------------------------------------------------------
for name, noun, resource in (
    ("scorecards", "scorecard", scorecards.ScorecardResource),
    ("versions", "version", scorecards.VersionResource),
    ("evaluations", "evaluation", evaluations.EvaluationResource),
    ("disputes", "dispute", disputes.DisputeResource),
    ("draws", "draw", draws.DrawResource),
    ("calibrations", "calibration", draws.CalibrationResource),
):
    router.register(f"quality/{name}", resource, basename=f"quality_{noun}")

# --- Surveys and recognition --------------------------------------------------------------------
router.register("recognition/kudos", recognition_api.KudosResource, basename="recognition_kudos")
router.register("recognition/points", recognition_api.PointsResource, basename="recognition_points")
router.register(
    "recognition/rewards", recognition_api.RewardResource, basename="recognition_reward"
)
router.register(
    "recognition/redemptions", recognition_api.RedemptionResource, basename="recognition_redemption"
)
router.register(
    "recognition/nominations", recognition_api.NominationResource, basename="recognition_nomination"
)
router.register("recognition/badges", recognition_api.BadgeResource, basename="recognition_badge")
for name, noun, asked in (
    ("surveys", "survey", surveys.SurveyResource),
    ("versions", "version", surveys.VersionResource),
    ("invitations", "invitation", surveys.InvitationResource),
    ("responses", "response", surveys.ResponseResource),
):
    router.register(f"feedback/{name}", asked, basename=f"feedback_{noun}")

# --- Training -----------------------------------------------------------------------------------
for name, noun, taught in (
    ("courses", "course", learning.CourseResource),
    ("assignments", "assignment", learning.AssignmentResource),
    ("enrollments", "enrollment", learning.EnrollmentResource),
    ("attempts", "attempt", learning.AttemptResource),
    ("certificates", "certificate", learning.CertificateResource),
    ("proposals", "proposal", coaching.ProposalResource),
    ("coaching-sessions", "session", coaching.SessionResource),
    ("action-items", "action_item", coaching.ActionItemResource),
):
    router.register(f"training/{name}", taught, basename=f"training_{noun}")

# --- Reports ------------------------------------------------------------------------------------
router.register("kpis", reports.KpiResource, basename="kpi")
router.register("anomalies", reports.AnomalyResource, basename="anomaly")
router.register("risk", reports.RiskResource, basename="risk")
router.register("report-runs", reports.RunResource, basename="report_run")

urlpatterns = [
    *router.urls,
    path("push/<int:pk>/", signed.SignedPushView.as_view(), name="push_signed"),
    path("schema/", api_docs.schema, name="schema"),
    path("quality/score/", stateless.ScoreView.as_view(), name="quality_score"),
    path("quality/sample/", stateless.SampleView.as_view(), name="quality_sample"),
    path("quality/agreement/", stateless.AgreementView.as_view(), name="quality_agreement"),
]
