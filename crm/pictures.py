"""The strips of an interaction as SVG; colors come from classes, words from the label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy

from crm.models import Interaction, Leg, LegSpan, QueueVisit
from crm.strips import Stretch, lane, last_moment, leg_stretches, shares
from crm.transcripts import ShownTurn
from lib.templatetags.look import duration

WORDS = {
    "wait": pgettext_lazy("stretch", "wait"),
    "ring": pgettext_lazy("stretch", "ring"),
    "talk": pgettext_lazy("stretch", "talk"),
    "hold": pgettext_lazy("stretch", "hold"),
    "wrap": pgettext_lazy("stretch", "wrap"),
    "agent": pgettext_lazy("stretch", "agent"),
    "customer": pgettext_lazy("stretch", "customer"),
}
WIDTH, ROW, BAR, LANE, AXIS = 720, 22, 12, 9, 16


def words() -> dict[str, str]:
    """The kinds in the language in force, looked up once for all pictures of a page."""
    return {kind: str(word) for kind, word in WORDS.items()}


def strip(interaction: Interaction, said: Mapping[str, str]) -> SafeString | str:
    """Wait, talk, hold and wrap of one interaction on one thin line; "" if nothing is known.

    `said` are the `words` of the page.
    """
    stretches = shares(
        {
            "wait": interaction.wait_seconds,
            "talk": interaction.talk_seconds,
            "hold": interaction.hold_seconds,
            "wrap": interaction.wrap_seconds,
        }
    )
    if not stretches:
        return ""
    return format_html(
        '<svg class="strip" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>',
        told(stretches, said),
        bars(stretches, 100, 0, 8, said),
    )


def time_axis(
    interaction: Interaction,
    legs: Sequence[Leg],
    visits: Sequence[QueueVisit],
    turns: Sequence[ShownTurn] = (),
) -> SafeString | str:
    """Queue visits, legs and who spoke, under one another on one clock; "" without a known end."""
    end = last_moment(legs, interaction.ended_at)
    begin = interaction.started_at
    if end is None or end <= begin:
        return ""
    span = (end - begin).total_seconds()
    rows = [list(_waits(interaction, visits, span))]
    rows += [leg_stretches(leg, begin, end, _spans(leg)) for leg in legs]
    rows = [row for row in rows if row]
    lanes = [found for side in ("agent", "customer") if (found := lane(turns, side, span))]
    said = words()
    drawn = [bars(row, WIDTH, index * ROW, BAR, said) for index, row in enumerate(rows)]
    top = len(rows) * ROW
    drawn += [
        bars(row, WIDTH, top + index * LANE, LANE - 2, said) for index, row in enumerate(lanes)
    ]
    height = top + len(lanes) * LANE + AXIS
    return format_html(
        '<svg class="time-axis" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        WIDTH,
        height,
        "; ".join(told(row, said) for row in rows) or gettext("no times"),
        format_html_join("", "{}", ((each,) for each in drawn)),
        _ticks(span, height),
    )


def _spans(leg: Leg) -> list[LegSpan]:
    """The stretches that are known; a leg without hold is drawn without them."""
    return list(leg.spans.all()) if leg.hold_seconds else []


def _waits(
    interaction: Interaction, visits: Iterable[QueueVisit], span: float
) -> Iterable[Stretch]:
    for visit in visits:
        start = (visit.entered_at - interaction.started_at).total_seconds()
        if visit.wait_seconds and 0 <= start < span:
            length = min(visit.wait_seconds, span - start)
            yield Stretch("wait", start / span, length / span, visit.wait_seconds)


def _ticks(span: float, height: int) -> SafeString:
    """Five times along the axis, as minutes and seconds from the start."""
    places = [(share, "start" if share == 0 else "end" if share == 1 else "middle")
              for share in (0, 0.25, 0.5, 0.75, 1)]  # fmt: skip
    return format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        ((WIDTH * share, height - 2, anchor, duration(span * share)) for share, anchor in places),
    )


def bars(
    stretches: Iterable[Stretch], width: int, y: int, height: int, said: Mapping[str, str]
) -> SafeString:
    """One rectangle for each stretch; words are our own without markup, all else is numbers."""
    return SafeString(
        "".join(
            f'<rect class="{each.kind}" x="{each.start * width:.2f}" y="{y}" '
            f'width="{max(each.length * width, 0.5):.2f}" height="{height}">'
            f"<title>{said[each.kind].capitalize()} {duration(each.seconds)}</title></rect>"
            for each in stretches
        )
    )


def told(stretches: Iterable[Stretch], said: Mapping[str, str]) -> str:
    return ", ".join(f"{said[each.kind]} {duration(each.seconds)}" for each in stretches)
