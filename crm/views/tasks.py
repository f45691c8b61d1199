"""Tasks: what is mine, what waits in my teams, what is overdue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from crm import saved_pages
from crm.actions import tasks as actions
from crm.forms.work import NewTaskForm, TaskForm
from crm.models import Task
from crm.models.work import TaskState
from crm.views.common import list_summary, page, person
from lib import keyset
from lib.answers import page_refusals
from lib.http import number_in
from lib.refusals import Invalid, Stale

LIST = "crm/task_list.html"
FORM = "crm/task_form.html"
VIEWS = {
    "mine": pgettext_lazy("tasks", "Mine"),
    "team": gettext_lazy("My teams’ pool"),
    "overdue": pgettext_lazy("tasks", "Overdue"),
    "done": gettext_lazy("Done by me"),
}
CHANGEABLE = ("title", "kind", "due_at", "priority", "assignee", "team", "reminder_at")


def task_list(request: HttpRequest) -> HttpResponse:
    """Open tasks by what is due first; the query count does not grow with the rows."""
    user, at = person(request), timezone.now()
    if default := saved_pages.opening(request, "tasks"):
        return default
    view = request.GET.get("view", "mine")
    view = view if view in VIEWS else "mine"
    order = "-completed_at" if view == "done" else "due_at"
    rows = _rows(view, user).for_list()
    found = keyset.page_of(request, rows, order=order)
    previous_url, next_url = keyset.page_links(request, found)
    end_of_today = timezone.localtime(at).replace(hour=23, minute=59, second=59)
    context = {
        "tasks": found.rows,
        "tabs": [(title, f"?view={name}", name == view, None) for name, title in VIEWS.items()],
        "view": view,
        "views": saved_pages.picker(request, "tasks"),
        "at": at,
        "end_of_today": end_of_today,
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(len(found), "task", is_whole=not (previous_url or next_url)),
    }
    return page(request, LIST, context)


def task_new(request: HttpRequest) -> HttpResponse:
    """Make a task, perhaps from a customer's, a case's or an interaction's page."""
    user, at = person(request), timezone.now()
    initial: dict[str, Any] = {
        "assignee": user.pk,
        "due_at": timezone.localtime(at + timedelta(days=1)).replace(minute=0),
        **{name: request.GET.get(name, "") for name in ("customer", "case", "interaction")},
    }
    form = NewTaskForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            task = actions.create_task(by=user, at=at, **form.cleaned_data)
            return redirect(task.case if task.case else task)
        except Invalid as refusal:
            form.add_error(refusal.field, str(refusal))
    context = {"form": form, "title": _("New task"), "button": _("Make the task"), **_trail()}
    return page(request, FORM, context, status=422 if form.is_bound else 200)


def task_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    task = visible_task(user, pk)
    may_reopen = task.assignee_id == user.pk or bool(user.roles & {"supervisor", "admin"})
    context = {"task": task, "at": timezone.now(), "may_reopen": may_reopen, **_trail()}
    return page(request, "crm/task_detail.html", context)


def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    task = visible_task(user, pk)
    initial = {name: getattr(task, name) for name in CHANGEABLE}
    form = TaskForm(request.POST or None, user=user, initial=initial)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            version = number_in(request.POST.get("version", ""))
            actions.change_task(
                task=task, changes=form.cleaned_data, version=version, by=user, at=timezone.now()
            )
            return redirect(task)
        except (Invalid, Stale, actions.NotPossibleNow) as refusal:
            form.add_error(getattr(refusal, "field", None), str(refusal))
            status = refusal.status
    title = _("Change {reference}").format(reference=task.reference)
    context = {"form": form, "task": task, "title": title, "button": _("Save"), **_trail()}
    return page(request, FORM, context, status=status)


@page_refusals
def task_take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a task out of the pool."""
    user = person(request)
    actions.take_task(task=visible_task(user, pk), by=user, at=timezone.now())
    return _back(request, pk)


@page_refusals
def task_complete(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    result = request.POST.get("result", "")
    actions.complete_task(task=visible_task(user, pk), result=result, by=user, at=timezone.now())
    return _back(request, pk)


@page_refusals
def task_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    result = request.POST.get("result", "")
    actions.cancel_task(task=visible_task(user, pk), result=result, by=user, at=timezone.now())
    return _back(request, pk)


@page_refusals
def task_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    actions.reopen_task(task=visible_task(user, pk), by=user, at=timezone.now())
    return _back(request, pk)


# --- Below the views ------------------------------------------------------------------------------


def visible_task(user: User, pk: int) -> Task:
    rows = Task.objects.visible_to(user).select_related(
        "assignee", "team", "customer", "case", "interaction", "completed_by", "made_by"
    )
    return get_object_or_404(rows, pk=pk)


def _rows(view: str, user: User) -> Any:
    visible = Task.objects.visible_to(user)
    match view:
        case "team":
            return visible.open().in_pools_of(user)
        case "overdue":
            return visible.overdue(timezone.now())
        case "done":
            return visible.filter(state=TaskState.DONE, completed_by=user)
        case _:
            return visible.open().of(user)


def _back(request: HttpRequest, pk: int) -> HttpResponse:
    """To the list where the act came from, else to the task."""
    if request.POST.get("stay") in VIEWS:
        return redirect(f"{reverse('crm:task_list')}?view={request.POST['stay']}")
    return redirect("crm:task_detail", pk=pk)


def _trail() -> dict[str, Any]:
    return {"trail": [(_("Tasks"), reverse("crm:task_list"))]}
