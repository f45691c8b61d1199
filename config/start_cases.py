"""What cases and work put on the start page."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import User
from config import home
from config.start_sources import waiting
from crm.models import Case, Promise
from crm.models import Task as WorkTask
from lib.start_page import Ask, Task


def connect() -> None:
    """Called by config/wiring.py before the other sources: customers come first."""
    home.add_tasks(case_tasks)
    home.add_tasks(work_tasks)


def case_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """A person's own unfinished cases, and what nobody of the teams has taken yet."""
    mine = Case.objects.filter(assignee=user).unfinished()
    late = mine.filter(next_due_at__lt=at)
    asks = [
        waiting(_("My cases past their due time"), "crm:case_list", "ticket", late, tone="bad"),
        waiting(_("My cases"), "crm:case_list", "ticket", mine.exclude(next_due_at__lt=at)),
    ]
    if user.roles & {"agent", "supervisor"}:
        free = Case.objects.visible_to(user).unfinished().filter(assignee__isnull=True)
        asks.append(waiting(_("Cases to take"), "crm:case_list", "hand", free))
    return asks


def work_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """A person's own open tasks and promises, for those who may open them."""
    if not permissions.has(user, "crm.change_task"):
        return []
    mine = WorkTask.objects.open().of(user)
    overdue = mine.filter(due_at__lt=at)
    rest = mine.exclude(due_at__lt=at)
    promised = Promise.objects.open().filter(made_by=user)
    return [
        waiting(_("Tasks overdue"), "crm:task_list", "list-checks", overdue, tone="bad"),
        waiting(_("Tasks"), "crm:task_list", "list-checks", rest),
        waiting(_("Promises to keep"), "crm:promise_list", "hand", promised),
    ]
