"""Reads, keeps and shows the values of custom fields: one rule for pages, imports and the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.contact_points import Unreadable, normalize_email, normalize_phone
from crm.models.custom_fields import CustomFieldDefinition, FieldType
from crm.redaction import redact
from lib.refusals import Invalid
from lib.sentences import said
from lib.speaking import spoken

LONGEST_TEXT, LONGEST_LONG_TEXT = 500, 5_000
EMPTY: tuple[Any, ...] = (None, "", [])


class UnknownField(Invalid):
    def __init__(self, key: str) -> None:
        super().__init__("custom", said("There is no field “{key}”.", key=key))


class WrongValue(Invalid):
    """`field` is the key of the custom field."""


def form_field(definition: CustomFieldDefinition) -> forms.Field:
    """The form field in which a value of this definition is entered and checked."""
    common: dict[str, Any] = {"label": definition.label, "required": definition.is_required}
    limits: dict[str, Any] = {"min_value": definition.minimum, "max_value": definition.maximum}
    match definition.type:
        case FieldType.LONG_TEXT:
            area = forms.Textarea(attrs={"rows": 4})
            return forms.CharField(max_length=LONGEST_LONG_TEXT, widget=area, **common)
        case FieldType.INTEGER:
            return forms.IntegerField(**common, **limits)
        case FieldType.DECIMAL:
            return forms.DecimalField(
                max_digits=20, decimal_places=definition.places, **common, **limits
            )
        case FieldType.BOOLEAN:
            return forms.BooleanField(label=definition.label, required=False)
        case FieldType.DATE:
            return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **common)
        case FieldType.INSTANT:
            moment = forms.DateTimeInput(attrs={"type": "datetime-local"})
            return forms.DateTimeField(widget=moment, **common)
        case FieldType.CHOICE:
            return forms.ChoiceField(choices=[("", "–"), *_choices(definition)], **common)
        case FieldType.CHOICES:
            boxes = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(choices=_choices(definition), widget=boxes, **common)
        case FieldType.URL:
            return forms.URLField(max_length=LONGEST_TEXT, assume_scheme="https", **common)
        case _:
            return forms.CharField(max_length=LONGEST_TEXT, **common)


def _choices(definition: CustomFieldDefinition) -> list[tuple[str, str]]:
    return [(str(code), str(label)) for code, label in definition.options]


def read_value(definition: CustomFieldDefinition, raw: Any, region: str) -> Any:
    """A value as it is kept in JSON; raises WrongValue with a sentence that names the field."""
    field = form_field(definition)
    try:
        return stored(definition, field.clean(_as_typed(raw)), region)
    except ValidationError as error:
        raise WrongValue(definition.key, f"{definition.label}: {error.messages[0]}") from None
    except Unreadable as error:
        raise WrongValue(definition.key, f"{definition.label}: {spoken(error.message)}") from None


def _as_typed(raw: Any) -> Any:
    """What a form would get: JSON numbers become text, so that 1.10 is not read as a float."""
    if isinstance(raw, float | int) and not isinstance(raw, bool):
        return str(raw)
    return raw


def stored(definition: CustomFieldDefinition, value: Any, region: str) -> Any:
    """The cleaned value of the form field as JSON; raises Unreadable."""
    if value in EMPTY:
        return None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) and definition.type == FieldType.DECIMAL:
        return str(value)
    if definition.type == FieldType.PHONE:
        return normalize_phone(value, region).value
    if definition.type == FieldType.EMAIL:
        return normalize_email(value).value
    return redact(value) if isinstance(value, str) else value


def read_values(
    definitions: Sequence[CustomFieldDefinition],
    given: Mapping[str, Any],
    region: str,
    *,
    before: Mapping[str, Any],
) -> dict[str, Any]:
    """The whole `custom` of a record after `given` was entered over what it held before.

    Raises UnknownField and WrongValue. Values of retired fields stay as they are.
    """
    known = {definition.key: definition for definition in definitions}
    kept = dict(before)
    for key, raw in given.items():
        if key not in known:
            raise UnknownField(key)
        value = read_value(known[key], raw, region)
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value
    return kept


def shown(definition: CustomFieldDefinition, value: Any) -> str:
    """A kept value in the words of the page."""
    if value in EMPTY:
        return ""
    if definition.type == FieldType.BOOLEAN:
        return _("Yes") if value else _("No")
    if definition.type in (FieldType.CHOICE, FieldType.CHOICES):
        labels = dict(_choices(definition))
        codes = value if isinstance(value, list) else [value]
        return ", ".join(labels.get(code) or str(code) for code in codes)
    if definition.type == FieldType.DATE:
        on = parse_date(value)
        return date_format(on, "j M Y") if on else str(value)
    if definition.type == FieldType.INSTANT:
        at = parse_datetime(value)
        return date_format(timezone.localtime(at), "j M Y, H:i") if at else str(value)
    return str(value)


def told(
    definitions: Iterable[CustomFieldDefinition], values: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Label and words of each field that holds something, in the fields' order."""
    found = ((one.label, shown(one, values.get(one.key))) for one in definitions)
    return [(label, text) for label, text in found if text]


def initial(definition: CustomFieldDefinition, value: Any) -> Any:
    """A kept value as a form field begins with it."""
    if definition.type == FieldType.INSTANT and isinstance(value, str):
        at = parse_datetime(value)
        return at if at is None else _local(at)
    return value


def _local(at: datetime) -> datetime:
    return timezone.localtime(at).replace(tzinfo=None)
