"""Which policy a case gets, and why: the first active one whose conditions all hold."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from crm import policy_rules, segments
from crm.models import Case, Customer, PolicyVersion, Segment, SlaPolicy, SlaTarget
from crm.models.sla import ClockKind, Metric


@dataclass(frozen=True)
class Tried:
    """One policy that was looked at: `failing` are the rules it failed by, none if it fits."""

    policy: SlaPolicy
    failing: tuple[policy_rules.Rule, ...]

    @property
    def fits(self) -> bool:
        return not self.failing


@dataclass(frozen=True)
class Terms:
    """What holds for one metric of one case: its target, hours, pauses and warnings."""

    target_seconds: int | None
    calendar_version_id: int | None
    pauses_while_waiting: bool
    warn_percents: list[int]


def facts_of(case: Case, asked: Iterable[str] = ()) -> dict[str, Any]:
    """What conditions may ask about a case: two queries for what the customer belongs to.

    `asked` are the ids of the segments that a rule names; each costs one query.
    """
    customer = case.customer
    tags, organizations = _company_of(customer) if customer else ([], [])
    custom = {f"custom.{key}": value for key, value in case.custom.items()}
    if customer is not None:
        custom |= {f"customer.{key}": value for key, value in customer.custom.items()}
    return custom | {
        "priority": case.priority,
        "kind": case.kind,
        "channel": case.channel,
        "queue": case.queue_id,
        "team": case.team_id,
        "vip": "yes" if customer is not None and customer.is_vip else "no",
        "language": customer.preferred_language if customer else "",
        "tag": tags,
        "organization": organizations,
        "segment": _segments_of(customer, asked) if customer else [],
        "subject": case.subject,
    }


def _company_of(customer: Customer) -> tuple[list[str], list[int]]:
    """The customer's tags, and the organizations of today."""
    today = timezone.localdate()
    return (
        list(customer.tags.values_list("name", flat=True)),
        [role.organization_id for role in customer.roles.all() if role.is_in_force(today)],
    )


def tried(case: Case, policies: Iterable[SlaPolicy]) -> list[Tried]:
    """Every policy in its order, with what it failed by; those behind the first hit as well."""
    read = []
    for policy in policies:
        assert policy.current is not None
        read.append((policy, policy_rules.read(policy.current.conditions)))
    facts = facts_of(case, _segments_named(conditions for _, conditions in read))
    return [Tried(policy, conditions.failing(facts)) for policy, conditions in read]


def _segments_named(all_conditions: Iterable[policy_rules.Conditions]) -> set[str]:
    """The ids of segments that a rule asks for."""
    rules = (rule for one in all_conditions for rule in (*one.every, *one.some))
    return {
        str(value)
        for rule in rules
        if rule.field == "segment" and rule.value is not None
        for value in (rule.value if isinstance(rule.value, list) else [rule.value])
    }


def _segments_of(customer: Customer, ids: Iterable[str]) -> list[int]:
    """Those of these segments that the customer belongs to; one that cannot be asked is none."""
    rows = Segment.objects.filter(pk__in=[pk for pk in ids if pk.isdigit()])
    me = Customer.objects.active().filter(pk=customer.pk)
    found = []
    for segment in rows:
        with suppress(segments.BadConditions):
            if segments.narrowed(me, segment.conditions).exists():
                found.append(segment.pk)
    return found


def chosen(case: Case, policies: Iterable[SlaPolicy] | None = None) -> PolicyVersion | None:
    """The version that the case gets, None if no policy fits. Two queries without `policies`."""
    rows = SlaPolicy.objects.in_order() if policies is None else policies
    return next((one.policy.current for one in tried(case, rows) if one.fits), None)


def terms_of(version: PolicyVersion | None, metric: str, priority: str) -> Terms:
    """The terms of a metric; without a target a clock only records."""
    target = version.target_of(metric, priority) if version else None
    if version is None or target is None:
        return Terms(None, None, metric == Metric.RESOLUTION, [])
    return Terms(
        target.target_seconds,
        _calendar_version_id(version, target),
        target.pauses_while_waiting,
        sorted(target.warn_percents),
    )


def _calendar_version_id(version: PolicyVersion, target: SlaTarget) -> int | None:
    if target.clock == ClockKind.WALL or version.calendar is None:
        return None
    return version.calendar.current_id
