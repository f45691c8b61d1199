"""Named sets of customers by conditions over allowed fields; never a word of SQL from outside.

Conditions are {"match": "all" | "any", "rules": [{"field", "operator", "value"}, …]}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.fields import BooleanField
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from crm import custom_values
from crm.models import Case as CustomerCase
from crm.models import (
    ConsentEvent,
    ConsentPurpose,
    ContactPoint,
    Customer,
    CustomFieldDefinition,
    Interaction,
    OrganizationRole,
)
from crm.models.consents import ANY, Decision
from crm.models.custom_fields import FieldType, Target
from crm.models.customers import CustomerQuerySet
from crm.models.interactions import Channel
from crm.names import name_key
from lib.refusals import Invalid
from lib.sentences import said

MOST_RULES = 20
CUSTOM = "custom."
OPERATORS = {
    "is": pgettext_lazy("segment", "is"),
    "is_not": pgettext_lazy("segment", "is not"),
    "contains": pgettext_lazy("segment", "contains"),
    "at_least": pgettext_lazy("segment", "is at least"),
    "at_most": pgettext_lazy("segment", "is at most"),
    "empty": pgettext_lazy("segment", "is empty"),
    "days_ago": pgettext_lazy("segment", "was in the last days"),
    "not_days_ago": pgettext_lazy("segment", "was not in the last days"),
}
TEXTS = ("is", "is_not", "contains", "empty")
NUMBERS = ("is", "at_least", "at_most")
TIMES = ("days_ago", "not_days_ago", "empty")
MEMBERS = ("is", "is_not")
# What answers yes or no, in every language that the page speaks.
YES_NO = {"yes": True, "sí": True, "si": True, "no": False}


class BadConditions(Invalid):
    def __init__(self, sentence: str) -> None:
        super().__init__("conditions", sentence)


@dataclass(frozen=True)
class Field:
    """A field of conditions: its words, its operators, and how a rule becomes a filter."""

    label: Any
    operators: tuple[str, ...]
    build: Callable[[str, str], Q]


def narrowed(rows: CustomerQuerySet, conditions: Mapping[str, Any]) -> CustomerQuerySet:
    """The customers of a segment, restricted ones left out; raises BadConditions."""
    rows = rows.filter(restricted_at__isnull=True)
    return rows.filter(condition(conditions))


def condition(conditions: Mapping[str, Any]) -> Q:
    """The conditions as one filter over Customer; raises BadConditions."""
    known = fields()
    rules = checked_rules(conditions)
    parts = [_part(rule, known) for rule in rules]
    whole = Q()
    for part in parts:
        whole = whole | part if conditions.get("match") == "any" else whole & part
    return whole


def checked_rules(conditions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rules = conditions.get("rules")
    if conditions.get("match") not in ("all", "any") or not isinstance(rules, list) or not rules:
        raise BadConditions(said("Add at least one condition."))
    if len(rules) > MOST_RULES:
        raise BadConditions(said("A segment has at most {most} conditions.", most=MOST_RULES))
    return rules


def _part(rule: Mapping[str, Any], known: Mapping[str, Field]) -> Q:
    name, operator = str(rule.get("field", "")), str(rule.get("operator", ""))
    field = known.get(name)
    if field is None:
        raise BadConditions(said("There is no field “{key}”.", key=name))
    if operator not in field.operators:
        raise BadConditions(said("“{field}” cannot be asked like this.", field=field.label))
    value = str(rule.get("value", "") if rule.get("value") is not None else "").strip()
    if operator != "empty" and not value:
        raise BadConditions(said("Enter a value for “{field}”.", field=field.label))
    return field.build(operator, value)


def in_words(conditions: Mapping[str, Any]) -> list[str]:
    """Each condition as a sentence; a field that is gone is told by its name."""
    known = fields()
    told = []
    for rule in conditions.get("rules") or []:
        field = known.get(str(rule.get("field")))
        label = field.label if field else gettext("%(field)s (gone)") % {"field": rule.get("field")}
        operator = OPERATORS.get(str(rule.get("operator")), "?")
        value = "" if rule.get("operator") == "empty" else f" {rule.get('value')}"
        told.append(f"{label} {operator}{value}")
    return told


def fields() -> dict[str, Field]:
    """Every field that conditions may name, custom fields included; two queries."""
    found = dict(_FIXED)
    for purpose in ConsentPurpose.objects.all():
        for channel in (Channel.VOICE, Channel.EMAIL, Channel.SMS):
            label = gettext("May be contacted for %(purpose)s by %(channel)s") % {
                "purpose": purpose.label,
                "channel": channel.label,
            }
            build = _consent(purpose, channel.value)
            found[f"consent.{purpose.code}.{channel.value}"] = Field(label, ("is",), build)
    for definition in CustomFieldDefinition.objects.of(Target.CUSTOMER):
        operators = (*TEXTS, "at_least", "at_most")
        found[CUSTOM + definition.key] = Field(definition.label, operators, _custom(definition))
    return found


def _text(column: str) -> Callable[[str, str], Q]:
    def build(operator: str, value: str) -> Q:
        if operator == "empty":
            return Q(**{column: ""})
        if operator == "contains":
            return Q(**{f"{column}__icontains": value})
        same = Q(**{f"{column}__iexact": value})
        return same if operator == "is" else ~same

    return build


def _name(operator: str, value: str) -> Q:
    key = name_key(value)
    if operator == "empty":
        return Q(name_key="")
    if operator == "contains":
        return Q(name_key__contains=key)
    return Q(name_key=key) if operator == "is" else ~Q(name_key=key)


def _number(column: str) -> Callable[[str, str], Q]:
    lookups = {"is": "", "at_least": "__gte", "at_most": "__lte"}

    def build(operator: str, value: str) -> Q:
        return Q(**{column + lookups[operator]: _whole(value)})

    return build


def _whole(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise BadConditions(said("“{value}” is not a whole number.", value=value[:20]))
    return int(value)


def _days(column: str) -> Callable[[str, str], Q]:
    def build(operator: str, value: str) -> Q:
        if operator == "empty":
            return Q(**{f"{column}__isnull": True})
        since = timezone.now() - timedelta(days=min(_whole(value), 36_500))
        recent = Q(**{f"{column}__gte": since})
        return recent if operator == "days_ago" else ~recent | Q(**{f"{column}__isnull": True})

    return build


def _yes_no(column: str) -> Callable[[str, str], Q]:
    def build(operator: str, value: str) -> Q:
        wanted = YES_NO.get(value.lower())
        if wanted is None:
            raise BadConditions(said("Answer yes or no."))
        return Q(**{column: wanted})

    return build


def _member(rows: Any, lookup: str) -> Callable[[str, str], Q]:
    """Whether a related row fits; `rows` is a manager whose rows name the customer."""

    def build(operator: str, value: str) -> Q:
        found = Exists(rows.filter(customer=OuterRef("pk"), **{lookup: value}))
        return Q(found) if operator == "is" else ~Q(found)

    return build


def _open_case(operator: str, value: str) -> Q:
    open_ones = CustomerCase.objects.filter(
        customer=OuterRef("pk"), status__category__in=("open", "waiting")
    )
    wanted = YES_NO.get(value.lower())
    if wanted is None:
        raise BadConditions(said("Answer yes or no."))
    return Q(Exists(open_ones)) if wanted else ~Q(Exists(open_ones))


def _consent(purpose: ConsentPurpose, channel: str) -> Callable[[str, str], Q]:
    """What crm.consent decides, as a condition of the database."""

    def build(operator: str, value: str) -> Q:
        now = timezone.now()
        in_force = ConsentEvent.objects.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            customer=OuterRef("pk"),
            purpose=purpose,
            at__lte=now,
        ).order_by("-at", "-id")
        specific, general = in_force.filter(channel=channel), in_force.filter(channel=ANY)
        allowed = (
            Customer.objects.annotate(
                own=Subquery(specific.values("decision")[:1]),
                own_at=Subquery(specific.values("at")[:1]),
                any=Subquery(general.values("decision")[:1]),
                any_at=Subquery(general.values("at")[:1]),
            )
            .annotate(
                allowed=Case(
                    When(
                        Q(own=Decision.GRANTED)
                        & (
                            Q(any=Decision.GRANTED)
                            | Q(any__isnull=True)
                            | Q(any_at__lt=F("own_at"))
                        ),
                        then=Value(True),
                    ),
                    When(own__isnull=False, then=Value(False)),
                    When(any=Decision.GRANTED, then=Value(True)),
                    When(any__isnull=False, then=Value(False)),
                    default=Value(purpose.default_allowed),
                    output_field=BooleanField(),
                )
            )
            .filter(allowed=True)
        )
        may = Q(pk__in=allowed.values("pk"))
        return may if YES_NO.get(value.lower()) else ~may

    return build


def _custom(definition: CustomFieldDefinition) -> Callable[[str, str], Q]:
    column = f"custom__{definition.key}"
    lookups = {"contains": "__icontains", "at_least": "__gte", "at_most": "__lte"}

    def build(operator: str, value: str) -> Q:
        if operator == "empty":
            return ~Q(custom__has_key=definition.key)
        if definition.type == FieldType.DECIMAL and operator != "contains":
            return _decimal(definition, operator, value)
        wanted: Any = _typed(definition, value)
        if operator in ("is", "is_not"):
            return Q(**{column: wanted}) if operator == "is" else ~Q(**{column: wanted})
        return Q(**{column + lookups[operator]: wanted})

    return build


def _decimal(definition: CustomFieldDefinition, operator: str, value: str) -> Q:
    try:
        number = custom_values.read_number(value)
    except custom_values.NotANumber:
        raise BadConditions(
            said("“{field}” is a number, such as 12.50.", field=definition.label)
        ) from None
    if operator == "is_not":
        return ~custom_values.compared(definition.key, "is", number)
    return custom_values.compared(definition.key, operator, number)


def _typed(definition: CustomFieldDefinition, value: str) -> Any:
    """The value as JSON holds it: whole numbers as such, yes and no, all else as text."""
    if definition.type == "boolean":
        return YES_NO.get(value.lower(), False)
    if definition.type == "integer":
        try:
            return int(Decimal(value))
        except (InvalidOperation, ValueError, OverflowError):
            raise BadConditions(
                said("“{field}” is a whole number.", field=definition.label)
            ) from None
    if definition.type == "date":
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise BadConditions(
                said("Write the day of “{field}” as 2026-03-16.", field=definition.label)
            ) from None
    return value


_POINTS, _ROLES = ContactPoint.objects, OrganizationRole.objects
_FIXED = {
    "name": Field(_("Name"), TEXTS, _name),
    "language": Field(_("Language"), TEXTS, _text("preferred_language")),
    "channel": Field(_("Preferred channel"), TEXTS, _text("preferred_channel")),
    "source": Field(_("Source"), TEXTS, _text("source")),
    "vip": Field(_("VIP"), ("is",), _yes_no("is_vip")),
    "created": Field(_("Made"), TIMES[:2], _days("created_at")),
    "interactions": Field(_("Number of interactions"), NUMBERS, _number("interaction_count")),
    "last_interaction": Field(_("Last interaction"), TIMES, _days("last_interaction_at")),
    "open_case": Field(_("Has an open case"), ("is",), _open_case),
    "tag": Field(_("Tag"), MEMBERS, _member(Customer.tags.through.objects, "tag__name__iexact")),
    "organization": Field(
        _("Organization"), MEMBERS, _member(_ROLES, "organization__name__iexact")
    ),
    "contact_kind": Field(_("Has a contact point of kind"), MEMBERS, _member(_POINTS, "kind")),
    "contact_country": Field(_("Country of a phone"), MEMBERS, _member(_POINTS, "country__iexact")),
    "interaction_channel": Field(
        _("Was in contact by"), MEMBERS, _member(Interaction.objects, "channel")
    ),
}
