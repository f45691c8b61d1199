from __future__ import annotations

from django.urls import path

from ops import csp_reports, metrics, problem_pages, status_views, views, webhook_views

app_name = "ops"
urlpatterns = [
    path("jobs/<uuid:pk>/", views.job_progress, name="job_progress"),
    path("files/<uuid:pk>/", views.file_content, name="file_content"),
    path("settings/webhooks/", webhook_views.webhook_list, name="webhook_list"),
    path("settings/webhooks/new/", webhook_views.webhook_new, name="webhook_new"),
    path("settings/webhooks/<int:pk>/", webhook_views.webhook_detail, name="webhook_detail"),
    path("settings/webhooks/<int:pk>/change/", webhook_views.webhook_change, name="webhook_change"),
    path("settings/webhooks/<int:pk>/rotate/", webhook_views.webhook_rotate, name="webhook_rotate"),
    path("settings/webhooks/<int:pk>/pause/", webhook_views.webhook_pause, name="webhook_pause"),
    path("settings/webhooks/<int:pk>/resume/", webhook_views.webhook_resume, name="webhook_resume"),
    path("settings/webhooks/<int:pk>/test/", webhook_views.webhook_test, name="webhook_test"),
    path(
        "settings/webhooks/<int:pk>/attempts/<int:attempt_pk>/resend/",
        webhook_views.webhook_resend,
        name="webhook_resend",
    ),
    path("problems/", problem_pages.problem_list, name="problem_list"),
    path("problems/<slug:slug>/", problem_pages.problem_detail, name="problem_detail"),
    path("status/", status_views.status_page, name="status"),
    path(
        "status/deliveries/<int:pk>/settle/",
        status_views.delivery_settle,
        name="delivery_settle",
    ),
    path("csp-report/", csp_reports.csp_report, name="csp_report"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("readyz", views.readyz, name="readyz"),
]
