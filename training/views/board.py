"""The assignment board of trainers and supervisors, giving courses, and rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from quality.refusals import Invalid
from training import access
from training.actions import assigning as actions
from training.actions import assignment_rules as rules
from training.actions import compliance as cycles
from training.actions import paths
from training.actions.reminders import remind_now
from training.board import COURSES_A_PAGE, LETTERS, PEOPLE_A_PAGE, Board, board_of
from training.forms.assigning import AssignForm, BoardFilter, DueForm, PauseForm, RuleForm
from training.models import (
    Assignment,
    AssignmentRule,
    ClockPause,
    LearningPath,
    PathAssignment,
    Requirement,
    RequirementAssignment,
)
from training.views.common import (
    csv_answer,
    form_page,
    must,
    page_refusals,
    person,
    query_without,
    refused_by,
)

MOST_PAUSES = 200


def board(request: HttpRequest) -> HttpResponse:
    """People × courses by pages, with figures over all and what can be done about chosen cells."""
    user, at = person(request), timezone.now()
    form = BoardFilter(request.GET or None, user=user)
    shown = _board(request, form, at)
    people = Paginator(shown.people, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    courses = Paginator(shown.courses, COURSES_A_PAGE).get_page(request.GET.get("courses"))
    context = {
        "form": form,
        "people": people,
        "courses": courses,
        "rows": shown.rows(list(people), list(courses)),
        "chart": shown.chart(list(courses)),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "pages": {
            "people": query_without(request, "page"),
            "courses": query_without(request, "courses"),
        },
        "counts": [(LETTERS[state], count) for state, count in shown.counts.items()],
        "may_assign": access.may_assign(user),
        "query": request.GET.urlencode(),
        "due": DueForm(),
    }
    return render(request, "training/board.html", context)


def board_export(request: HttpRequest) -> HttpResponseBase:
    """One line for each person and course that stands on the board."""
    shown = _board(request, BoardFilter(request.GET or None, user=person(request)), timezone.now())
    rows: list[list[Any]] = [
        [who.full_name, course.title, cell.told, cell.percent, cell.due_on]
        for who, cells in shown.rows(shown.people, shown.courses)
        for course, cell in zip(shown.courses, cells, strict=True)
        if cell.state
    ]
    head = ["Person", "Course", "State", "Percent", "Due on"]
    return csv_answer("assignments", [head, *rows])


@page_refusals
def assign(request: HttpRequest) -> HttpResponse:
    """Give a course, a path or a requirement to people."""
    user = person(request)
    must(access.may_assign(user))
    form = AssignForm(
        request.POST or None,
        people=access.assignable_people(user),
        initial={"what": request.GET.get("what", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            receivers = _give(form, by=user, at=timezone.now())
            people = form.cleaned_data["people"]
            skipped = ", ".join(one.short_name for one in people if one.pk not in receivers)
            had = f" Had it already: {skipped}." if skipped else ""
            messages.success(request, f"Given to {len(receivers)} people.{had}")
            return redirect("training:board")
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/assign.html", form, {})


@require_POST
@page_refusals
def board_act(request: HttpRequest) -> HttpResponse:
    """Remind, extend, waive or withdraw for the chosen cells; says for how many it was done."""
    user, at = person(request), timezone.now()
    must(access.may_assign(user))
    ids = {int(one) for one in request.POST.getlist("assignments") if one.isdigit()}
    rows = Assignment.objects.visible_to(user).unfinished().exclude(person=user)
    chosen = list(rows.filter(pk__in=ids).select_related("person", "course"))
    act = request.POST.get("act", "")
    form = DueForm(request.POST)
    if act in ("extend", "waive", "withdraw") and not form.is_valid() and act != "withdraw":
        messages.error(request, "Give a date and a reason.")
        return redirect("training:board")
    for row in chosen:
        _act(act, row, form, by=user, at=at)
    lost = len(ids) - len(chosen)
    left_out = f", {lost} are done or not yours to change" if lost else ""
    messages.success(request, f"Done for {len(chosen)} of {len(ids)}{left_out}.")
    return redirect("training:board")


@page_refusals
def pause_add(request: HttpRequest) -> HttpResponse:
    """Days on which somebody is away: their open due dates move. Below, those that still count."""
    user, at = person(request), timezone.now()
    must(access.may_assign(user))
    form = PauseForm(request.POST or None, people=access.assignable_people(user))
    if request.method == "POST" and form.is_valid():
        try:
            actions.pause_clock(by=user, at=at, **form.cleaned_data)
            messages.success(request, "The open due dates moved.")
            return redirect("training:board")
        except Invalid as refusal:
            refused_by(form, refusal)
    running = _pauses(user).filter(ends_on__gte=actions.local_today(at))
    return form_page(request, "training/pause.html", form, {"pauses": running[:MOST_PAUSES]})


@require_POST
@page_refusals
def pause_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a pause back: the due dates move as if it had never been."""
    user = person(request)
    must(access.may_assign(user))
    pause = get_object_or_404(_pauses(user), pk=pk)
    actions.end_pause(pause=pause, by=user, at=timezone.now())
    messages.success(request, "Taken back; the open due dates moved.")
    return redirect("training:pause_add")


# --- Rules ------------------------------------------------------------------------------------


def rule_list(request: HttpRequest) -> HttpResponse:
    rows = AssignmentRule.objects.select_related("course", "team", "queue", "created_by")
    return render(request, "training/rule_list.html", {"rules": rows})


@page_refusals
def rule_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write a rule; the dry run beside it says who would gain and who would lose the course."""
    user, at = person(request), timezone.now()
    must(access.may_manage_courses(user))
    rule = None if pk is None else get_object_or_404(AssignmentRule, pk=pk)
    form = RuleForm(request.POST or None, instance=rule, user=user)
    plan = None
    if request.method == "POST" and form.is_valid():
        try:
            if "preview" not in request.POST:
                stored = None if pk is None else AssignmentRule.objects.get(pk=pk)
                rules.save_rule(rule=stored, by=user, at=at, **form.cleaned_data)
                return redirect("training:rule_list")
            tried = AssignmentRule(pk=pk, created_by=user, **form.cleaned_data)
            rules.check_queue(tried)
            plan = rules.preview_rule(tried, at)
        except Invalid as refusal:
            refused_by(form, refusal)
    elif rule is not None and not form.is_bound:
        plan = rules.preview_rule(rule, at)
    return form_page(request, "training/rule_form.html", form, {"rule": rule, "plan": plan})


@require_POST
@page_refusals
def rule_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Now instead of within the hour."""
    must(access.may_manage_courses(person(request)))
    rule = get_object_or_404(AssignmentRule, pk=pk, is_active=True)
    plan = rules.run_rule(rule=rule, at=timezone.now())
    messages.success(request, f"{len(plan.gains)} gained it, {len(plan.loses)} lost it.")
    return redirect("training:rule_list")


# --- Below the views --------------------------------------------------------------------------


def _pauses(user: User) -> QuerySet[ClockPause]:
    """Of people to whom this person may give courses."""
    people = User.objects.filter(access.assignable_people(user))
    return ClockPause.objects.filter(person__in=people.values("pk")).select_related("person")


def _give(form: AssignForm, *, by: User, at: datetime) -> set[int]:
    """Ids of the people who got what was chosen; the others had it."""
    target = form.target
    given: dict[str, Any] = {
        **{name: form.cleaned_data[name] for name in ("people", "due_on", "reason")},
        "by": by,
        "at": at,
    }
    rows: Iterable[Assignment | PathAssignment | RequirementAssignment]
    if isinstance(target, Requirement):
        rows = cycles.assign_requirement(requirement=target, **given)
    elif isinstance(target, LearningPath):
        until = form.access_until_at
        rows = paths.assign_path(path=target, access_until_at=until, **given)
    else:
        assert target is not None  # The form was valid.
        until = form.access_until_at
        rows = actions.assign_course(course=target, access_until_at=until, **given).made
    return {row.person_id for row in rows}


def _board(request: HttpRequest, form: BoardFilter, at: datetime) -> Board:
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    team, course = given.get("team"), given.get("course")
    return board_of(
        person(request),
        at,
        team_id=team.pk if team else None,
        course_id=course.pk if course else None,
        state=given.get("state", ""),
    )


def _act(act: str, row: Assignment, form: DueForm, *, by: Any, at: datetime) -> None:
    reason = form.cleaned_data.get("reason", "") if form.is_bound else ""
    if act == "remind":
        remind_now(assignment=row, by=by, at=at)
    elif act == "extend":
        actions.extend_due_date(
            assignment=row, due_on=form.cleaned_data["on"], reason=reason, by=by, at=at
        )
    elif act == "waive":
        actions.waive_assignment(
            assignment=row, until_on=form.cleaned_data["on"], reason=reason, by=by, at=at
        )
    elif act == "withdraw":
        actions.withdraw_assignment(assignment=row, reason=reason, by=by, at=at)
