"""Coaching: the board, planning, one session for its coach and for its agent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Team
from lib.http import number_in
from lib.sentences import said
from lib.speaking import spoken
from quality.refusals import Invalid
from training import access, coaching_record, evidence, measuring
from training.actions import action_items, agenda, agenda_templates, programs
from training.actions import coaching as actions
from training.actions.assigning import local_today
from training.coaching_board import coaching_board_of
from training.forms.coaching import (
    ActionForm,
    AgendaForm,
    AnswerForm,
    MomentForm,
    NoteForm,
    PlaceForm,
    PlanForm,
    ProgramForm,
    ViewerForm,
)
from training.models import (
    ActionItem,
    AgendaItem,
    AgendaTemplate,
    CoachingProgram,
    CoachingSession,
)
from training.views.common import (
    form_page,
    must,
    page_refusals,
    pdf_answer,
    person,
    refused_by,
)

LONGEST_LIST = 12


def coaching_board(request: HttpRequest) -> HttpResponse:
    """Where sessions stand, late ones first, and what each coach carries."""
    user, at = person(request), timezone.now()
    given = request.GET.get("team", "")
    teams = Team.objects.visible_to(user)
    chosen = teams.filter(pk=given).first() if given.isdigit() else None
    context = {
        "board": coaching_board_of(user, at, team_id=chosen.pk if chosen else None),
        "teams": teams,
        "chosen": chosen,
    }
    return render(request, "training/coaching_board.html", context)


@page_refusals
def session_plan(request: HttpRequest) -> HttpResponse:
    """Plan a talk with one agent, or one with each of several."""
    user, at = person(request), timezone.now()
    tomorrow = timezone.localtime(at + timedelta(days=1))
    initial = {"starts_at": f"{tomorrow:%Y-%m-%dT10:00}", "agents": request.GET.getlist("agent")}
    people = access.coachable_people(user)
    form = PlanForm(request.POST or None, agents=people, by=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data | {"agents": list(form.cleaned_data["agents"])}
            template = given.pop("template")
            given["lines"] = template.texts if template else []
            made = actions.plan_sessions(by=user, at=at, **given)
            if len(made) == 1:
                return redirect("training:session_detail", pk=made[0].pk)
            messages.success(request, f"{len(made)} sessions are planned.")
            return redirect("training:coaching_board")
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/session_plan.html", form, {})


def session_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The coach prepares and writes; the agent reads what was shared, and answers."""
    return _page(request, visible_session(request, pk))


@require_POST
@page_refusals
def session_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Held, shared, canceled, planned anew or closed, as the pressed button says."""
    session, by, at = visible_session(request, pk), person(request), timezone.now()
    act, given = request.POST.get("act", ""), request.POST
    if act == "hold":
        actions.hold_session(session=session, by=by, at=at)
    elif act == "share":
        actions.share_session(session=session, by=by, at=at)
    elif act == "cancel":
        actions.cancel_session(session=session, reason=given.get("reason", ""), by=by, at=at)
    elif act == "close":
        decision = given.get("decision", "")
        actions.close_session(session=session, decision=decision, by=by, at=at)
    elif act == "replan":
        form = MomentForm(given)
        if not form.is_valid():
            raise Invalid("starts_at", said("Give a date and a time."))
        starts_at = form.cleaned_data["starts_at"]
        actions.replan_session(session=session, starts_at=starts_at, by=by, at=at)
    return redirect("training:session_detail", pk=pk)


@require_POST
@page_refusals
def session_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The agent acknowledges or contests."""
    session, user = visible_session(request, pk), person(request)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            actions.answer_session(
                session=session,
                is_contested=request.POST.get("act") == "contest",
                by=user,
                at=timezone.now(),
                **form.cleaned_data,
            )
            return redirect("training:session_detail", pk=pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return _page(request, session, answer=form, status=422)


# --- Agenda, notes, actions -----------------------------------------------------------------------


@require_POST
@page_refusals
def agenda_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A line of one's own, a failed criterion, a customer's answer or thanks, with its evidence."""
    session = visible_session(request, pk)
    form = AgendaForm(request.POST)
    if form.is_valid():
        try:
            agenda.add_agenda_item(
                session=session,
                text=form.cleaned_data["text"],
                criterion_key=request.POST.get("criterion_key", "")[:40],
                evaluation_ids=_numbers(request, "evaluations"),
                response_ids=_answer_ids(request),
                kudos_ids=_numbers(request, "kudos"),
                by=person(request),
                at=timezone.now(),
            )
            return redirect("training:session_detail", pk=pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return _page(request, session, line=form, status=422)


@require_POST
@page_refusals
def agenda_lay_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the lines of a template on the agenda."""
    session = visible_session(request, pk)
    template = get_object_or_404(AgendaTemplate, pk=number_in(request.POST.get("template", "")))
    agenda_templates.lay_out(
        session=session, template=template, by=person(request), at=timezone.now()
    )
    return redirect("training:session_detail", pk=pk)


@require_POST
@page_refusals
def evidence_add(request: HttpRequest, pk: int, item_id: int) -> HttpResponse:
    """Let a line rest on an interaction, on a turn of it, or on a second of its recording."""
    session, item = visible_session(request, pk), _item(pk, item_id)
    form = PlaceForm(request.POST)
    if form.is_valid():
        place = form.cleaned_data["place"]
        try:
            agenda.add_moment(
                item=item,
                interaction_id=place.interaction_id,
                turn=place.turn,
                second=place.second,
                by=person(request),
                at=timezone.now(),
            )
            return redirect("training:session_detail", pk=pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return _page(request, session, place=(item, form), status=422)


@require_POST
@page_refusals
def agenda_change(request: HttpRequest, pk: int, item_id: int) -> HttpResponse:
    """Write what came of a line, or take it off."""
    session, item = visible_session(request, pk), _item(pk, item_id)
    by, at = person(request), timezone.now()
    if request.POST.get("act") == "remove":
        agenda.remove_agenda_item(item=item, by=by, at=at)
    else:
        agenda.set_outcome(item=item, outcome=request.POST.get("outcome", ""), by=by, at=at)
    return redirect("training:session_detail", pk=session.pk)


@require_POST
@page_refusals
def note_save(request: HttpRequest, pk: int) -> HttpResponse:
    """The shared note or one's own private one; a note that changed meanwhile comes back."""
    session = visible_session(request, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return redirect("training:session_detail", pk=pk)
    try:
        actions.write_note(
            session=session, by=person(request), at=timezone.now(), **form.cleaned_data
        )
    except actions.NoteChanged as refusal:
        yours = form.cleaned_data["body"]
        stale = {"yours": yours, "theirs": refusal.theirs, "sentence": spoken(str(refusal))}
        return _page(request, session, stale=stale, status=409)
    return redirect("training:session_detail", pk=pk)


@require_POST
@page_refusals
def action_add(request: HttpRequest, pk: int, item_id: int) -> HttpResponse:
    """Agree on something measurable under a line of the agenda."""
    session, user, item = visible_session(request, pk), person(request), _item(pk, item_id)
    form = ActionForm(request.POST)
    if form.is_valid():
        given = dict(form.cleaned_data)
        owner = user if given.pop("is_mine") else session.agent
        try:
            action_items.add_action_item(
                agenda_item=item, owner=owner, by=user, at=timezone.now(), **given
            )
            return redirect("training:session_detail", pk=pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return _page(request, session, action=(item, form), status=422)


@require_POST
@page_refusals
def action_cancel(request: HttpRequest, pk: int, action_id: int) -> HttpResponse:
    visible_session(request, pk)
    rows = ActionItem.objects.select_related("session")
    action_items.cancel_action_item(
        item=get_object_or_404(rows, pk=action_id, session=pk),
        reason=request.POST.get("reason", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("training:session_detail", pk=pk)


@require_POST
@page_refusals
def session_open_to(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one more person read; the agent sees who."""
    session = visible_session(request, pk)
    form = ViewerForm(request.POST, session=session)
    if form.is_valid():
        actions.open_to(session=session, by=person(request), at=timezone.now(), **form.cleaned_data)
    return redirect("training:session_detail", pk=pk)


def session_record(request: HttpRequest, pk: int) -> HttpResponse:
    """The session as a document; private notes and other members of a group never enter it."""
    session = visible_session(request, pk)
    must(session.agent_id != person(request).pk or session.is_shown_to_agent)
    at = timezone.now()
    return pdf_answer(
        request, lambda: coaching_record.record_pdf(session, at=at), f"coaching-{session.pk}"
    )


# --- Programs -------------------------------------------------------------------------------------


@page_refusals
def program_list(request: HttpRequest) -> HttpResponse:
    """One's own programs, and a new one."""
    user, at = person(request), timezone.now()
    form = ProgramForm(request.POST or None, agents=access.coachable_people(user), by=user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"agents": list(form.cleaned_data["agents"])}
        programs.begin_program(by=user, at=at, **given)
        return redirect("training:program_list")
    rows = CoachingProgram.objects.filter(coach=user).prefetch_related("agents")
    return form_page(
        request, "training/program_list.html", form, {"programs": rows, "today": local_today(at)}
    )


@require_POST
@page_refusals
def program_end(request: HttpRequest, pk: int) -> HttpResponse:
    program = get_object_or_404(CoachingProgram, pk=pk, coach=person(request))
    programs.end_program(program=program, by=person(request), at=timezone.now())
    return redirect("training:program_list")


# --- Below the views ------------------------------------------------------------------------------


def visible_session(request: HttpRequest, pk: int) -> CoachingSession:
    rows = CoachingSession.objects.visible_to(person(request)).select_related(
        "agent", "coach", "previous_session"
    )
    return get_object_or_404(rows, pk=pk)


def _item(session_id: int, pk: int) -> AgendaItem:
    rows = AgendaItem.objects.select_related("session__agent")
    return get_object_or_404(rows, pk=pk, session=session_id)


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [number_in(one) for one in request.POST.getlist(name)]


def _answer_ids(request: HttpRequest) -> list[UUID]:
    """Ids of answers; what is none is the id of nothing."""
    found = []
    for one in request.POST.getlist("responses"):
        try:
            found.append(UUID(one))
        except ValueError:
            found.append(UUID(int=0))
    return found


def _page(
    request: HttpRequest,
    session: CoachingSession,
    *,
    answer: AnswerForm | None = None,
    action: tuple[AgendaItem, ActionForm] | None = None,
    place: tuple[AgendaItem, PlaceForm] | None = None,
    line: AgendaForm | None = None,
    stale: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    user, today = person(request), local_today(timezone.now())
    is_agent = session.agent_id == user.pk
    leads = access.may_lead(user, session)
    context: dict[str, Any] = {
        "session": session,
        "is_agent": is_agent,
        "leads": leads,
        "hidden": is_agent and not session.is_shown_to_agent,
        "stale": stale,
    }
    if context["hidden"]:
        return render(request, "training/session_detail.html", context, status=status)
    items = evidence.agenda_of(session)
    seen = evidence.shown_to(user, session, items)
    running = session.actions.select_related("agent", "owner", "scorecard", "course")
    notes = list(session.notes.select_related("author"))
    context |= {
        "agenda": [(item, seen[item.pk], _of(item, action), _of(item, place)) for item in items],
        "standings": [measuring.standing_on(item, today) for item in running],
        "shared_note": next((note for note in notes if not note.is_private), None),
        "private_note": next(
            (note for note in notes if note.is_private and note.author_id == user.pk), None
        ),
        "viewers": list(session.viewers.all()),
        "helpers": list(session.co_coaches.all()),
        "answer": answer or AnswerForm(),
        "may_decide": session.state == "contested" and not leads and not is_agent,
    }
    if leads and session.is_open_to_write:
        known = {item.criterion_key for item in items}
        context |= {
            "failures": [
                one
                for one in measuring.failed_criteria(session.agent, today)[:LONGEST_LIST]
                if one[0] not in known
            ],
            "answers": evidence.answers_offered(session, user, timezone.now(), items),
            "thanks": evidence.kudos_offered(session, user, timezone.now(), items),
            "agenda_form": line or AgendaForm(),
            "templates": AgendaTemplate.objects.active(),
            "place_form": PlaceForm(),
            "action_form": ActionForm(),
            "viewer_form": ViewerForm(session=session),
        }
    return render(request, "training/session_detail.html", context, status=status)


def _of(item: AgendaItem, failing: tuple[AgendaItem, Form] | None) -> Form | None:
    """The form with errors, if it is that of this line."""
    return failing[1] if failing and failing[0].pk == item.pk else None
