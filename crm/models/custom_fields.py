"""Fields that a center adds to customers, organizations, interactions and cases by itself."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from lib.models import Versioned


class Target(models.TextChoices):
    CUSTOMER = "customer", "Customers"
    ORGANIZATION = "organization", "Organizations"
    INTERACTION = "interaction", "Interactions"
    CASE = "case", "Cases"


class FieldType(models.TextChoices):
    TEXT = "text", "Text, up to 500 characters"
    LONG_TEXT = "long_text", "Long text, up to 5,000 characters"
    INTEGER = "integer", "Whole number"
    DECIMAL = "decimal", "Number with decimals"
    BOOLEAN = "boolean", "Yes or no"
    DATE = "date", "Day"
    INSTANT = "instant", "Moment"
    CHOICE = "choice", "One of a list"
    CHOICES = "choices", "Several of a list"
    URL = "url", "Web address"
    EMAIL = "email", "E-mail address"
    PHONE = "phone", "Telephone number"


class CustomFieldQuerySet(models.QuerySet["CustomFieldDefinition"]):
    def of(self, target: str) -> CustomFieldQuerySet:
        """The fields in use, in their order."""
        return self.filter(target=target, retired_at__isnull=True).order_by("position", "id")


class CustomFieldDefinition(Versioned):
    """`options` lists code and label of each choice. A field is retired, never deleted.

    Values stand in the record's `custom` under the key: days and moments in ISO 8601, decimals as
    text, choices by code.
    """

    target = models.CharField(max_length=12, choices=Target)
    key = models.CharField(
        max_length=40,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9_]{0,39}$",
                "Begin with a small letter; use small letters, digits and _ only.",
            )
        ],
    )
    label = models.CharField(max_length=80)
    type = models.CharField(max_length=10, choices=FieldType)
    places = models.PositiveSmallIntegerField(
        "decimal places", default=2, validators=[MaxValueValidator(6)]
    )
    options = models.JSONField(
        default=list, blank=True, help_text='For lists: [["gold", "Gold"], ["silver", "Silver"]]'
    )
    minimum = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    maximum = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    is_required = models.BooleanField("required", default=False)
    position = models.PositiveSmallIntegerField(default=1)
    is_personal = models.BooleanField(
        "tells about the person", default=True, help_text="Emptied when the person is erased"
    )
    is_filterable = models.BooleanField("a filter of lists", default=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        ordering = ["target", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "key"], name="crm_custom_field_key_unique_in_its_target"
            ),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True)
                | Q(maximum__isnull=True)
                | Q(maximum__gte=models.F("minimum")),
                name="crm_custom_field_limits_are_ordered",
            ),
        ]

    def __str__(self) -> str:
        return self.label
