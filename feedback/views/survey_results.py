"""Results of a survey: figures, comments, the field report, exports, the PDF report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import global_settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from accounts import access_log
from accounts.permissions import has
from feedback import automation, survey_access, survey_exports
from feedback.actions import labels, responses
from feedback.models import Response, Survey, Topic
from feedback.models.survey_responses import Driver, ResponseQuerySet
from feedback.redaction import mask_text
from feedback.survey_field import field_work
from feedback.survey_pictures import pictures_of
from feedback.survey_result_forms import ResultsForm
from feedback.survey_results import Results
from feedback.survey_slices import visible_tallies
from feedback.survey_topics import agreements
from feedback.views.common import person, visible_survey
from lib import keyset
from lib.answers import must, page_refusals
from lib.http import number_in
from lib.tabular.writing import csv_lines

AT_ONCE = 25
LANGUAGES = dict(global_settings.LANGUAGES)


def results(request: HttpRequest, code: str) -> HttpResponse:
    """The figures of a survey in a period; a fixed number of queries, whatever was answered."""
    survey = visible_survey(request, code)
    form = ResultsForm(request.GET, user=person(request), survey=survey)
    context: dict[str, Any] = {"survey": survey, "form": form, "query": request.GET.urlencode()}
    if not form.is_valid():
        return render(request, "feedback/survey_results.html", context, status=422)
    found = Results(survey, visible_tallies(person(request), survey), form.slice())
    context |= {
        "results": found,
        "pictures": pictures_of(found),
        "may_read": has(person(request), "feedback.view_comment"),
    }
    return render(request, "feedback/survey_results.html", context)


def field_report(request: HttpRequest, code: str) -> HttpResponse:
    """What became of everybody who might have been asked."""
    survey = visible_survey(request, code)
    form = ResultsForm(request.GET, user=person(request), survey=survey)
    context: dict[str, Any] = {"survey": survey, "form": form}
    if not form.is_valid():
        return render(request, "feedback/survey_field.html", context, status=422)
    piece = form.slice()
    context |= {
        "results": Results(survey, visible_tallies(person(request), survey), piece),
        "field": field_work(survey, piece.from_on, piece.until_on),
    }
    return render(request, "feedback/survey_field.html", context)


# --- Exports -------------------------------------------------------------------------------------


def survey_export(request: HttpRequest, code: str) -> HttpResponseBase:
    """One row a response or an answer, as CSV, XLSX or JSON; the last line reconciles."""
    survey = visible_survey(request, code)
    user = person(request)
    form = ResultsForm(request.GET, user=user, survey=survey)
    if not form.is_valid():
        context = {"survey": survey, "form": form}
        return render(request, "feedback/survey_results.html", context, status=422)
    found = Results(survey, visible_tallies(user, survey), form.slice())
    if found.is_hidden:
        context = {"survey": survey, "form": form, "results": found}
        return render(request, "feedback/survey_results.html", context, status=422)
    visible = Response.objects.visible_to(user).accepted().filter(survey=survey)
    rows = found.piece.narrow_responses(visible)
    shape, kind = request.GET.get("shape", "wide"), request.GET.get("as", "csv")
    lines = survey_exports.lines(survey, rows, user, is_long=shape == "long")
    name = f"{survey.code}-{timezone.localdate():%Y-%m-%d}"
    if kind == "json":
        return _file(f"{name}.json", survey_exports.as_json(lines), "application/json")
    if kind == "xlsx":
        return HttpResponse(
            survey_exports.as_xlsx(lines),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            headers={"Content-Disposition": _disposition(f"{name}.xlsx")},
        )
    return _file(f"{name}.csv", csv_lines(lines), "text/csv; charset=utf-8")


def _file(name: str, content: Iterable[Any], media_type: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": _disposition(name)}
    )


def _disposition(name: str) -> str:
    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


# --- Comments ------------------------------------------------------------------------------------


def comment_list(request: HttpRequest, code: str) -> HttpResponse:
    """What people wrote, newest first, masked; the same number of queries for 1 and 25 rows."""
    survey = visible_survey(request, code)
    user = person(request)
    rows = Response.objects.visible_to(user).accepted().filter(survey=survey).exclude(comment="")
    rows = _narrowed(rows, request.GET)
    rows = rows.for_list().prefetch_related("labels__topic")
    page = keyset.page_of(request, rows, order="-submitted_on", limit=AT_ONCE)
    previous_url, next_url = keyset.page_links(request, page)
    topics = list(Topic.objects.filter(is_active=True))
    context = {
        "survey": survey,
        "rows": [_comment(row, user) for row in page.rows],
        "topics": topics,
        "drivers": Driver.choices,
        "languages": _languages(survey),
        "chosen": request.GET,
        "agreements": agreements(survey, topics),
        "previous_url": previous_url,
        "next_url": next_url,
    }
    return render(request, "feedback/comment_list.html", context)


def _languages(survey: Survey) -> list[tuple[str, str]]:
    """What the survey was ever asked in, with names; one query."""
    codes = {code for one in survey.versions.all() for code in one.questionnaire.languages}
    return sorted((code, str(LANGUAGES.get(code, code))) for code in codes)


def _narrowed(rows: ResponseQuerySet, asked: Any) -> ResponseQuerySet:
    """By mood, driver, topic, language and review; what is not understood narrows nothing."""
    mood = {"good": True, "bad": False}.get(asked.get("mood", ""))
    if mood is not None:
        rows = rows.filter(is_satisfied=mood)
    if asked.get("driver") in Driver.values:
        rows = rows.named(asked["driver"])
    if topic := number_in(asked.get("topic", "")):
        rows = rows.filter(labels__topic=topic)
    if language := asked.get("language", ""):
        rows = rows.filter(language=language)
    return rows.filter(needs_review=True) if asked.get("review") else rows


def _comment(row: Response, user: Any) -> dict[str, Any]:
    may_know = survey_access.may_view_identity(user, row)
    invitation = row.invitation
    return {
        "row": row,
        "text": mask_text(row.comment),
        "tone": {True: "good", False: "bad", None: ""}[row.is_satisfied],
        "labels": [label for label in row.labels.all() if label.holds],
        "interaction": invitation.interaction if invitation and may_know else None,
    }


@require_POST
@page_refusals
def comment_label(request: HttpRequest, pk: Any) -> HttpResponse:
    """A person says whether a comment is about a topic."""
    row = visible_response(request, pk)
    topic = get_object_or_404(Topic, pk=number_in(request.POST.get("topic", "")))
    labels.label_comment(
        response=row,
        topic=topic,
        holds=request.POST.get("holds") != "no",
        by=person(request),
        at=timezone.now(),
    )
    return redirect("feedback:response_detail", pk=row.pk)


def response_detail(request: HttpRequest, pk: Any) -> HttpResponse:
    """One response with its answers; looking up who gave a confidential one is recorded."""
    row = visible_response(request, pk)
    user = person(request)
    may_know = survey_access.may_view_identity(user, row)
    if may_know and row.survey.anonymity == "confidential":
        access_log.note(kind="viewed_identity", record=row, by=user, at=timezone.now())
    questions = row.version.questionnaire.questions
    context = {
        "row": row,
        "answers": survey_exports.shown_answers(row, questions, masks=not _sees_all(user)),
        "history": row.history.all(),
        "changes": row.changes.select_related("by"),
        "labels": row.labels.select_related("topic", "by"),
        "topics": Topic.objects.filter(is_active=True),
        "signals": [automation.IN_WORDS[name] for name in row.automation_signals],
        "drivers": Driver.choices,
        "may_know": may_know,
        "may_decide": survey_access.may_decide_response(user, row),
        "may_relabel": has(user, "feedback.relabel_driver")
        and survey_access.may_decide_response(user, row),
    }
    return render(request, "feedback/response_detail.html", context)


def _sees_all(user: Any) -> bool:
    return has(user, "feedback.view_identity")


def visible_response(request: HttpRequest, pk: Any) -> Response:
    rows = Response.objects.visible_to(person(request)).for_list()
    return get_object_or_404(rows, pk=pk)


@require_POST
@page_refusals
def driver_relabel(request: HttpRequest, pk: Any) -> HttpResponse:
    row = visible_response(request, pk)
    must(survey_access.may_decide_response(person(request), row))
    responses.relabel_driver(
        response=row,
        driver=request.POST.get("driver", ""),
        reason=request.POST.get("reason", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("feedback:response_detail", pk=row.pk)


# --- Quarantine ----------------------------------------------------------------------------------


def quarantine_list(request: HttpRequest) -> HttpResponse:
    """What looks like a machine's: kept apart, or accepted and shown for review."""
    user = person(request)
    is_review = request.GET.get("tab") == "review"
    rows = Response.objects.visible_to(user)
    rows = rows.to_review() if is_review else rows.quarantined()
    page = keyset.page_of(request, rows.for_list(), order="-submitted_on", limit=AT_ONCE)
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "is_review": is_review,
        "rows": [
            (row, [automation.IN_WORDS[name] for name in row.automation_signals])
            for row in page.rows
        ],
        "false_alarms": survey_exports.false_alarms(Response.objects.visible_to(user)),
        "previous_url": previous_url,
        "next_url": next_url,
    }
    return render(request, "feedback/quarantine_list.html", context)


@require_POST
@page_refusals
def response_decide(request: HttpRequest, pk: Any) -> HttpResponse:
    """Release, reject or take back into quarantine, with a reason."""
    row = visible_response(request, pk)
    must(survey_access.may_decide_response(person(request), row))
    verbs = {
        "release": responses.release_response,
        "reject": responses.reject_response,
        "quarantine": responses.quarantine_response,
    }
    verb = verbs[request.POST.get("act", "release")] if request.POST.get("act") in verbs else None
    must(verb is not None)
    assert verb is not None
    verb(response=row, reason=request.POST.get("reason", ""), by=person(request), at=timezone.now())
    return redirect("feedback:response_detail", pk=row.pk)
