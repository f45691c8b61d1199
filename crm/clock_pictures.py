"""The bar of a clock: open time, closed time hatched, pauses gray, the marks of due and now."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.clock_story import Story, stretches

WIDTH = 600
HEIGHT = 26
LONGEST_LABEL = 200


def clock_bar(story: Story, now: datetime) -> SafeString:
    """An SVG of a clock's life from its start to its end, its due moment or now."""
    start = story.state.started_at
    if start is None:
        return SafeString("")
    ends = [story.state.stopped_at or now]
    due = story.state.due_at or story.state.breached_at
    if due is not None:
        ends.append(due)
    end = max(ends)
    end += max((end - start) * 0.04, timedelta(minutes=1))
    scale = WIDTH / (end - start).total_seconds()

    def x(at: datetime) -> float:
        return round((at - start).total_seconds() * scale, 1)

    life_end = story.state.stopped_at or max(now, due or now)
    fill = f"url(#hatch-{story.clock.pk})"
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="6" width="{}" height="14" fill="{}"/>',
        (
            (kind, x(first), max(0.5, round(x(last) - x(first), 1)), fill)
            for first, last, kind in stretches(story, life_end)
        ),
    )
    marks = _mark("due", x(due)) if due is not None else SafeString("")
    if story.state.stopped_at is None:
        marks += _mark("now", x(now))
    else:
        marks += _mark("stopped", x(story.state.stopped_at))
    return format_html(
        '<svg class="clock-bar" viewBox="0 0 {} {}" role="img" aria-label="{}"'
        ' preserveAspectRatio="none">{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        in_words(story)[:LONGEST_LABEL],
        _hatch(story.clock.pk),
        bars,
        marks,
    )


def in_words(story: Story) -> str:
    """What the bar shows, for those who hear it."""
    name = str(story.clock)
    if story.state.target_seconds is None:
        return _("{clock}: recorded without a target").format(clock=name)
    return _("{clock}: {percent} of the target used").format(
        clock=name, percent=f"{story.percent} %"
    )


def _mark(kind: str, place: float) -> SafeString:
    return format_html('<line class="{}" x1="{}" x2="{}" y1="1" y2="25"/>', kind, place, place)


def _hatch(pk: int) -> SafeString:
    """Closed time is hatched; the pattern has a name of its own for each clock of a page."""
    return format_html(
        '<pattern id="hatch-{}" width="5" height="5" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)">'
        '<line class="hatch" x1="0" x2="0" y1="0" y2="5"/></pattern>',
        pk,
    )
