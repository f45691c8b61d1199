"""A select without the template of each option: lists of filters hold hundreds of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class PlainSelect(forms.Select):
    """Writes its options itself; groups of options are not drawn."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "", '<option value="{}"{}>{}</option>', _options(self.choices, chosen)
        )
        built = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(built), options)


def _options(choices: Iterable[Any], chosen: str) -> Iterator[tuple[str, SafeString, str]]:
    selected = SafeString(" selected")
    for value, words in choices:
        text = str(value)
        yield text, selected if text == chosen else SafeString(""), words


def any_of(choices: Iterable[tuple[str, Any]], label: Any) -> list[tuple[str, Any]]:
    """Choices of a filter, the one that lets everything through first."""
    return [("", label), *choices]


class PlainChoice(forms.ChoiceField):
    widget = PlainSelect


class PlainModelChoice(forms.ModelChoiceField):
    widget = PlainSelect
