"""The form of an SLA policy: conditions as rows of three fields, targets as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from accounts.models import BusinessCalendar, Team
from crm.actions.policies import WARN_PERCENTS, Target
from crm.models import PolicyVersion, Segment
from crm.models.cases import CaseKind, Priority
from crm.models.interactions import Channel
from crm.models.sla import ClockKind, Metric
from crm.policy_names import custom_labels
from crm.policy_rules import FIELDS, OPERATORS
from routing.models import Queue

RULES = 3
HOUR = 3600


@dataclass(frozen=True)
class RuleRow:
    field: str = ""
    operator: str = ""
    value: str = ""


class PolicyForm(forms.Form):
    name = forms.CharField(max_length=80)
    calendar = forms.ModelChoiceField(
        BusinessCalendar.objects.filter(is_active=True),
        required=False,
        empty_label="Around the clock",
        help_text="Targets in business hours count by this calendar.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for metric in Metric:
            for priority in ("", *Priority.values):
                self.fields[cell(metric, priority)] = forms.DecimalField(
                    required=False,
                    min_value=0,
                    max_value=8784,
                    decimal_places=2,
                    label=f"{metric.label}, {Priority(priority).label if priority else 'any'}",
                )
            self.fields[f"clock-{metric}"] = forms.ChoiceField(
                choices=ClockKind.choices, label=f"{metric.label}: counted in"
            )
            self.fields[f"pauses-{metric}"] = forms.BooleanField(
                required=False, label=f"{metric.label}: pauses while waiting"
            )

    def targets(self) -> list[Target]:
        """One for each cell with hours in it; the form is valid."""
        found = []
        for metric in Metric:
            for priority in ("", *Priority.values):
                hours = self.cleaned_data.get(cell(metric, priority))
                if hours:
                    found.append(
                        Target(
                            metric=metric,
                            priority=priority,
                            target_seconds=int(hours * HOUR),
                            clock=self.cleaned_data[f"clock-{metric}"],
                            pauses_while_waiting=self.cleaned_data[f"pauses-{metric}"],
                            warn_percents=WARN_PERCENTS,
                        )
                    )
        return found

    def target_rows(self) -> Iterator[tuple[Metric, list[Any], Any, Any]]:
        """Metric, its cells by priority, its clock and its pause, for the template."""
        for metric in Metric:
            cells = [self[cell(metric, priority)] for priority in ("", *Priority.values)]
            yield metric, cells, self[f"clock-{metric}"], self[f"pauses-{metric}"]


def cell(metric: str, priority: str) -> str:
    return f"hours-{metric}-{priority or 'any'}"


def initial_of(version: PolicyVersion) -> dict[str, Any]:
    """A stored version as the form shows it."""
    told: dict[str, Any] = {
        "name": version.policy.name,
        "calendar": version.calendar_id,
        "version": version.number,
    }
    for target in version.targets.all():
        told[cell(target.metric, target.priority)] = f"{target.target_seconds / HOUR:.4f}".rstrip(
            "0"
        ).rstrip(".")
        told[f"clock-{target.metric}"] = target.clock
        told[f"pauses-{target.metric}"] = target.pauses_while_waiting
    return told


def rule_rows(stored: list[dict[str, Any]]) -> list[RuleRow]:
    """Stored rules and empty rows to fill in."""
    rows = [
        RuleRow(
            rule["field"],
            rule["operator"],
            ", ".join(map(str, rule["value"]))
            if isinstance(rule.get("value"), list)
            else str(rule.get("value") or ""),
        )
        for rule in stored
    ]
    return rows + [RuleRow()] * max(1, RULES - len(rows))


def read_rules(data: Any, part: str) -> list[dict[str, Any]]:
    """The rules that were filled in; several values of "is one of" are separated by commas."""
    rules = []
    fields, operators = data.getlist(f"{part}-field"), data.getlist(f"{part}-operator")
    for field, operator, value in zip(
        fields, operators, data.getlist(f"{part}-value"), strict=False
    ):
        if not field:
            continue
        text = value.strip()
        values = [one.strip() for one in text.split(",") if one.strip()]
        rules.append(
            {"field": field, "operator": operator, "value": values if operator == "in" else text}
        )
    return rules


def offered() -> dict[str, Any]:
    """What the rows of rules offer: fields, operators, and what may stand as a value."""
    return {
        "fields": [
            *((name, label) for name, (label, _operators) in FIELDS.items()),
            *custom_labels().items(),
        ],
        "operators": list(OPERATORS.items()),
        "values": [
            *((f"{value}", f"{label} (kind)") for value, label in CaseKind.choices),
            *((f"{value}", f"{label} (priority)") for value, label in Priority.choices),
            *((f"{value}", f"{label} (channel)") for value, label in Channel.choices),
            *((str(pk), f"{name} (queue)") for pk, name in Queue.objects.values_list("pk", "name")),
            *((str(pk), f"{name} (team)") for pk, name in Team.objects.values_list("pk", "name")),
            *(
                (str(pk), f"{name} (segment)")
                for pk, name in Segment.objects.values_list("pk", "name")
            ),
            ("yes", "yes (VIP)"),
        ],
    }
