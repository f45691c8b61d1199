"""Rows of the lists of interactions.

Django's template engine takes most of the time of a page of fifty rows, so the rows are written
here, each by one format; a bench compares the page with a bare one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS_3
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm import pictures
from crm.list_columns import ListColumns
from crm.models import Interaction, Leg
from crm.models.interactions import Channel, Direction, Outcome
from crm.quality_flags import label
from lib.speaking import spoken
from lib.templatetags.look import duration, icon, tone_icon

CHANNEL_ICONS = {
    "voice": "phone",
    "video": "video",
    "chat": "message-circle",
    "email": "mail",
    "sms": "smartphone",
    "messaging": "message-square",
    "social": "users-round",
    "web_form": "file-text",
    "in_person": "user-round",
}
DIRECTION_ICONS = {"inbound": "phone-incoming", "outbound": "phone-outgoing"}
OUTCOME_TONES = {
    "handled": "good",
    "abandoned_in_queue": "warn",
    "abandoned_before_queue": "warn",
    "failed": "bad",
    "rejected": "bad",
}
FIRST = (
    '<tr data-href="{{url}}">'
    '<th scope="row" data-label="{}" class="nowrap">'
    '{{channel}}<a class="row-link" href="{{url}}">{{reference}}</a></th>'
)
# The classes of each column's cells.
CELLS = {
    "started": "nowrap",
    "customer": "clip",
    "queue": "minor",
    "agent": "",
    "team": "minor",
    "outcome": "",
    "wait": "minor number",
    "handle": "number",
    "strip": "minor strip-cell",
    "flags": "minor",
    "tags": "minor",
}
LAST = "{own}</tr>"
COLUMNS = {
    "started": _("Started"),
    "customer": _("Customer"),
    "queue": _("Queue"),
    "agent": _("Agent"),
    "team": _("Team"),
    "outcome": _("Outcome"),
    "wait": _("Wait"),
    "handle": _("Handle"),
    "strip": _("Time spent"),
    "flags": _("Data"),
}
MORE_COLUMNS = {"tags": _("Tags")}


NOBODY = ("", "")


def table_rows(interactions: Sequence[Interaction], columns: ListColumns) -> SafeString:
    """The rows of a table, "" for none; one query beside what `for_list` fetched."""
    base = reverse("crm:interaction_list")
    people = Leg.objects.people_of(interactions)
    drawn = _Drawn(columns)
    rows = (_row(each, people.get(each.pk, NOBODY), base, drawn) for each in interactions)
    return format_html_join("", "{}", ((row,) for row in rows))


def _row(interaction: Interaction, people: tuple[str, str], base: str, drawn: _Drawn) -> SafeString:
    agents, team = people
    return format_html(
        drawn.row,
        url=f"{base}{interaction.reference}/",
        reference=interaction.reference,
        channel=drawn.channel(interaction.channel, interaction.direction),
        started=short_time(interaction.started_at),
        customer=interaction.customer or "",
        queue=interaction.queue or "",
        agent=agents,
        team=team,
        outcome=drawn.outcome(interaction.outcome),
        wait=duration(interaction.wait_seconds),
        handle=duration(interaction.handle_seconds),
        strip=pictures.strip(interaction, drawn.words) if drawn.has_strip else "",
        flags=drawn.flag(tuple(interaction.quality_flags)),
        tags=_tags(interaction) if drawn.has_tags else "",
        own=_own(drawn.columns.own_cells(interaction.custom)) if drawn.columns.own else "",
    )


class _Drawn:
    """The format of the rows of one page, and its icons and badges, each drawn once."""

    def __init__(self, columns: ListColumns) -> None:
        cells = (_cell(name) for name in CELLS if name in columns.shown)
        self.columns = columns
        self.row = "".join((FIRST.format(escape(gettext("Interaction"))), *cells, LAST))
        self.has_strip, self.has_tags = "strip" in columns.shown, "tags" in columns.shown
        self.words = pictures.words()
        self.channel = cache(_channel)
        self.outcome = cache(_outcome)
        self.flag = cache(_flag)


def _cell(name: str) -> str:
    """The format of one cell; its words stand in no braces."""
    words = escape((COLUMNS | MORE_COLUMNS)[name])
    classes = f' class="{CELLS[name]}"' if CELLS[name] else ""
    return f'<td data-label="{words}"{classes}>{{{name}}}</td>'


def _channel(channel: str, direction: str) -> SafeString:
    words = channel_words(channel, direction)
    drawn = icon(channel_icon(channel, direction), words)
    return format_html('<span class="channel" title="{}">{}</span>', words, drawn)


def _outcome(outcome: str) -> SafeString:
    return _badge(str(Outcome(outcome).label), OUTCOME_TONES.get(outcome, ""))


def _flag(flags: tuple[str, ...]) -> SafeString | str:
    if not flags:
        return ""
    words = ", ".join(spoken(label(flag)) for flag in flags)
    return format_html('<span class="status warn" title="{}">{}</span>', words, icon("flag", words))


def _tags(interaction: Interaction) -> SafeString:
    """What crm/tag.html writes for each tag."""
    drawn = ((tag.color, icon("tag"), tag.name) for tag in interaction.tags.all())
    return format_html_join(" ", '<span class="tag {}">{}{}</span>', drawn)


def _own(cells: Sequence[tuple[str, str]]) -> SafeString:
    return format_html_join("", '<td data-label="{}" class="clip">{}</td>', cells)


def _badge(words: str, tone: str) -> SafeString:
    """What components/badge.html writes."""
    mark = icon(tone_icon(tone)) if tone else ""
    return format_html('<span class="badge {}">{}{}</span>', tone, mark, words)


def short_time(at: datetime) -> SafeString:
    """What the filter `local_time` writes, for many rows."""
    here, utc = timezone.localtime(at), at.astimezone(UTC)
    month = str(MONTHS_3[here.month]).title()
    # Numbers and the name of a month hold no markup.
    return SafeString(
        f'<time datetime="{utc:%Y-%m-%dT%H:%M:%SZ}" title="{utc:%Y-%m-%d %H:%M:%S} UTC">'
        f"{here.day} {month} {here.year}, {here:%H:%M}</time>"
    )


def channel_icon(channel: str, direction: str) -> str:
    if channel == "voice":
        return DIRECTION_ICONS.get(direction, "phone")
    return CHANNEL_ICONS.get(channel, "circle")


def channel_words(channel: str, direction: str) -> str:
    return f"{Channel(channel).label}, {str(Direction(direction).label).lower()}"
