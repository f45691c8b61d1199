"""Small filters and tags for pages: icons, durations, local times, initials."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.templatetags.static import static
from django.utils import formats, timezone, translation
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString

from lib import form_keys, request_context
from lib.browser_words import WORDS
from lib.speaking import SOURCE, spoken

register = template.Library()

TONE_ICONS = {
    "good": "circle-check",
    "warn": "triangle-alert",
    "bad": "octagon-alert",
    "accent": "info",
}


class FormTokens(CsrfTokenNode):
    """Django's token against forged forms; for somebody signed in, ours against doubled ones."""

    def render(self, context: Context) -> str:
        token = super().render(context)
        user = getattr(getattr(context, "request", None), "user", None)
        if not token or user is None or not user.is_authenticated:
            return token
        return token + form_keys.hidden_input(user.pk)


@register.tag
def csrf_token(parser: Parser, token: Token) -> FormTokens:
    """Every form has this line already, Django's own admin included; so none can be forgotten."""
    return FormTokens()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; silent to assistive technology unless `label` says what it means."""
    if not label:
        return silent_icon(name)
    return format_html(
        '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>',
        label,
        address_of_icon(name),
    )


@lru_cache(maxsize=500)
def silent_icon(name: str) -> SafeString:
    """Drawn once per process: a page shows a hundred of them."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', address_of_icon(name)
    )


def address_of_icon(name: str) -> str:
    return f"{static('vendor/lucide/sprite.svg')}#{name}"


@register.filter
def tone_icon(tone: str | None) -> str:
    """The icon that always stands beside a tone, so that color is never alone."""
    return TONE_ICONS.get(tone or "", "info")


@register.filter
def duration(value: float | Decimal | timedelta | None) -> str:
    """Seconds as m:ss, or h:mm:ss from one hour; an en dash for no value."""
    if value is None or value == "":
        return "–"
    seconds = round(value.total_seconds() if isinstance(value, timedelta) else float(value))
    sign, seconds = ("−" if seconds < 0 else ""), abs(seconds)
    hours, rest = divmod(seconds, 3600)
    minutes, second = divmod(rest, 60)
    if hours:
        return f"{sign}{hours}:{minutes:02}:{second:02}"
    return f"{sign}{minutes}:{second:02}"


@register.filter
def local_time(at: datetime | None, form: str = "j M Y, H:i") -> str | SafeString:
    """A moment in the reader's zone as <time>, with UTC on hover; an en dash for no value."""
    if not at:
        return "–"
    utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        utc.isoformat(timespec="seconds").replace("+00:00", "Z"),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
        formats.date_format(timezone.localtime(at), form),
    )


@register.filter
def local_date(on: date | datetime | None) -> str | SafeString:
    """A day as <time>; a moment is first taken to the reader's zone."""
    if not on:
        return "–"
    if isinstance(on, datetime):
        return local_time(on, "j M Y")
    return format_html(
        '<time datetime="{}">{}</time>', on.isoformat(), formats.date_format(on, "j M Y")
    )


@register.filter
def initials(name: str | None) -> str:
    """First letters of the first and the last word, for an avatar."""
    words = str(name or "").replace("@", " ").split()
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


@register.filter
def reference(pk: int | None, prefix: str = "") -> str:
    """A record's number as people say it: `42|reference:"E"` is E-42."""
    return f"{prefix}-{pk}" if prefix else f"#{pk}"


@register.filter
def number(value: Decimal | float | None, decimals: int = 0) -> str:
    """A figure with grouped thousands and a true minus; an en dash for no value."""
    if value is None or value == "":
        return "–"
    return f"{value:,.{decimals}f}".replace("-", "−")


@register.filter(name="spoken")
def spoken_filter(sentence: str | None) -> str:
    """A sentence of a pure module in the page's language."""
    return spoken(sentence) if sentence else ""


@register.simple_tag
def browser_words() -> str | SafeString:
    """What scripts say, as JSON for static/js/words.js; nothing on an English page."""
    if translation.get_language() == SOURCE:
        return ""
    return json_script({word: spoken(word) for word in WORDS}, "script-words")


@register.filter
def attribute(item: Any, name: str) -> Any:
    """`item.name` where the name is itself a value; None where there is none."""
    return item.get(name) if isinstance(item, dict) else getattr(item, name, None)


@register.simple_tag
def request_id() -> str:
    """The id of the current request, for error pages that have no request to ask."""
    return request_context.current().request_id


@register.filter
def message_tone(level_tag: str) -> str:
    """The tone of a message level of Django."""
    return {"success": "good", "warning": "warn", "error": "bad"}.get(level_tag, "accent")
