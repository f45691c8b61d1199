"""Names of the values that conditions hold as ids and codes, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from accounts.models import Team
from crm.models import CustomFieldDefinition, Organization, Segment
from crm.models.cases import CaseKind, Priority
from crm.models.custom_fields import Target
from crm.models.interactions import Channel
from crm.policy_rules import CUSTOM, LABELS, Rule
from lib.sentences import say_now
from routing.models import Queue


def custom_labels() -> dict[str, str]:
    """The custom fields that conditions may name, with their labels; two queries."""
    return {
        prefix + row.key: say_now(CUSTOM[prefix], name=row.label)
        for target, prefix in ((Target.CASE, "custom."), (Target.CUSTOMER, "customer."))
        for row in CustomFieldDefinition.objects.of(target)
    }


def names_of(rules: Iterable[Rule]) -> Mapping[str, Mapping[str, str]]:
    """By field; queues and teams are read only where a rule names one."""
    fields = {rule.field for rule in rules}
    names: dict[str, Mapping[str, str]] = {
        "priority": {name: str(label) for name, label in Priority.choices},
        "kind": {name: str(label) for name, label in CaseKind.choices},
        "channel": {name: str(label) for name, label in Channel.choices},
    }
    if "queue" in fields:
        names["queue"] = {str(pk): name for pk, name in Queue.objects.values_list("pk", "name")}
    if "team" in fields:
        names["team"] = {str(pk): name for pk, name in Team.objects.values_list("pk", "name")}
    if "organization" in fields:
        rows = Organization.objects.values_list("pk", "name")
        names["organization"] = {str(pk): name for pk, name in rows}
    if "segment" in fields:
        names["segment"] = {str(pk): name for pk, name in Segment.objects.values_list("pk", "name")}
    if any(field.startswith(tuple(CUSTOM)) for field in fields):
        names[LABELS] = custom_labels()
    return names
