"""One case: its thread, clocks and tasks; what is said about it; why it is late."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from accounts.permissions import has
from crm import access, custom_fields, policies
from crm.actions import case_links, case_messages, macros
from crm.actions import clocks as clock_actions
from crm.case_thread import thread_of
from crm.clock_pictures import clock_bar
from crm.clock_story import Story, story_of, what_if
from crm.forms.cases import LinkForm, MergeForm, MessageForm, NoteForm, SplitForm, WhatIfForm
from crm.models import (
    CannedReply,
    Case,
    CustomFieldDefinition,
    Interaction,
    Macro,
    SlaClock,
    SlaPolicy,
)
from crm.models.custom_fields import Target
from crm.models.transcripts import Speaker
from crm.policy_names import names_of
from crm.views.cases import moves_of, visible_case
from crm.views.common import page, person, shown_panels
from lib.answers import must, page_refusals
from lib.refusals import Invalid, Refused
from lib.sentences import one_of
from lib.speaking import spoken

DETAIL = "crm/case_detail.html"
CLOCKS = "crm/case_clocks.html"


def case_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One case, with everything that was said and done."""
    user = person(request)
    case = visible_case(user, pk)
    return page(request, DETAIL, _context(request, case, user))


@page_refusals
def case_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a message of ours or of the customer into the conversation."""
    user, at = person(request), timezone.now()
    case = _changeable(request, pk)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _again(request, case, {"message_form": form})
    told = form.cleaned_data
    reply_pk = told.pop("reply")
    try:
        got = case_messages.record_message(case=case, by=user, at=at, **told)
    except Invalid as refusal:
        form.add_error("body", str(refusal))
        return _again(request, case, {"message_form": form})
    used = CannedReply.objects.visible_to(user).filter(pk=reply_pk).first() if reply_pk else None
    if used is not None and told["speaker"] == Speaker.AGENT:
        macros.note_use(reply=used, at=at)
    return redirect(got)


@page_refusals
def case_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write an internal note."""
    user = person(request)
    case = visible_case(user, pk)
    must(access.may_change_case(user, case))
    form = NoteForm(request.POST, user=user)
    if not form.is_valid():
        return _again(request, case, {"note_form": form})
    mention = form.cleaned_data["mention"]
    case_messages.write_note(
        case=case,
        body=form.cleaned_data["body"],
        mentions=[mention] if mention else [],
        by=user,
        at=timezone.now(),
    )
    return redirect(case)


@page_refusals
def case_pin(request: HttpRequest, pk: int, note_pk: int) -> HttpResponse:
    """Keep a note on top, or let it go."""
    user = person(request)
    case = _changeable(request, pk)
    note = get_object_or_404(case.notes, pk=note_pk)
    case_messages.pin_note(note=note, is_pinned=not note.is_pinned, by=user, at=timezone.now())
    return redirect(case)


@page_refusals
def case_macro(request: HttpRequest, pk: int) -> HttpResponse:
    """Do the steps of a macro, all of them or none."""
    user = person(request)
    case = _changeable(request, pk)
    macro = get_object_or_404(
        Macro.objects.visible_to(user).in_use(), pk=request.POST.get("macro") or 0
    )
    macros.run_macro(macro=macro, case=case, by=user, at=timezone.now())
    return redirect(case)


@page_refusals
def case_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an interaction to the case."""
    user = person(request)
    case = _changeable(request, pk)
    form = LinkForm(request.POST, user=user)
    if form.is_valid():
        try:
            case_links.link_interaction(case=case, by=user, at=timezone.now(), **form.cleaned_data)
            return redirect(case)
        except Invalid as refusal:
            form.add_error("reason", str(refusal))
    return _again(request, case, {"link_form": form})


@page_refusals
def case_unlink(request: HttpRequest, pk: int, interaction_pk: int) -> HttpResponse:
    user = person(request)
    case = _changeable(request, pk)
    rows = Interaction.objects.visible_to(user)
    interaction = get_object_or_404(rows, pk=interaction_pk)
    case_links.unlink_interaction(case=case, interaction=interaction, by=user, at=timezone.now())
    return redirect(case)


def case_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with two cases as one."""
    user = person(request)
    case = _changeable(request, pk)
    form = MergeForm(request.POST or None, user=user)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            winner = case_links.merge_cases(
                case=case, by=user, at=timezone.now(), **form.cleaned_data
            )
            return redirect(winner)
        except Refused as refusal:
            field = getattr(refusal, "field", "")
            form.add_error(field if field in form.fields else None, spoken(str(refusal)))
            status = refusal.status
    context = {
        "form": form,
        "case": case,
        "title": _("Merge {reference}").format(reference=case.reference),
        "button": _("Merge"),
    }
    return page(request, "crm/case_act.html", context | _trail(case), status=status)


def case_split(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a case of its own of some interactions."""
    user = person(request)
    case = _changeable(request, pk)
    rows = Interaction.objects.visible_to(user).filter(cases=case)
    form = SplitForm(request.POST or None, rows=rows)
    if request.method == "POST" and form.is_valid():
        made = case_links.split_case(case=case, by=user, at=timezone.now(), **form.cleaned_data)
        return redirect(made)
    context = {
        "form": form,
        "case": case,
        "title": _("Split {reference}").format(reference=case.reference),
        "button": pgettext("act", "Split"),
    }
    status = 422 if form.is_bound else 200
    return page(request, "crm/case_act.html", context | _trail(case), status=status)


def case_clocks(request: HttpRequest, pk: int) -> HttpResponse:
    """Why is this late: each clock step by step, and what other terms would have made of it."""
    user = person(request)
    case = visible_case(user, pk)
    stories = stories_of(case)
    form = WhatIfForm(request.GET if "hours" in request.GET else None)
    context = {
        "case": case,
        "clocks": [(story, _bar(story), _imagined(story, form)) for story in stories],
        "form": form,
        "excusable": [
            story.clock.pk for story in stories if access.may_excuse_breach(user, story.clock)
        ],
        "tried": [
            (one, one_of([rule.in_words(names_of(one.failing)) for rule in one.failing]))
            for one in policies.tried(case, SlaPolicy.objects.in_order())
        ],
    }
    return page(request, CLOCKS, context | _trail(case))


@page_refusals
def case_excuse(request: HttpRequest, pk: int, clock_pk: int) -> HttpResponse:
    """Say why a missed target does not count."""
    user = person(request)
    case = visible_case(user, pk)
    clock = get_object_or_404(
        SlaClock.objects.select_related("case__status"), pk=clock_pk, case=case
    )
    must(access.may_excuse_breach(user, clock))
    clock_actions.excuse_breach(
        clock=clock, reason=request.POST.get("reason", ""), by=user, at=timezone.now()
    )
    return redirect("crm:case_clocks", pk=pk)


# --- Below the views ------------------------------------------------------------------------------


def stories_of(case: Case) -> list[Story]:
    """The clocks of a case as they stand now, unfinished ones first; two queries."""
    now = timezone.now()
    rows = case.clocks.select_related("excused_by", "case").prefetch_related(
        "events__calendar_version"
    )
    stories = [story_of(clock, list(clock.events.all()), now) for clock in rows]
    return sorted(stories, key=lambda story: (not story.clock.is_unfinished, -story.clock.pk))


def _bar(story: Story) -> Any:
    return clock_bar(story, timezone.now())


def _imagined(story: Story, form: WhatIfForm) -> dict[str, Any] | None:
    """The clock under the terms of the form, if there are any."""
    if not form.is_valid():
        return None
    calendar = form.cleaned_data["calendar"]
    target_seconds = int(form.cleaned_data["hours"] * 3600)
    state = what_if(
        list(story.clock.events.all()),
        calendar.hours if calendar else None,
        target_seconds,
        timezone.now(),
    )
    return {"state": state, "calendar": calendar, "target_seconds": target_seconds}


def _changeable(request: HttpRequest, pk: int) -> Case:
    user = person(request)
    case = visible_case(user, pk)
    must(access.may_change_case(user, case))
    return case


def _again(request: HttpRequest, case: Case, forms: dict[str, Any]) -> HttpResponse:
    """The page with the form that could not be used, and what was typed into it."""
    context = _context(request, case, person(request)) | forms
    return page(request, DETAIL, context, status=422)


def _trail(case: Case) -> dict[str, Any]:
    return {
        "trail": [(_("Cases"), reverse("crm:case_list")), (case.reference, case.get_absolute_url())]
    }


def _context(request: HttpRequest, case: Case, user: User) -> dict[str, Any]:
    may_change = access.may_change_case(user, case) and case.merged_into_id is None
    thread = thread_of(case, user)
    replies = CannedReply.objects.visible_to(user).in_use() if may_change else []
    return {
        "case": case,
        "trail": [(_("Cases"), reverse("crm:case_list"))],
        "thread": thread,
        "pinned": [entry for entry in thread if entry.is_pinned],
        "clocks": [(story, _bar(story)) for story in stories_of(case)],
        "tasks": list(case.tasks.select_related("assignee", "team")),
        "promises": list(case.promises.select_related("made_by")),
        "watchers": list(case.watchers.select_related("user")),
        "follow_ups": list(case.follow_ups.all()),
        "moves": moves_of(case, user),
        "may_change": may_change,
        "may_open_work": has(user, "crm.change_task"),
        "tags": list(case.tags.all()),
        "is_watching": case.watchers.filter(user=user).exists(),
        "message_form": MessageForm(initial={"channel": _channel(case), "speaker": "agent"}),
        "note_form": NoteForm(user=user),
        "link_form": LinkForm(user=user),
        "macros": list(Macro.objects.visible_to(user).in_use()) if may_change else [],
        "replies": [(reply, macros.filled(reply, case, user)) for reply in replies],
        "own_values": custom_fields.told(
            CustomFieldDefinition.objects.of(Target.CASE), case.custom
        ),
        "panels": shown_panels("case.side", user),
        "at": timezone.now(),
    }


def _channel(case: Case) -> str:
    return case.channel if case.channel in case_messages.WRITTEN_CHANNELS else "email"
