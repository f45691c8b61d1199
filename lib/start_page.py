"""What the start page is made of: tasks that wait for a person, news, and cards of figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet


@dataclass(frozen=True)
class Task:
    """Something that waits for the person: one line, most urgent first.

    `count` is how many wait; `due_at` the first moment at which one is late; `tone` is one of good,
    warn, bad or empty.
    """

    title: str
    url: str
    icon: str
    count: int | None = None
    due_at: datetime | None = None
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class News:
    """Something that has happened since yesterday or last week: one line, newest first.

    `has_time` is False where only the day is known.
    """

    at: datetime
    title: str
    url: str
    icon: str
    has_time: bool = True


LineT = TypeVar("LineT", Task, News)


@dataclass(frozen=True)
class Ask(Generic[LineT]):
    """Rows that are counted in one query with those of all other areas.

    `tell` gets a count for each of `rows` and says what the person is told; it is called only where
    one of the counts is above zero, and may then ask for the rows themselves.
    """

    rows: tuple[QuerySet[Any], ...]
    tell: Callable[..., list[LineT]]


@dataclass(frozen=True)
class Card:
    """A fragment of the start page: `template` is included with `data` and nothing else."""

    title: str
    template: str
    data: Any
    url: str = ""
