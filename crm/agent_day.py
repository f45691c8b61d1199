"""One day of an agent as stretches of a line: what the switch said the agent was doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crm.models import AgentStateSpan
from lib.templatetags.look import duration

WIDTH, BAR, AXIS = 720, 14, 16
HOURS = range(0, 25, 6)


@dataclass(frozen=True)
class Stretch:
    """Shares of the day (0 to 1), and the state in words; `seconds` lie inside the day."""

    state: str
    label: str
    start: float
    length: float
    seconds: int
    started_at: datetime
    ended_at: datetime | None


def bounds(on: date) -> tuple[datetime, datetime]:
    """Where a day of the site begins and ends."""
    zone = timezone.get_default_timezone()
    return (
        datetime.combine(on, time(), zone),
        datetime.combine(on + timedelta(days=1), time(), zone),
    )


def stretches(spans: Iterable[AgentStateSpan], on: date, now: datetime) -> list[Stretch]:
    """The parts of spans that lie in the day; an open one reaches to `now`."""
    begin, end = bounds(on)
    whole = (end - begin).total_seconds()
    found = []
    for span in spans:
        first = max(begin, span.started_at)
        last = min(end, span.ended_at or max(now, span.started_at))
        if last <= first:
            continue
        seconds = int((last - first).total_seconds())
        found.append(
            Stretch(
                span.state,
                str(span.get_state_display()),
                (first - begin).total_seconds() / whole,
                seconds / whole,
                seconds,
                span.started_at,
                span.ended_at,
            )
        )
    return found


def spans_of(agent_id: int, on: date) -> list[AgentStateSpan]:
    """The stored stretches that touch the day; one query."""
    begin, end = bounds(on)
    rows = AgentStateSpan.objects.filter(agent=agent_id, started_at__lt=end)
    return list(rows.exclude(ended_at__lte=begin).order_by("started_at", "pk"))


def totals(found: Iterable[Stretch]) -> list[tuple[str, int]]:
    """Seconds by state, the longest first."""
    sums: dict[str, int] = {}
    for each in found:
        sums[each.label] = sums.get(each.label, 0) + each.seconds
    return sorted(sums.items(), key=lambda pair: -pair[1])


def strip(found: list[Stretch]) -> SafeString:
    """The day as one line; each stretch says what it is and how long."""
    bars = format_html_join(
        "",
        '<rect class="state-{}" x="{}" y="0" width="{}" height="{}"><title>{} {}</title></rect>',
        (
            (
                each.state,
                f"{each.start * WIDTH:.2f}",
                f"{max(each.length * WIDTH, 0.5):.2f}",
                BAR,
                each.label,
                duration(each.seconds),
            )
            for each in found
        ),
    )
    ticks = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}:00</text>',
        (
            (
                WIDTH * hour / 24,
                BAR + AXIS - 2,
                {0: "start", 24: "end"}.get(hour, "middle"),
                f"{hour:02}",
            )
            for hour in HOURS
        ),
    )
    return format_html(
        '<svg class="day-strip" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        WIDTH,
        BAR + AXIS,
        ", ".join(f"{label} {duration(seconds)}" for label, seconds in totals(found)),
        bars,
        ticks,
    )
