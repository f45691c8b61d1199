"""Filters of the list of customers."""

from __future__ import annotations

from typing import Any

from django import forms

from crm import custom_fields, segments
from crm.forms.interactions import PlainChoice, PlainModelChoice, any_of
from crm.models import CustomFieldDefinition, Segment, Tag
from crm.models.custom_fields import FieldType, Target
from crm.models.customers import CustomerQuerySet
from lib.refusals import Invalid

YES_NO = [("yes", "VIP"), ("no", "Not VIP")]
CUSTOM = "custom_"
# A list of choices, or yes and no, makes a filter that one picks from.
PICKED = (FieldType.CHOICE, FieldType.BOOLEAN)


class CustomerFilter(forms.Form):
    """Each filter narrows what is visible anyway; custom fields add their own."""

    q = forms.CharField(required=False, max_length=200, label="Search")
    tag = PlainModelChoice(Tag.objects.all(), required=False, empty_label="Any tag")
    segment = PlainModelChoice(Segment.objects.all(), required=False, empty_label="Everybody")
    vip = PlainChoice(required=False, label="VIP", choices=any_of(YES_NO, "VIP or not"))

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        rows = CustomFieldDefinition.objects.of(Target.CUSTOMER).filter(is_filterable=True)
        self.definitions = {CUSTOM + row.key: row for row in rows}
        for name, definition in self.definitions.items():
            self.fields[name] = self._filter(definition)

    def _filter(self, definition: CustomFieldDefinition) -> forms.Field:
        if definition.type not in PICKED:
            field = custom_fields.form_field(definition)
            field.required = False
            return field
        options = definition.options or [("yes", "Yes"), ("no", "No")]
        choices = any_of([(str(code), str(label)) for code, label in options], definition.label)
        return PlainChoice(required=False, label=definition.label, choices=choices)

    @property
    def often(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name != "q"]

    def narrow(self, rows: CustomerQuerySet, *, with_contact_points: bool) -> CustomerQuerySet:
        """The rows that every chosen filter lets through."""
        chosen = self.cleaned_data
        if chosen.get("tag"):
            rows = rows.tagged(chosen["tag"])
        if chosen.get("segment"):
            rows = self._of_segment(rows, chosen["segment"])
        if chosen.get("vip"):
            rows = rows.filter(is_vip=chosen["vip"] == "yes")
        for name, definition in self.definitions.items():
            if chosen.get(name) not in (None, "", []):
                rows = rows.filter(**_custom(definition, chosen[name]))
        if chosen.get("q"):
            rows = rows.matching(chosen["q"], with_contact_points=with_contact_points)
        return rows

    def _of_segment(self, rows: CustomerQuerySet, segment: Segment) -> CustomerQuerySet:
        """The segment's customers; none where a field of its conditions is gone."""
        try:
            return segments.narrowed(rows, segment.conditions)
        except Invalid:
            return rows.none()


def _custom(definition: CustomFieldDefinition, value: Any) -> dict[str, Any]:
    path = f"custom__{definition.key}"
    if definition.type == FieldType.BOOLEAN:
        return {path: value == "yes"}
    if definition.type == FieldType.TEXT:
        return {f"{path}__icontains": value}
    return {path: custom_fields.stored(definition, value, "")}
