"""Open links and QR codes, opting out, what is stored, and the color of a survey."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from django.contrib.auth.hashers import check_password
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control

from feedback import links, visiting
from feedback.actions import invitations
from feedback.actions.responses import LinkOver
from feedback.answering import Tampered
from feedback.links import Forged, Sheet
from feedback.models import Collector, Invitation, Tally, VisitCount
from feedback.respond_words import WORDS
from feedback.tallies import FIELD
from feedback.views import respond_page as pages
from feedback.views.respond import handle_form
from feedback.views.respond_common import for_respondents, gone, show, tampered, too_many
from feedback.views.respond_page import Asked
from lib.speaking import words_in
from ops import limits

PIN_TRIES, PIN_SECONDS = 5, 600
COLOR = re.compile("[0-9a-f]{6}")
ABOUT_DAYS = 90


@for_respondents
def answer_open(request: HttpRequest, slug: str) -> HttpResponse:
    """The form behind an open link or a QR code; nothing of it is kept before it is sent."""
    at = timezone.now()
    collector = Collector.objects.select_related("survey").filter(slug=slug).first()
    if collector is None or not collector.is_open(at) or collector.survey.state != "live":
        return gone(request)
    version = collector.survey.published
    if version is None:
        return gone(request)
    asked = Asked(
        collector.survey,
        version,
        collector=collector,
        action=reverse("feedback:answer_open", args=[slug]),
    )
    language = version.questionnaire.language(
        request.GET.get("lang", ""), collector.survey.default_language
    )
    if request.method != "POST":
        visiting.record(request, None, "open", at=at)
        if collector.pin_hash:
            return _ask_pin(request, asked, language)
        return pages.form(request, asked, _sheet(asked, language, at), {})
    if "pin" in request.POST:
        return _with_pin(request, asked, collector, language, at)
    try:
        sheet = links.read_sheet(request.POST.get("f", ""))
        if (sheet.kind, sheet.pk) != ("c", collector.pk):
            return tampered(request)
        if sheet.version != version.pk:
            kept = collector.survey.versions.filter(pk=sheet.version).first()
            asked = replace(asked, version=kept or version)
        return handle_form(request, asked, sheet, at)
    except (Forged, Tampered):
        return tampered(request)
    except LinkOver:
        return gone(request)


def _sheet(asked: Asked, language: str, at: datetime) -> Sheet:
    assert asked.collector is not None
    return Sheet(
        kind="c",
        pk=asked.collector.pk,
        version=asked.version.pk,
        nonce=secrets.token_urlsafe(16),
        rendered_at=at.timestamp(),
        section=asked.questionnaire.sections[0].code,
        language=language,
    )


def _ask_pin(
    request: HttpRequest, asked: Asked, language: str, *, is_wrong: bool = False
) -> HttpResponse:
    context = pages.frame(asked.survey, asked.version, language) | {
        "words": words_in(language, WORDS),
        "is_wrong": is_wrong,
    }
    return show(request, "feedback/respond/pin.html", context, status=422 if is_wrong else 200)


def _with_pin(
    request: HttpRequest, asked: Asked, collector: Collector, language: str, at: datetime
) -> HttpResponse:
    """The form for whoever knows the code: five tries in ten minutes from one network."""
    network = visiting.network_name(visiting.address_of(request))
    name = f"survey-pin:{collector.pk}:{network}"
    if not limits.take(name, PIN_TRIES, Fraction(PIN_TRIES, PIN_SECONDS), at).is_allowed:
        return too_many(request)
    if not check_password(request.POST.get("pin", ""), collector.pin_hash):
        return _ask_pin(request, asked, language, is_wrong=True)
    return pages.form(request, asked, _sheet(asked, language, at), {})


@for_respondents
def opt_out(request: HttpRequest, signed: str) -> HttpResponse:
    """One button for the topic and one for everything; only pressing one does anything."""
    try:
        pk = links.read_opt_out(signed)
    except Forged:
        return gone(request)
    rows = Invitation.objects.select_related("survey", "version", "contact_point", "customer")
    found = rows.filter(pk=pk).first()
    if found is None:
        return gone(request)
    is_done = False
    if request.method == "POST":
        is_all = request.POST.get("topic") == "*"
        topic = "*" if is_all else found.survey.topic
        invitations.opt_out(invitation=found, topic=topic, at=timezone.now())
        is_done = True
    context = pages.frame(found.survey, found.version, found.language) | {
        "words": words_in(found.language, WORDS),
        "is_done": is_done,
    }
    return show(request, "feedback/respond/opt_out.html", context)


@for_respondents
def about_surveys(request: HttpRequest) -> HttpResponse:
    """What is stored and for how long, and what came of the invitations of the last 90 days."""
    since = timezone.localdate() - timedelta(days=ABOUT_DAYS)
    field = dict(
        Tally.objects.filter(question=FIELD, on_date__gte=since)
        .values_list("key")
        .annotate(total=Sum("count"))
    )
    machines = VisitCount.objects.filter(on_date__gte=since, verdict="automated")
    context = {
        "sent": sum(field.values()),
        "answers": field.get("I", 0),
        "machines": machines.aggregate(total=Sum("count"))["total"] or 0,
        "days": ABOUT_DAYS,
    }
    return show(request, "feedback/respond/about.html", context)


@cache_control(public=True, max_age=86_400)
def survey_color(request: HttpRequest, color: str) -> HttpResponse:
    """The accent of a survey as a style sheet, since pages hold no inline style."""
    if not COLOR.fullmatch(color):
        raise Http404
    return HttpResponse(
        f":root{{--accent:#{color};--on-accent:#fff;--focus:#{color}}}", content_type="text/css"
    )
