"""Filters of lists by the custom fields of their rows."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from crm import custom_fields, custom_values
from crm.forms.widgets import PlainChoice, any_of
from crm.models import CustomFieldDefinition
from crm.models.custom_fields import FieldType

CUSTOM = "custom_"
# A list of choices, or yes and no, makes a filter that one picks from.
PICKED = (FieldType.CHOICE, FieldType.BOOLEAN)
RowsT = TypeVar("RowsT", bound=QuerySet[Any])


class WithCustomFilters(forms.Form):
    """Adds a filter for each custom field of the target that is one; `own` are all of them."""

    target: ClassVar[str]

    def __init__(self, data: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        self.own = list(CustomFieldDefinition.objects.of(self.target))
        self.definitions = {CUSTOM + row.key: row for row in self.own if row.is_filterable}
        for name, definition in self.definitions.items():
            self.fields[name] = _filter(definition)

    @property
    def own_filters(self) -> list[forms.BoundField]:
        return [self[name] for name in self.definitions]

    def gone(self, query: QueryDict) -> list[str]:
        """Filters of an address by fields that are no filter, or no field, any more."""
        return [name for name in query if name.startswith(CUSTOM) and name not in self.fields]

    def narrow_custom(self, rows: RowsT) -> RowsT:
        for name, definition in self.definitions.items():
            if (value := self.cleaned_data.get(name)) not in (None, "", [], False):
                rows = rows.filter(_condition(definition, value))
        return rows


def _filter(definition: CustomFieldDefinition) -> forms.Field:
    if definition.type not in PICKED:
        field = custom_fields.form_field(definition)
        field.required = False
        return field
    options = definition.options or [("yes", gettext("Yes")), ("no", gettext("No"))]
    choices = any_of([(str(code), str(label)) for code, label in options], definition.label)
    return PlainChoice(required=False, label=definition.label, choices=choices)


def _condition(definition: CustomFieldDefinition, value: Any) -> Q:
    path = f"custom__{definition.key}"
    if definition.type == FieldType.BOOLEAN:
        return Q(**{path: value == "yes"})
    if definition.type == FieldType.TEXT:
        return Q(**{f"{path}__icontains": value})
    if definition.type == FieldType.DECIMAL:
        return custom_values.compared(definition.key, "is", value)
    return Q(**{path: custom_fields.stored(definition, value, "")})
