"""Serializers that name what they do not know instead of passing over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail


class Strict:
    """Refuses names that the resource does not have, or that nobody may write."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_unwritable(self.fields, data)  # type: ignore[attr-defined]
        return super().to_internal_value(data)  # type: ignore[misc]


class Serializer(Strict, serializers.Serializer[Any]):
    pass


class ModelSerializer(Strict, serializers.ModelSerializer[Any]):
    pass


def refuse_unwritable(fields: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    errors = {}
    for name in data:
        if name not in fields:
            errors[name] = [ErrorDetail("There is no such field.", code="unknown_field")]
        elif fields[name].read_only:
            errors[name] = [ErrorDetail("This field cannot be written.", code="read_only")]
    if errors:
        raise serializers.ValidationError(errors)
