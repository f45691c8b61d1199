"""What cases and work put on the start page."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import User
from config import home
from config.start_sources import task
from crm.models import Case, Promise
from crm.models import Task as WorkTask
from lib.start_page import Task


def connect() -> None:
    """Called by config/wiring.py before the other sources: customers come first."""
    home.add_tasks(case_tasks)
    home.add_tasks(work_tasks)


def case_tasks(user: User, at: datetime) -> list[Task]:
    """A person's own unfinished cases, and what nobody of the teams has taken yet."""
    mine = Case.objects.filter(assignee=user).unfinished()
    late = mine.filter(next_due_at__lt=at).count()
    free = Case.objects.visible_to(user).unfinished().filter(assignee__isnull=True)
    is_agent = bool(user.roles & {"agent", "supervisor"})
    return [
        *task(_("My cases past their due time"), "crm:case_list", "ticket", late, tone="bad"),
        *task(_("My cases"), "crm:case_list", "ticket", mine.count() - late),
        *task(_("Cases to take"), "crm:case_list", "hand", free.count() if is_agent else 0),
    ]


def work_tasks(user: User, at: datetime) -> list[Task]:
    """A person's own open tasks and promises, for those who may open them."""
    if not permissions.has(user, "crm.change_task"):
        return []
    mine = WorkTask.objects.open().of(user)
    overdue = mine.filter(due_at__lt=at).count()
    due = Promise.objects.open().filter(made_by=user).count()
    return [
        *task(_("Tasks overdue"), "crm:task_list", "list-checks", overdue, tone="bad"),
        *task(_("Tasks"), "crm:task_list", "list-checks", mine.count() - overdue),
        *task(_("Promises to keep"), "crm:promise_list", "hand", due),
    ]
