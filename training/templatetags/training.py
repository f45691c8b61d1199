"""Small figures for the pages of training."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from lib import charts
from lib.speaking import spoken
from training.action_status import TONES, WORDS
from training.models import Lesson

register = template.Library()


@register.filter
def minutes_of(lessons: Iterable[Lesson]) -> int:
    """Expected minutes of several lessons together."""
    return sum(lesson.minutes for lesson in lessons)


@register.filter
def status_words(status: str) -> str:
    """The computed status of an action item in words."""
    return spoken(WORDS[status])


@register.filter
def status_tone(status: str) -> str:
    return TONES.get(status, "")


@register.filter
def signed(value: float | None) -> str:
    """ "+2.4", "−1.0": one decimal, a dash where there is none."""
    return charts.signed(value)
