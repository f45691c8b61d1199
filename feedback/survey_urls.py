"""Addresses of surveys."""

from __future__ import annotations

from django.urls import URLPattern, path

from feedback.views import (
    respond,
    respond_open,
    survey_alerts,
    survey_builder,
    survey_mine,
    survey_papers,
    survey_recipients,
    survey_results,
    surveys,
)
from feedback.views import survey_programs as pages

SURVEY = "feedback/surveys/<slug:code>/"
PROGRAM = "feedback/programs/<int:pk>/"
urlpatterns: list[URLPattern] = [
    # Surveys.
    path("feedback/surveys/", surveys.survey_list, name="survey_list"),
    path("feedback/surveys/new/", surveys.survey_create, name="survey_create"),
    path(SURVEY, surveys.survey_detail, name="survey_detail"),
    path(f"{SURVEY}state/", surveys.survey_state, name="survey_state"),
    path(f"{SURVEY}links/", surveys.collector_open, name="collector_open"),
    path(f"{SURVEY}links/<int:pk>/close/", surveys.collector_close, name="collector_close"),
    path(f"{SURVEY}links/<int:pk>/code/", surveys.collector_code, name="collector_code"),
    path(f"{SURVEY}remarks/", surveys.survey_annotate, name="survey_annotate"),
    path(f"{SURVEY}edit/", survey_builder.survey_edit, name="survey_edit"),
    path(f"{SURVEY}edit/change/", survey_builder.survey_change, name="survey_change"),
    path(f"{SURVEY}edit/publish/", survey_builder.survey_publish, name="survey_publish"),
    path(f"{SURVEY}translate/", survey_builder.survey_translate, name="survey_translate"),
    path(f"{SURVEY}preview/", survey_builder.survey_preview_frame, name="survey_preview_frame"),
    path(f"{SURVEY}preview/page/", survey_builder.survey_preview, name="survey_preview"),
    # Results.
    path(f"{SURVEY}results/", survey_results.results, name="survey_results"),
    path(f"{SURVEY}results/export/", survey_results.survey_export, name="survey_export"),
    path(f"{SURVEY}results/report/", survey_papers.survey_report, name="survey_report"),
    path(f"{SURVEY}field/", survey_results.field_report, name="field_report"),
    path(f"{SURVEY}comments/", survey_results.comment_list, name="comment_list"),
    path("feedback/responses/<uuid:pk>/", survey_results.response_detail, name="response_detail"),
    path("feedback/responses/<uuid:pk>/label/", survey_results.comment_label, name="comment_label"),
    path(
        "feedback/responses/<uuid:pk>/relabel/",
        survey_results.driver_relabel,
        name="driver_relabel",
    ),
    path(
        "feedback/responses/<uuid:pk>/decide/",
        survey_results.response_decide,
        name="response_decide",
    ),
    path("feedback/quarantine/", survey_results.quarantine_list, name="quarantine_list"),
    path("feedback/mine/", survey_mine.my_feedback, name="my_feedback"),
    path(
        "feedback/interactions/<int:pk>/panel/",
        survey_mine.interaction_feedback,
        name="interaction_feedback",
    ),
    # Programs.
    path("feedback/programs/", pages.survey_program_list, name="survey_program_list"),
    path("feedback/programs/new/", pages.survey_program_create, name="survey_program_create"),
    path("feedback/programs/<int:pk>/", pages.survey_program_detail, name="survey_program_detail"),
    path("feedback/programs/<int:pk>/edit/", pages.survey_program_edit, name="survey_program_edit"),
    path(
        "feedback/programs/<int:pk>/state/",
        pages.survey_program_state,
        name="survey_program_state",
    ),
    path(
        "feedback/programs/<int:pk>/proof/", survey_papers.selection_proof, name="selection_proof"
    ),
    path(f"{PROGRAM}recipients/", survey_recipients.recipient_list, name="recipient_list"),
    path("feedback/programs/<int:pk>/rules/", pages.rule_add, name="rule_add"),
    path(
        "feedback/programs/<int:pk>/rules/<int:rule_id>/remove/",
        pages.rule_remove,
        name="rule_remove",
    ),
    path("feedback/decisions/", pages.decision_list, name="decision_list"),
    # Alerts.
    path("feedback/alerts/", survey_alerts.alert_list, name="alert_list"),
    path("feedback/alerts/<int:pk>/", survey_alerts.alert_detail, name="alert_detail"),
    path("feedback/alerts/<int:pk>/act/", survey_alerts.alert_act, name="alert_act"),
    path("feedback/recoveries/", survey_alerts.recovery_list, name="recovery_list"),
    path(
        "feedback/recoveries/<int:pk>/sheet/", survey_papers.recovery_sheet, name="recovery_sheet"
    ),
    # Respondents; what has a fixed beginning before the token, which any word could be.
    path("s/about/", respond_open.about_surveys, name="about_surveys"),
    path("s/color/<slug:color>.css", respond_open.survey_color, name="survey_color"),
    path("s/o/<slug:slug>/", respond_open.answer_open, name="answer_open"),
    path("s/u/<str:signed>/", respond_open.opt_out, name="opt_out"),
    path("s/f/<slug:reference>/", respond.answer_survey, name="answer_survey"),
    path("s/f/<slug:reference>/more/", respond.trap, name="survey_trap"),
    path("s/<str:token>", respond.open_link, name="open_link"),
]
