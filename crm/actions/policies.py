"""Verbs of SLA policies: save a version, put them in order, switch them off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from accounts import audit
from accounts.models import BusinessCalendar, User
from crm import clock_causes, policy_rules
from crm.models import PolicyVersion, SlaPolicy, SlaTarget
from crm.models.sla import LONGEST_TARGET_SECONDS, ClockKind, Metric
from lib.refusals import Invalid, Stale
from ops.jobs import enqueue

WARN_PERCENTS = (50, 75, 100)
# Policies move out of each other's way while their order is written.
FAR = 1_000_000


@dataclass(frozen=True)
class Target:
    """What one metric may take for one priority, "" for any."""

    metric: str
    target_seconds: int
    priority: str = ""
    clock: str = ClockKind.BUSINESS
    pauses_while_waiting: bool = False
    warn_percents: Sequence[int] = field(default=WARN_PERCENTS)


class NameTaken(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__("name", f"There is a policy named “{name}” already.")


class BadPolicy(Invalid):
    """Names the part of a policy that cannot be."""


class ChangedMeanwhile(Stale):
    def __str__(self) -> str:
        return "Somebody changed this policy in the meantime. Compare, then save again."


def save_policy(
    *,
    policy: SlaPolicy | None,
    name: str,
    conditions: Mapping[str, Any],
    calendar: BusinessCalendar | None,
    targets: Sequence[Target],
    by: User | None,
    at: datetime,
    version: int | None = None,
) -> SlaPolicy:
    """Make a policy, last in the order, or give one a new version.

    Cases that are not finished are counted anew by a job. Raises NameTaken, BadPolicy,
    ChangedMeanwhile.
    """
    name = " ".join(name.split())
    _check(name, conditions, targets)
    with transaction.atomic():
        stored = _locked(policy, version) if policy else _new(name)
        if SlaPolicy.objects.filter(name=name).exclude(pk=stored.pk).exists():
            raise NameTaken(name)
        before = _facts(stored)
        stored.name = name
        stored.current = _add_version(stored, conditions, calendar, targets, by)
        stored.version = stored.current.number
        stored.save()
        verb = "change_policy" if policy else "create_policy"
        audit.record(verb=verb, record=stored, by=by, at=at, before=before, after=_facts(stored))
        count_anew_later(at=at, cause=f"{clock_causes.POLICY}{name}")
    return stored


def move_policy(*, policy: SlaPolicy, by: User, at: datetime, up: bool) -> None:
    """Let a policy be tried one place earlier or later; at the end of the list nothing happens."""
    with transaction.atomic():
        order = list(SlaPolicy.objects.select_for_update().order_by("position"))
        place = next(index for index, row in enumerate(order) if row.pk == policy.pk)
        other = place - 1 if up else place + 1
        if not 0 <= other < len(order):
            return
        order[place], order[other] = order[other], order[place]
        SlaPolicy.objects.update(position=F("position") + FAR)
        for position, row in enumerate(order, start=1):
            SlaPolicy.objects.filter(pk=row.pk).update(position=position)
        before, after = {"position": place + 1}, {"position": other + 1}
        audit.record(verb="move_policy", record=policy, by=by, at=at, before=before, after=after)
        count_anew_later(at=at, cause=clock_causes.ORDER)


def set_policy_active(*, policy: SlaPolicy, is_active: bool, by: User, at: datetime) -> SlaPolicy:
    """Use a policy, or keep it unused; its cases get the next one that fits."""
    with transaction.atomic():
        stored = SlaPolicy.objects.select_for_update().get(pk=policy.pk)
        if stored.is_active == is_active:
            return stored
        stored.is_active = is_active
        stored.save(update_fields=["is_active", "updated_at"])
        after = {"is_active": is_active}
        audit.record(verb="set_policy_active", record=stored, by=by, at=at, after=after)
        count_anew_later(at=at, cause=f"{clock_causes.POLICY}{stored.name}")
    return stored


def count_anew_later(*, at: datetime, cause: str) -> None:
    """Order the job that gives unfinished clocks what holds since `at`."""
    enqueue("crm.recompute_clocks", key=f"{at.isoformat()}-{cause}"[:200], at_iso=at.isoformat())


def _check(name: str, conditions: Mapping[str, Any], targets: Sequence[Target]) -> None:
    if not name:
        raise BadPolicy("name", "Give the policy a name.")
    try:
        policy_rules.read(conditions)
    except policy_rules.BadConditions as error:
        raise BadPolicy("conditions", str(error)) from None
    seen = set()
    for one in targets:
        if one.metric not in Metric.values:
            raise BadPolicy("targets", "There is no such metric.")
        if not 1 <= one.target_seconds <= LONGEST_TARGET_SECONDS:
            raise BadPolicy("targets", "A target is between one second and 366 days.")
        if any(not 1 <= percent <= 100 for percent in one.warn_percents):
            raise BadPolicy("targets", "Warnings are given at 1 to 100 percent.")
        if (one.metric, one.priority) in seen:
            raise BadPolicy("targets", "Each metric has one target for each priority.")
        seen.add((one.metric, one.priority))


def _new(name: str) -> SlaPolicy:
    last = SlaPolicy.objects.aggregate(last=Max("position"))["last"] or 0
    return SlaPolicy.objects.create(name=name, position=last + 1)


def _locked(policy: SlaPolicy, version: int | None) -> SlaPolicy:
    rows = SlaPolicy.objects.select_related("current").select_for_update(of=("self",))
    stored = rows.get(pk=policy.pk)
    if version is not None and stored.version != version:
        raise ChangedMeanwhile
    return stored


def _add_version(
    policy: SlaPolicy,
    conditions: Mapping[str, Any],
    calendar: BusinessCalendar | None,
    targets: Sequence[Target],
    by: User | None,
) -> PolicyVersion:
    number = policy.current.number + 1 if policy.current else 1
    made = PolicyVersion.objects.create(
        policy=policy, number=number, conditions=dict(conditions), calendar=calendar, made_by=by
    )
    SlaTarget.objects.bulk_create(
        SlaTarget(
            version=made,
            metric=one.metric,
            priority=one.priority,
            target_seconds=one.target_seconds,
            clock=one.clock,
            pauses_while_waiting=one.pauses_while_waiting,
            warn_percents=sorted(one.warn_percents),
        )
        for one in targets
    )
    return made


def _facts(policy: SlaPolicy) -> dict[str, Any]:
    current = policy.current
    if current is None:
        return {}
    return {
        "name": policy.name,
        "conditions": current.conditions,
        "calendar_id": current.calendar_id,
        "targets": [
            [one.metric, one.priority, one.target_seconds] for one in current.targets.all()
        ],
    }
