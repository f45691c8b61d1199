"""Text fields for what people write: card data is masked on its way into the database.

Whatever stores a value comes by here: saving, `bulk_create`, `update` and filters. Which words are
card data is not known here; `config/wiring.py` names who knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import models

Redactor = Callable[[str], str]
_redactor: list[Redactor] = []


def use_redactor(redactor: Redactor) -> None:
    """Name the function that takes card data out of a text; it changes its own results no more."""
    _redactor[:] = [redactor]


def masked(text: str, most: int | None = None) -> str:
    """The text without card data, cut at `most` characters: a label may be longer than the code."""
    if not _redactor:
        raise RuntimeError("No redactor is registered, so no text may be stored.")
    return _redactor[0](text)[:most]


def masked_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their texts masked; what is no text stays as it is."""
    return {
        key: masked(value) if isinstance(value, str) else value for key, value in values.items()
    }


class _Masked:
    """What both kinds of field do; to migrations they are the plain ones."""

    max_length: int | None
    attname: str

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, path.replace("lib.masking.Masked", "django.db.models."), args, kwargs

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = self.get_prep_value(getattr(instance, self.attname))
        setattr(instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        told = super().get_prep_value(value)  # type: ignore[misc]
        return masked(told, self.max_length) if isinstance(told, str) else told


class MaskedCharField(_Masked, models.CharField):
    """A line of text without card data."""


class MaskedTextField(_Masked, models.TextField):
    """A text of any length without card data."""
