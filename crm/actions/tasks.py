"""Verbs of tasks: make, take, finish, cancel, open again, change, remind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Team, User
from crm import counters
from crm.models import Case, Customer, Interaction, Task
from crm.models.cases import Priority
from crm.models.work import TaskKind, TaskState
from crm.redaction import redact
from lib.refusals import Forbidden, Invalid, Refused, Stale
from ops import mail

TASK_TRANSITIONS: dict[str, tuple[str, ...]] = {
    TaskState.OPEN: (TaskState.DONE, TaskState.CANCELED),
    TaskState.DONE: (TaskState.OPEN,),
    TaskState.CANCELED: (TaskState.OPEN,),
}


class NobodyOrBoth(Invalid):
    def __init__(self) -> None:
        super().__init__("assignee", _("Give the task to one person or to one team, not to both."))


class NoTitle(Invalid):
    def __init__(self) -> None:
        super().__init__("title", _("Say in a few words what is to be done."))


class InactiveAssignee(Invalid):
    def __init__(self, user: User) -> None:
        sentence = _("{name} does not work here any more.").format(name=user.short_name)
        super().__init__("assignee", sentence)


class AlreadyTaken(Refused):
    def __init__(self, task: Task) -> None:
        super().__init__(_("{name} has taken this task already.").format(name=task.assignee))


class NotPossibleNow(Refused):
    def __init__(self, task: Task) -> None:
        state = task.get_state_display().lower()
        super().__init__(_("This task is {state} already.").format(state=state))


class NotYours(Forbidden):
    def __init__(self) -> None:
        super().__init__(_("Only whoever has the task, or a supervisor, opens it again."))


class ChangedMeanwhile(Stale):
    def __str__(self) -> str:
        return _("Somebody changed this task in the meantime. Look at it again, then change it.")


def create_task(
    *,
    title: str,
    due_at: datetime,
    by: User | None,
    at: datetime,
    kind: str = TaskKind.FOLLOW_UP,
    priority: str = Priority.NORMAL,
    assignee: User | None = None,
    team: Team | None = None,
    customer: Customer | None = None,
    case: Case | None = None,
    interaction: Interaction | None = None,
    reminder_at: datetime | None = None,
) -> Task:
    """Give work to one person, or to a team whose members take it. Without both it is `by`'s own.

    A task of a case is about the case's customer. Raises NobodyOrBoth, NoTitle, InactiveAssignee.
    """
    if assignee is not None and team is not None:
        raise NobodyOrBoth
    if assignee is None and team is None:
        assignee = by
    if assignee is None and team is None:
        raise NobodyOrBoth
    if assignee is not None and not assignee.is_active:
        raise InactiveAssignee(assignee)
    about = customer or (case.customer if case else None)
    if about is None and interaction is not None:
        about = interaction.customer
    with transaction.atomic():
        task = Task.objects.create(
            title=_title(title),
            kind=kind,
            due_at=due_at,
            priority=priority,
            assignee=assignee,
            team=team,
            customer=about,
            case=case,
            interaction=interaction,
            reminder_at=reminder_at,
            made_by=by,
        )
        counters.move("tasks", before=None, after=task.assignee_id)
        audit.record(verb="create_task", record=task, by=by, at=at, after=_facts(task))
    return task


def take_task(*, task: Task, by: User, at: datetime) -> Task:
    """Take a task out of a team's pool; of many the first one gets it. Raises AlreadyTaken."""
    with transaction.atomic():
        taken = Task.objects.filter(pk=task.pk, state=TaskState.OPEN, assignee__isnull=True).update(
            assignee=by, team=None, updated_at=at
        )
        stored = Task.objects.select_related("assignee").get(pk=task.pk)
        if not taken:
            if stored.state != TaskState.OPEN:
                raise NotPossibleNow(stored)
            if stored.assignee_id == by.pk:
                return stored
            raise AlreadyTaken(stored)
        counters.move("tasks", before=None, after=by.pk)
        stored.version += 1
        stored.save(update_fields=["version"])
        before = {"team_id": task.team_id}
        after = {"assignee_id": by.pk, "team_id": None}
        audit.record(verb="take_task", record=stored, by=by, at=at, before=before, after=after)
    return stored


def change_task(
    *, task: Task, changes: dict[str, Any], by: User, at: datetime, version: int | None = None
) -> Task:
    """Change named fields of an open task. Raises ChangedMeanwhile and what create_task raises."""
    with transaction.atomic():
        locked = _locked(task)
        if version is not None and locked.version != version:
            raise ChangedMeanwhile
        if not locked.is_open:
            raise NotPossibleNow(locked)
        before = _facts(locked)
        for name in ("title", "kind", "due_at", "priority", "assignee", "team", "reminder_at"):
            if name in changes:
                setattr(locked, name, changes[name])
        locked.title = _title(locked.title)
        if (locked.assignee is None) == (locked.team is None):
            raise NobodyOrBoth
        if locked.assignee is not None and not locked.assignee.is_active:
            raise InactiveAssignee(locked.assignee)
        if before["reminder_at"] != _facts(locked)["reminder_at"]:
            locked.reminded_at = None
        _save(locked)
        after = _facts(locked)
        changed = [name for name in after if after[name] != before[name]]
        if changed:
            audit.record(
                verb="change_task",
                record=locked,
                by=by,
                at=at,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
    return locked


def complete_task(*, task: Task, by: User, at: datetime, result: str = "") -> Task:
    """Say that it is done; whoever does a team's task has taken it with that."""
    return _move(task, TaskState.DONE, by=by, at=at, result=result)


def cancel_task(*, task: Task, by: User, at: datetime, result: str = "") -> Task:
    """Say that it is no longer needed."""
    return _move(task, TaskState.CANCELED, by=by, at=at, result=result)


def reopen_task(*, task: Task, by: User, at: datetime) -> Task:
    """Open a finished task again; raises NotYours for others than its assignee or a supervisor."""
    if task.assignee_id != by.pk and not by.roles & {"supervisor", "admin"}:
        raise NotYours
    return _move(task, TaskState.OPEN, by=by, at=at, result="")


def remind(*, at: datetime) -> int:
    """Send the reminders that are due, each once; returns how many tasks were reminded of."""
    due = Task.objects.open().filter(reminder_at__lte=at, reminded_at__isnull=True)
    reminded = 0
    for task in due.order_by("reminder_at", "pk"):
        with transaction.atomic():
            claimed = Task.objects.filter(pk=task.pk, reminded_at__isnull=True)
            if not claimed.update(reminded_at=at):
                continue
            reminded += 1
            if task.assignee_id:
                key = f"{task.pk}-{task.reminder_at.isoformat() if task.reminder_at else ''}"
                mail.send("crm.task_reminder", key=key, task_id=task.pk)
    return reminded


# --- Below the verbs ------------------------------------------------------------------------------


def _move(task: Task, state: str, *, by: User, at: datetime, result: str) -> Task:
    with transaction.atomic():
        locked = _locked(task)
        if state not in TASK_TRANSITIONS[locked.state]:
            raise NotPossibleNow(locked)
        before, locked.state = locked.state, state
        is_over = state != TaskState.OPEN
        locked.completed_at, locked.completed_by = (at, by) if is_over else (None, None)
        locked.result = redact(result.strip())[:500]
        if state == TaskState.DONE and locked.assignee is None:
            locked.assignee, locked.team = by, None
        _save(locked)
        audit.record(
            verb={"done": "complete_task", "canceled": "cancel_task"}.get(state, "reopen_task"),
            record=locked,
            by=by,
            at=at,
            before={"state": before},
            after={"state": state, "result": locked.result},
        )
    return locked


def _locked(task: Task) -> Task:
    rows = Task.objects.select_related("assignee", "team").select_for_update(of=("self",))
    return rows.get(pk=task.pk)


def _save(task: Task) -> None:
    """Store a locked task; the counter of whoever has it follows."""
    before = counters.owner_of("tasks", task.pk)
    task.version += 1
    task.save()
    after = task.assignee_id if task.state == TaskState.OPEN else None
    counters.move("tasks", before=before, after=after)


def _title(text: str) -> str:
    title = redact(" ".join(text.split()))
    if not title:
        raise NoTitle
    return title


def _facts(task: Task) -> dict[str, Any]:
    return {
        "title": task.title,
        "kind": task.kind,
        "due_at": task.due_at.isoformat(),
        "priority": task.priority,
        "assignee_id": task.assignee_id,
        "team_id": task.team_id,
        "customer_id": task.customer_id,
        "case_id": task.case_id,
        "interaction_id": task.interaction_id,
        "reminder_at": task.reminder_at.isoformat() if task.reminder_at else None,
    }
