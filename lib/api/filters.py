"""Query parameters by allow-list: what a resource does not have is refused, never ignored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from lib.api.errors import Refused, faults
from lib.http import Fault

MOST_VALUES = 50
LONGEST_VALUE = 200
LONGEST_LIST = 2000
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200

__all__ = ["FilterSet", "IdFilter", "IdsFilter", "MomentFilter", "StrictFilters"]


class MomentField(IsoDateTimeField):
    """An ISO 8601 moment in a year that calendars on every side can hold."""

    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        if moment is not None and not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
            raise forms.ValidationError("Use a year from 1900 to 2200.", code="out_of_range")
        return moment


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = MomentField


class IdFilter(django_filters.NumberFilter):
    field_class = forms.IntegerField


class IdsFilter(django_filters.BaseInFilter, IdFilter):
    """Ids separated by commas, at most 50."""


class StrictFilters(DjangoFilterBackend):
    """The filters of the view's `filterset_class`, for lists."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        if view.action != "list":
            return queryset
        filters = self.get_filterset(request, queryset, view)
        if filters is None:
            return queryset
        if not filters.is_valid():
            refuse_values(list(faults_of(filters.form)))
        return filters.qs


def refuse_parameters(request: Request, known: frozenset[str]) -> None:
    """Raises Refused for a parameter that is unknown, given twice, or longer than any value."""
    unknown = sorted(request.query_params.keys() - known)
    if unknown:
        faults = [
            Fault(pointer=f"?{name[:60]}", code="unknown_parameter", detail="No such parameter.")
            for name in unknown
        ]
        names = ", ".join(sorted(known)) or "none"
        raise Refused("unknown-parameter", f"Parameters here: {names}.", errors=faults)
    refuse_values(list(overlong(request)))


def parameters_of(request: Request, serializer_class: type[Serializer[Any]]) -> dict[str, Any]:
    """The parameters of an action by a serializer; raises Refused, naming each as `?name`."""
    asked = serializer_class(data=request.query_params)
    try:
        asked.is_valid(raise_exception=True)
    except ValidationError as error:
        found = list(faults(error.get_full_details()))
        for one in found:
            one["pointer"] = f"?{one['pointer'].removeprefix('/')}"
        refuse_values(found)
    values: dict[str, Any] = asked.validated_data
    return values


def overlong(request: Request) -> Iterator[Fault]:
    for name, values in request.query_params.lists():
        pointer, text = f"?{name}", values[-1]
        if len(values) > 1:
            detail = "Give it once; separate several values by commas."
            yield Fault(pointer=pointer, code="repeated", detail=detail)
        elif text.count(",") >= MOST_VALUES:
            detail = f"Name at most {MOST_VALUES} values."
            yield Fault(pointer=pointer, code="too_many", detail=detail)
        elif name != "cursor" and len(text) > (LONGEST_LIST if "," in text else LONGEST_VALUE):
            detail = f"A value has at most {LONGEST_VALUE} characters."
            yield Fault(pointer=pointer, code="too_long", detail=detail)


def faults_of(form: forms.Form) -> Iterator[Fault]:
    for name, errors in form.errors.as_data().items():
        for error in errors:
            for sentence in error.messages:
                yield Fault(pointer=f"?{name}", code=error.code or "invalid", detail=sentence)


def refuse_values(faults: list[Fault]) -> None:
    if faults:
        raise Refused("invalid-input", "Mend what `errors` names.", errors=faults)
