"""Recognition as PDF."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from feedback import recognition_reports as reports
from feedback.models import Budget
from feedback.views.grants import seen_teams
from feedback.views.recognition_common import pdf_response, person


def points_paper(request: HttpRequest) -> HttpResponse:
    """One's own statement of the month."""
    at = timezone.now()
    return _answer(reports.statement_html(person(request), at=at), "recognition-statement", at)


def liability_paper(request: HttpRequest) -> HttpResponse:
    """Budgets and liability of the teams one supervises."""
    budgets, at = Budget.objects.visible_to(person(request)), timezone.now()
    html = reports.liability_html(seen_teams(request), budgets, at=at)
    return _answer(html, "points-liability", at)


def fair_play_paper(request: HttpRequest) -> HttpResponse:
    """Hints, decisions and equity of 90 days, without names."""
    at = timezone.now()
    return _answer(reports.fair_play_html(at=at), "fair-play", at)


def _answer(html: str, name: str, at: datetime) -> HttpResponse:
    return pdf_response(reports.paper(html, at=at), name)
