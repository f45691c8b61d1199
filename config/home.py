"""The start page: what needs this person now, told by the areas that config/wiring.py registers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from lib.start_page import Card, Task

TaskSource = Callable[[User, datetime], list[Task]]
CardSource = Callable[[User, datetime], Card | None]

_task_sources: list[TaskSource] = []
_card_sources: list[CardSource] = []
NEVER = datetime.max.replace(tzinfo=UTC)


def add_tasks(source: TaskSource) -> None:
    """Let `source` name what waits for a person; the same source twice is asked once."""
    if source not in _task_sources:
        _task_sources.append(source)


def add_card(source: CardSource) -> None:
    """Let `source` draw one card, in the order of registration; None shows nothing."""
    if source not in _card_sources:
        _card_sources.append(source)


def tasks_for(user: User, at: datetime) -> list[Task]:
    """Every waiting task, first due first."""
    tasks = [task for source in _task_sources for task in source(user, at)]
    return sorted(tasks, key=lambda task: task.due_at or NEVER)


def cards_for(user: User, at: datetime) -> list[Card]:
    return [card for source in _card_sources if (card := source(user, at)) is not None]


@login_required
def home(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    user = request.user
    assert isinstance(user, User)
    return render(
        request,
        "home/home.html",
        {"tasks": tasks_for(user, at), "cards": cards_for(user, at), "at": at},
    )
