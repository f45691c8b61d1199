"""The body and the answer of a push: Attune JSON in, one result per item out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from phonenumbers import SUPPORTED_REGIONS
from rest_framework import serializers

from crm.importing.options import ImportOptions, MissingCustomers, MissingPeople
from crm.importing.pushing import MOST_ITEMS
from lib.api.serializers import Serializer

NAMES = get_args(MissingPeople)
OPTIONS = ("missing_agents", "missing_queues", "missing_customers", "phone_region")


class ImportOptionsSerializer(Serializer):
    """What to do about unknown names."""

    missing_agents = serializers.ChoiceField(
        choices=NAMES, default="unlinked", help_text="Unknown agents."
    )
    missing_queues = serializers.ChoiceField(
        choices=NAMES, default="create", help_text="Unknown queues."
    )
    missing_customers = serializers.ChoiceField(
        choices=get_args(MissingCustomers), default="create", help_text="Unknown customers."
    )
    phone_region = serializers.RegexField(
        "^[A-Z]{2}$", default="", help_text="Country of telephone numbers without a country code."
    )

    def validate_phone_region(self, region: str) -> str:
        if region and region not in SUPPORTED_REGIONS:
            raise serializers.ValidationError("Use the two letters of a country, such as DE or US.")
        return region


class PushSerializer(ImportOptionsSerializer):
    """Attune JSON as in docs/how-to/import-formats.md, with what to do about unknown names."""

    attune = serializers.ChoiceField(choices=[1], default=1, help_text="Version of the format.")
    source: Any = serializers.CharField(max_length=80, help_text="The system that it comes from.")
    interactions = serializers.ListField(
        child=serializers.JSONField(allow_null=True),
        min_length=1,
        max_length=MOST_ITEMS,
        help_text="Interactions as objects of Attune JSON.",
    )


class PushedFaultSerializer(Serializer):
    pointer = serializers.CharField(help_text="A pointer into the item.")
    code = serializers.CharField()
    detail = serializers.CharField()


class PushedItemSerializer(Serializer):
    position = serializers.IntegerField(help_text="From 0, as the items were sent.")
    status = serializers.ChoiceField(
        choices=["created", "updated", "unchanged", "conflict", "failed"]
    )
    id = serializers.IntegerField(allow_null=True, help_text="Id of the interaction.")
    errors: Any = PushedFaultSerializer(many=True)


class PushedSerializer(Serializer):
    results = PushedItemSerializer(many=True)


def options_of(given: Mapping[str, Any]) -> ImportOptions:
    return ImportOptions(**{name: given[name] for name in OPTIONS})
