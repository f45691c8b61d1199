"""Verbs of sampling plans: make, change, start, pause, end; fix and reveal their seeds."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Team, User
from quality.filters import read_filters
from quality.models import PlanOverride, PlanShare, SamplingPlan, Scorecard, SeedCommitment
from quality.models.plans import PLAN_TRANSITIONS, PlanOrder, PlanState, QuotaKind
from quality.models.scorecards import ScorecardKind
from quality.plan_periods import most_slices, period_start
from quality.plan_rules import filters_document, rule_document
from quality.refusals import Invalid, Refused, Stale, need_reason
from quality.sampling import commitment as seed_hash

MOST_PER_PERIOD = 1_000
COMMIT_AHEAD = timedelta(hours=2)  # At 22:00 the seed of the next day's period is fixed.

_QUOTA_FIELDS = {
    QuotaKind.PER_AGENT: ("quota_n",),
    QuotaKind.PER_AGENT_PERCENT: ("quota_percent", "quota_min"),
    QuotaKind.PER_EVALUATOR: ("quota_n",),
    QuotaKind.EVERY_MATCH: (),
}


class PlanChangedElsewhere(Stale):
    def __init__(self) -> None:
        super().__init__("Somebody else changed this plan. Load it again to go on.")


class NotPossibleForPlan(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This is not possible while the plan is {state}.")


class NobodyToScore(Refused):
    def __init__(self) -> None:
        super().__init__(
            "“A number per evaluator” needs evaluators: give at least one of them a share."
        )


@dataclass(frozen=True)
class PlanContent:
    """What a plan says; the fields of other quotas than the chosen one are set to null."""

    name: str
    scorecard: Scorecard
    quota_kind: str
    quota_n: int | None = None
    quota_percent: Decimal | None = None
    quota_min: int | None = None
    period: str = "week"
    slices: int = 1
    order: str = "random"
    priority_field: str = ""
    double_percent: Decimal = Decimal(5)
    due_days: int = 7
    filters: Mapping[str, Any] = field(default_factory=dict)
    teams: Iterable[Team] = ()
    shares: Mapping[User, Decimal] = field(default_factory=dict)


def create_plan(*, content: PlanContent, by: User, at: datetime) -> SamplingPlan:
    """A draft; nothing is drawn until it is activated."""
    with transaction.atomic():
        plan = SamplingPlan(owner=by)
        _write(plan, content)
        audit.record(verb="create_plan", record=plan, by=by, at=at, after=_told(plan))
    return plan


def change_plan(
    *, plan: SamplingPlan, content: PlanContent, seen: int, by: User, at: datetime
) -> SamplingPlan:
    """Change what the plan says. Draws made before keep what it said then.

    The period of a plan stays once it has been active; other slices begin with the next period.
    """
    with transaction.atomic():
        locked = _locked(plan)
        if locked.row_version != seen:
            raise PlanChangedElsewhere
        if locked.state == PlanState.ENDED:
            raise NotPossibleForPlan("ended")
        if locked.activated_at and locked.period != content.period:
            raise Invalid("period", "The period of a plan that was active stays. Make a new plan.")
        if locked.activated_at and locked.scorecard_id != content.scorecard.pk:
            raise Invalid("scorecard", "The scorecard of a plan that was active stays.")
        before = _told(locked)
        locked.row_version += 1
        _write(locked, content)
        after = _told(locked)
        changed = [name for name in after if before.get(name) != after[name]]
        audit.record(
            verb="change_plan",
            record=locked,
            by=by,
            at=at,
            before={name: before.get(name) for name in changed},
            after={name: after[name] for name in changed},
        )
    return locked


def activate_plan(*, plan: SamplingPlan, by: User, at: datetime) -> SamplingPlan:
    """Let a draft or paused plan draw. The seed of the running period is fixed at once."""
    with transaction.atomic():
        locked = _locked(plan)
        if locked.quota_kind == QuotaKind.PER_EVALUATOR and not locked.shares.exists():
            raise NobodyToScore
        if locked.scorecard.archived_at or locked.scorecard.current_version_id is None:
            raise Refused(f"“{locked.scorecard}” has no version in force.")
        _move(locked, PlanState.ACTIVE, by, at, verb="activate_plan")
        commit_seed(plan=locked, by=by, at=at)
    return locked


def pause_plan(*, plan: SamplingPlan, by: User, at: datetime) -> SamplingPlan:
    """Draw nothing until it is activated again; what was missed is then caught up."""
    with transaction.atomic():
        return _move(_locked(plan), PlanState.PAUSED, by, at, verb="pause_plan")


def end_plan(*, plan: SamplingPlan, by: User, at: datetime) -> SamplingPlan:
    """Never draw again; every seed that is still secret is revealed."""
    with transaction.atomic():
        locked = _move(_locked(plan), PlanState.ENDED, by, at, verb="end_plan")
        for commitment in locked.commitments.filter(revealed_at__isnull=True):
            reveal_seed(commitment=commitment, by=by, at=at)
    return locked


def delete_plan(*, plan: SamplingPlan, by: User, at: datetime) -> None:
    """Throw a draft away that was never active."""
    with transaction.atomic():
        locked = _locked(plan)
        if locked.state != PlanState.DRAFT:
            raise NotPossibleForPlan(locked.get_state_display().lower())
        audit.record(verb="delete_plan", record=locked, by=by, at=at, before=_told(locked))
        locked.delete()


def add_override(
    *,
    plan: SamplingPlan,
    agent: User,
    quota_n: int,
    from_on: date,
    until_on: date,
    reason: str,
    by: User,
    at: datetime,
) -> PlanOverride:
    """Another number for one agent in the slices that begin on these days."""
    reason = need_reason(reason, 5, most=300)
    if until_on < from_on:
        raise Invalid("until_on", "The last day is before the first one.")
    if not 0 <= quota_n <= MOST_PER_PERIOD:
        raise Invalid("quota_n", f"Give a number from 0 to {MOST_PER_PERIOD}.")
    with transaction.atomic():
        locked = _locked(plan)
        if not locked.quota_kind.startswith("per_agent"):
            raise Refused("Only plans with a number or percentage per agent have exceptions.")
        override = locked.overrides.create(
            agent=agent, quota_n=quota_n, from_on=from_on, until_on=until_on, reason=reason
        )
        after = {
            "agent_id": agent.pk,
            "n": quota_n,
            "from_on": f"{from_on}",
            "until_on": f"{until_on}",
        }
        audit.record(
            verb="add_plan_override", record=locked, by=by, at=at, after=after, reason=reason
        )
    return override


def remove_override(*, override: PlanOverride, by: User, at: datetime) -> None:
    with transaction.atomic():
        before = {
            "agent_id": override.agent_id,
            "n": override.quota_n,
            "from_on": override.from_on.isoformat(),
            "until_on": override.until_on.isoformat(),
        }
        audit.record(verb="remove_plan_override", record=override.plan, by=by, at=at, before=before)
        override.delete()


# --- Seeds ---------------------------------------------------------------------------------------


def commit_seed(*, plan: SamplingPlan, by: User | None, at: datetime) -> SeedCommitment | None:
    """Fix the seed of the running period, or of the next one from two hours before it begins.

    Only its hash enters the audit trail and the pages; the seed waits for its reveal. Safe to run
    twice and at once: a period has one seed, and None is returned where it has it already.
    """
    start = period_start(plan.period, timezone.localtime(at + COMMIT_AHEAD).date())
    if plan.commitments.filter(period_start_on=start).exists():
        return None
    seed = secrets.token_hex(16)
    try:
        with transaction.atomic():
            commitment = plan.commitments.create(
                period_start_on=start,
                slices=plan.slices,
                seed=seed,
                seed_sha256=seed_hash(seed),
                committed_at=at,
            )
            audit.record(
                verb="commit_seed",
                record=commitment,
                by=by,
                at=at,
                after={
                    "plan_id": plan.pk,
                    "period_start_on": start.isoformat(),
                    "seed_sha256": commitment.seed_sha256,
                },
            )
    except IntegrityError:  # Another process was first; its seed stands.
        return None
    return commitment


def reveal_seed(*, commitment: SeedCommitment, by: User | None, at: datetime) -> None:
    """Publish the seed, once nothing is drawn from it any more."""
    changed = SeedCommitment.objects.filter(pk=commitment.pk, revealed_at__isnull=True)
    if changed.update(revealed_at=at):
        commitment.revealed_at = at
        audit.record(
            verb="reveal_seed", record=commitment, by=by, at=at, after={"seed": commitment.seed}
        )


# --- Below the verbs -----------------------------------------------------------------------------


def _locked(plan: SamplingPlan) -> SamplingPlan:
    rows = SamplingPlan.objects.select_for_update(of=("self",)).select_related("scorecard")
    return rows.get(pk=plan.pk)


def _move(
    plan: SamplingPlan, state: PlanState, by: User, at: datetime, *, verb: str
) -> SamplingPlan:
    if state not in PLAN_TRANSITIONS[plan.state]:
        raise NotPossibleForPlan(plan.get_state_display().lower())
    before = {"state": plan.state}
    plan.state = state
    if state == PlanState.ACTIVE:
        plan.activated_at = plan.activated_at or at
    plan.row_version += 1
    plan.save(update_fields=["state", "activated_at", "row_version", "updated_at"])
    audit.record(verb=verb, record=plan, by=by, at=at, before=before, after={"state": plan.state})
    return plan


def _write(plan: SamplingPlan, content: PlanContent) -> None:
    """Check and store everything that a plan says."""
    _check(content)
    wanted = _QUOTA_FIELDS[QuotaKind(content.quota_kind)]
    for name in ("quota_n", "quota_percent", "quota_min"):
        setattr(plan, name, getattr(content, name) if name in wanted else None)
    for name in ("name", "scorecard", "quota_kind", "period", "slices", "order", "due_days"):
        setattr(plan, name, getattr(content, name))
    is_random = content.order == PlanOrder.RANDOM
    plan.priority_field = "" if is_random else content.priority_field
    plan.double_percent = content.double_percent
    plan.filters = read_filters(content.filters)
    plan.save()
    plan.teams.set(content.teams)
    plan.shares.all().delete()
    PlanShare.objects.bulk_create(
        PlanShare(plan=plan, evaluator=evaluator, weight=weight)
        for evaluator, weight in content.shares.items()
        if weight > 0
    )


def _check(content: PlanContent) -> None:
    if not content.name.strip():
        raise Invalid("name", "Give the plan a name.")
    if content.scorecard.kind != ScorecardKind.INTERACTION:
        raise Invalid("scorecard", "Plans draw interactions, so take a scorecard for those.")
    for name in _QUOTA_FIELDS[QuotaKind(content.quota_kind)]:
        _check_number(
            name, getattr(content, name), 100 if name == "quota_percent" else MOST_PER_PERIOD
        )
    most = most_slices(content.period)
    if not 1 <= content.slices <= most:
        raise Invalid(
            "slices", f"A {content.period} has 1 to {most} slices: each is a day or more."
        )
    if content.order == PlanOrder.PRIORITY and not content.priority_field:
        raise Invalid("priority_field", "Say what comes first.")
    if not 0 <= content.double_percent <= 20:
        raise Invalid("double_percent", "Between 0 and 20 % are scored twice.")
    if not 1 <= content.due_days <= 90:
        raise Invalid("due_days", "Give 1 to 90 days.")
    for weight in content.shares.values():
        if not 0 <= weight <= 1000:
            raise Invalid("shares", "A share is a number from 0 to 1,000.")


def _check_number(name: str, number: int | Decimal | None, most: int) -> None:
    least = 1 if name == "quota_n" else 0
    if number is None or not least <= number <= most:
        raise Invalid(name, f"Give a number from {least} to {most:,}.")


def _told(plan: SamplingPlan) -> dict[str, Any]:
    """What the audit trail keeps of a plan."""
    rule = rule_document(plan, plan.slices)
    return {"name": plan.name, "due_days": plan.due_days, "filters": filters_document(plan), **rule}
