"""The start page: what needs this person now, what changed, how things are; told by the areas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from lib.counting import counts
from lib.start_page import Ask, Card, LineT, News, Task

TaskSource = Callable[[User, datetime], Sequence[Task | Ask[Task]]]
NewsSource = Callable[[User, datetime], Sequence[News | Ask[News]]]
CardSource = Callable[[User, datetime], Card | None]

_task_sources: list[TaskSource] = []
_news_sources: list[NewsSource] = []
_card_sources: list[CardSource] = []
NEWS_FOR = timedelta(days=7)
MOST_NEWS = 8
NEVER = datetime.max.replace(tzinfo=UTC)


def add_tasks(source: TaskSource) -> None:
    """Let `source` name what waits for a person; the same source twice is asked once."""
    if source not in _task_sources:
        _task_sources.append(source)


def add_news(source: NewsSource) -> None:
    """Let `source` tell what happened since a moment; the same source twice is asked once."""
    if source not in _news_sources:
        _news_sources.append(source)


def add_card(source: CardSource) -> None:
    """Let `source` draw one card, in the order of registration; None shows nothing."""
    if source not in _card_sources:
        _card_sources.append(source)


def tasks_for(user: User, at: datetime) -> list[Task]:
    """Every waiting task, first due first."""
    tasks = told(line for source in _task_sources for line in source(user, at))
    return sorted(tasks, key=lambda task: task.due_at or NEVER)


def news_for(user: User, at: datetime) -> list[News]:
    """What happened in the last seven days, newest first, eight at most."""
    since = at - NEWS_FOR
    news = told(line for source in _news_sources for line in source(user, since))
    return sorted(news, key=lambda one: one.at, reverse=True)[:MOST_NEWS]


def told(lines: Iterable[LineT | Ask[LineT]]) -> list[LineT]:
    """The lines, each ask replaced by what it tells; all asks are counted in one query."""
    lines = list(lines)
    asked = [rows for line in lines if isinstance(line, Ask) for rows in line.rows]
    numbers = iter(counts(asked))
    found: list[LineT] = []
    for line in lines:
        if not isinstance(line, Ask):
            found.append(line)
        elif any(own := [next(numbers) for _ in line.rows]):
            found += line.tell(*own)
    return found


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
        {
            "tasks": tasks_for(user, at),
            "news": news_for(user, at),
            "cards": cards_for(user, at),
            "at": at,
        },
    )
