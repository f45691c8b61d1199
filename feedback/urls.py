"""Addresses of surveys and recognition; the pages of respondents live below /s/."""

from __future__ import annotations

from django.urls import URLPattern

from feedback.recognition_urls import urlpatterns as recognition_urls
from feedback.survey_urls import urlpatterns as survey_urls

app_name = "feedback"
urlpatterns: list[URLPattern] = [*recognition_urls, *survey_urls]
