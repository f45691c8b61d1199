"""The pages a customer answers on, below /s/; every one works without JavaScript and cookies.

Reading (GET, HEAD, OPTIONS) never writes an answer, a draft or an opt-out. A POST trusts the signed
field of its own form alone, so that two surveys in two tabs never mix.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from feedback import links, visiting
from feedback.actions import responses as actions
from feedback.actions.responses import (
    AlreadyAnswered,
    DraftChangedElsewhere,
    LinkOver,
    PressAgain,
)
from feedback.answering import Tampered, values_of
from feedback.links import Forged, Sheet
from feedback.models import Draft, Invitation, InvitationToken, Response
from feedback.models.survey_invitations import InvitationState
from feedback.views import respond_page as pages
from feedback.views.respond_common import (
    VISITS_PER_MINUTE,
    for_respondents,
    gone,
    may_submit,
    refuse_unknown,
    tampered,
    too_many,
)
from feedback.views.respond_page import Asked
from lib import tokens

COOKIE = "survey"
End = Callable[[HttpRequest, Asked, Sheet, dict[str, Any], datetime], HttpResponse]
WITH = (
    *("survey", "version", "program", "customer", "queue"),
    *("interaction__last_agent", "contact_point"),
)


@for_respondents
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a message: leads to the form, whose address holds no token. Three queries."""
    at = timezone.now()
    found = _by_token(token)
    if found is None:
        return refuse_unknown(request, at)
    recent = found.visits.filter(at__gt=at - timedelta(minutes=1)).count()
    if recent >= VISITS_PER_MINUTE:
        return too_many(request)
    visiting.record(request, found, "link", at=at, rating=request.GET.get("r", ""))
    if found.state == InvitationState.ANSWERED:
        return pages.thanks(request, found.survey, found.version, found.language, is_again=True)
    if not _is_open(found, at):
        return gone(request)
    carried = {name: request.GET[name] for name in ("r", "lang") if request.GET.get(name)}
    query = urlencode(carried | {"k": links.short_key(found.pk)})
    address = reverse("feedback:answer_survey", args=[found.reference])
    response = HttpResponseRedirect(f"{address}?{query}", status=303)
    response.set_cookie(
        COOKIE,
        links.cookie_value(found.pk),
        path=address,
        secure=settings.IS_PRODUCTION,
        httponly=True,
        samesite="Lax",
    )
    return response


@for_respondents
def answer_survey(request: HttpRequest, reference: str) -> HttpResponse:
    """The form of one invitation, section by section."""
    at = timezone.now()
    if request.method == "POST":
        return _posted(request, reference, at)
    found = _by_note(request, reference)
    if found is None:
        return refuse_unknown(request, at)
    if found.state == InvitationState.ANSWERED:
        return pages.thanks(request, found.survey, found.version, found.language, is_again=True)
    if not _is_open(found, at):
        return gone(request)
    visiting.record(request, found, "form", at=at)
    return _first_page(request, found, at)


@for_respondents
def trap(request: HttpRequest, reference: str) -> HttpResponse:
    """A link that nobody sees; what follows it is a machine."""
    found = _by_note(request, reference)
    if found is not None:
        visiting.record(request, found, "trap", at=timezone.now())
    return gone(request)


# --- Reading -------------------------------------------------------------------------------------


def _by_token(token: str) -> Invitation | None:
    if not tokens.is_token(token):
        return None
    rows = InvitationToken.objects.filter(token_hash=tokens.digest(token), revoked_at=None)
    found = rows.select_related("invitation__survey", "invitation__version").first()
    return found.invitation if found else None


def _by_note(request: HttpRequest, reference: str) -> Invitation | None:
    """The invitation that the page's own cookie or short key names, if it is this one."""
    for text, read in (
        (request.COOKIES.get(COOKIE, ""), links.read_cookie),
        (request.GET.get("k", ""), links.read_short_key),
    ):
        try:
            pk = read(text)
        except Forged:
            continue
        found = Invitation.objects.select_related(*WITH).filter(pk=pk, reference=reference).first()
        if found is not None:
            return found
    return None


def _is_open(found: Invitation, at: datetime) -> bool:
    is_valid = found.expires_at is not None and at < found.expires_at
    return found.state == InvitationState.SENT and found.survey.state == "live" and is_valid


def _first_page(request: HttpRequest, found: Invitation, at: datetime) -> HttpResponse:
    """The section that a kept draft stopped at, else the first one."""
    asked = Asked(found.survey, found.version, invitation=found)
    version = asked.questionnaire
    draft = None if found.survey.is_anonymous else Draft.objects.filter(invitation=found).first()
    section = draft.section if draft and version.section(draft.section) else ""
    sheet = Sheet(
        kind="i",
        pk=found.pk,
        version=found.version_id,
        nonce=secrets.token_urlsafe(16),
        rendered_at=at.timestamp(),
        section=section or (version.sections[0].code if version.sections else ""),
        counter=draft.version_counter if draft else 0,
        language=version.language(request.GET.get("lang", ""), found.language),
    )
    preset = pages.preset_of(version, request.GET.get("r", ""))
    notice = "restored" if draft and draft.answers else ""
    return pages.form(
        request, asked, sheet, draft.answers if draft else {}, preset=preset, notice=notice
    )


# --- Writing -------------------------------------------------------------------------------------


def _posted(request: HttpRequest, reference: str, at: datetime) -> HttpResponse:
    try:
        sheet = links.read_sheet(request.POST.get("f", ""))
    except Forged:
        return tampered(request)
    # Whom the wordings name is read where a page is shown again; sending needs nobody.
    rows = Invitation.objects.select_related("survey", "version")
    found = rows.filter(pk=sheet.pk, reference=reference).first()
    if sheet.kind != "i" or found is None:
        return tampered(request)
    asked = Asked(found.survey, found.version, invitation=found)
    if found.state == InvitationState.ANSWERED:
        return pages.thanks(
            request,
            found.survey,
            found.version,
            sheet.language,
            is_again=not _is_same(found, sheet),
        )
    try:
        return handle_form(request, asked, sheet, at)
    except Tampered:
        return tampered(request)
    except LinkOver:
        return gone(request)


def _is_same(found: Invitation, sheet: Sheet) -> bool:
    """Whether the answer that is stored came from this very form."""
    response = getattr(found, "response", None)
    return response is not None and response.nonce_hash == tokens.digest(sheet.nonce)


def handle_form(
    request: HttpRequest, asked: Asked, sheet: Sheet, at: datetime, *, send: End | None = None
) -> HttpResponse:
    """Take what a form sent: back, on, keep, or send. Raises Tampered, LinkOver.

    `send` ends it in another way than by submitting: a preview stores nothing.
    """
    version = asked.questionnaire
    section = version.section(sheet.section)
    if section is None:
        raise Tampered
    answers = dict(_earlier(asked, sheet))
    answers |= pages.read_section(request, section, answers, asked)
    go = request.POST.get("go", "next")
    path = pages.path_of(asked, answers)
    if go == "save":
        return _autosave(asked, sheet, answers, at)
    if go == "back":
        at_now = path.sections.index(section.code) if section.code in path.sections else 0
        target = path.sections[max(0, at_now - 1)]
        return _show(request, asked, replace(sheet, section=target), answers, at)
    faults = pages.faults_of(asked, sheet, section, answers, path)
    if faults:
        return pages.form(request, asked, sheet, answers, faults=faults, status=422)
    after = path.sections.index(section.code) + 1 if section.code in path.sections else 0
    if after < len(path.sections):
        onward = replace(sheet, section=path.sections[after])
        return _show(request, asked, onward, answers, at)
    return (send or _send)(request, asked, sheet, answers, at)


def _earlier(asked: Asked, sheet: Sheet) -> dict[str, Any]:
    """What earlier sections said: from the draft, or from the form where none is kept."""
    if not asked.keeps_draft:
        return sheet.carried
    draft = Draft.objects.filter(invitation=asked.invitation).first()
    return draft.answers if draft else {}


def _show(
    request: HttpRequest, asked: Asked, sheet: Sheet, answers: dict[str, Any], at: datetime
) -> HttpResponse:
    """Keep what was said, then show another section."""
    if not asked.keeps_draft:
        sheet = replace(sheet, carried=answers)
        if len(sheet.signed()) > links.LARGEST_CARRIED:
            raise Tampered
        return pages.form(request, asked, sheet, answers)
    assert asked.invitation is not None
    try:
        draft = actions.save_draft(
            invitation=asked.invitation,
            answers=answers,
            section=sheet.section,
            seen=sheet.counter,
            at=at,
        )
    except DraftChangedElsewhere as refusal:
        return _conflict(request, asked, sheet, answers, refusal.draft)
    return pages.form(request, asked, replace(sheet, counter=draft.version_counter), answers)


def _conflict(
    request: HttpRequest, asked: Asked, sheet: Sheet, answers: dict[str, Any], draft: Draft
) -> HttpResponse:
    """Another tab went on: show what it kept, and what this one had."""
    section = draft.section if asked.questionnaire.section(draft.section) else sheet.section
    fresh = replace(sheet, counter=draft.version_counter, section=section)
    mine = {
        code: text
        for code, text in values_of(asked.questionnaire, answers).items()
        if draft.answers.get(code) != answers.get(code)
    }
    return pages.form(request, asked, fresh, draft.answers, notice="changed", mine=mine, status=409)


def _autosave(asked: Asked, sheet: Sheet, answers: dict[str, Any], at: datetime) -> HttpResponse:
    """What the page's script keeps after input; the form gets its new note back."""
    if not asked.keeps_draft or asked.invitation is None:
        return HttpResponse(status=204)
    try:
        draft = actions.save_draft(
            invitation=asked.invitation,
            answers=answers,
            section=sheet.section,
            seen=sheet.counter,
            at=at,
        )
    except DraftChangedElsewhere:
        return HttpResponse(status=409)
    return JsonResponse({"f": replace(sheet, counter=draft.version_counter).signed()})


def _send(
    request: HttpRequest, asked: Asked, sheet: Sheet, answers: dict[str, Any], at: datetime
) -> HttpResponse:
    """Submit, or show the filled page once more where a machine might have pressed."""
    key = f"{sheet.kind}{sheet.pk}"
    response: Response | None = None
    refusal: Exception | None = None
    since = at.timestamp() - sheet.rendered_at
    with transaction.atomic():  # The try is counted and its effect stored at one go.
        if not may_submit(request, key, at):
            return too_many(request)
        if since >= pages.LEAST_SECONDS:
            try:
                response = asked.submit(_submission(request, asked, sheet, answers), at)
            except (AlreadyAnswered, LinkOver, PressAgain) as refused:
                refusal = refused
    if since < pages.LEAST_SECONDS:
        again = replace(sheet, is_quick=sheet.is_quick or since < 1, carried=answers)
        return pages.form(request, asked, again, answers, notice="once_more", status=422)
    if isinstance(refusal, LinkOver):
        raise refusal
    if isinstance(refusal, PressAgain):
        pressed = replace(sheet, pressed_at=sheet.pressed_at or at.timestamp(), carried=answers)
        return pages.form(request, asked, pressed, answers, notice="once_more", status=422)
    if isinstance(refusal, AlreadyAnswered):
        same = refusal.response is not None and (
            refusal.response.nonce_hash == tokens.digest(sheet.nonce)
        )
        return pages.thanks(request, asked.survey, asked.version, sheet.language, is_again=not same)
    return pages.thanks(
        request, asked.survey, asked.version, sheet.language, answers=answers, response=response
    )


def _submission(
    request: HttpRequest, asked: Asked, sheet: Sheet, answers: dict[str, Any]
) -> actions.Submission:
    """What the form says, with the signs that a machine sent it."""
    signals = visiting.signals_of(request, asked.invitation, asked.questionnaire.key)
    if sheet.is_quick:
        signals.add("fast_submit")
    if COOKIE not in request.COOKIES and asked.invitation is not None:
        signals.add("no_cookie")
    return actions.Submission(
        version=asked.version,
        answers=answers,
        language=sheet.language,
        nonce_hash=tokens.digest(sheet.nonce),
        rendered_at=datetime.fromtimestamp(sheet.rendered_at, UTC),
        signals=frozenset(signals),
        pressed_at=datetime.fromtimestamp(sheet.pressed_at, UTC) if sheet.pressed_at else None,
    )
