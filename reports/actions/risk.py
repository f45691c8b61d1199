"""Verbs about dissatisfaction risk: score customers, and put rules into use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from lib import events
from lib.refusals import Refused
from reports import customer_risk
from reports.events import RiskBandRaised
from reports.models import RiskRuleSet, RiskScore
from reports.models.outputs import RuleSetState
from reports.risk import RULES, Rule, risk
from reports.rollups.marking import site_day

BANDS = ("low", "medium", "high")


class NotPreviewed(Refused):
    def __init__(self) -> None:
        super().__init__("Look at who would change band first, then put the rules into use.")


class NoDraft(Refused):
    def __init__(self) -> None:
        super().__init__("Only a draft can be put into use.")


def active_rules() -> tuple[int, dict[str, Rule]]:
    """(number, rules) of the edition in use; number 0 is what Attune comes with."""
    kept = RiskRuleSet.objects.filter(state=RuleSetState.ACTIVE).first()
    return (kept.number, rules_of(kept)) if kept else (0, RULES)


def rules_of(rule_set: RiskRuleSet) -> dict[str, Rule]:
    return {name: Rule(*pair) for name, pair in rule_set.rules.items()}


def score_customers(*, customers: Collection[int], at: datetime) -> int:
    """Score these customers anew; who objected or has no reason left has no row. Returns rows."""
    number, rules = active_rules()
    today = site_day(at)
    with transaction.atomic():
        kept = {
            row.customer_id: row
            for row in RiskScore.objects.select_for_update().filter(customer__in=customers)
        }
        objectors = customer_risk.objectors(customers)
        scored = {}
        for customer, facts in customer_risk.facts_of(customers, at).items():
            found = risk(facts, rules, today)
            if found.contributions and customer not in objectors:
                scored[customer] = found
        RiskScore.objects.filter(customer__in=set(kept) - set(scored)).delete()
        for customer, found in scored.items():
            before = kept[customer].band if customer in kept else "low"
            RiskScore.objects.update_or_create(
                customer_id=customer,
                defaults={
                    "score": found.score,
                    "band": found.band,
                    "contributions": customer_risk.as_rows(found.contributions, today),
                    "rule_set": number,
                    "as_of_at": at,
                },
            )
            if BANDS.index(found.band) > BANDS.index(before):
                events.publish(
                    RiskBandRaised(
                        at=at,
                        by_id=None,
                        customer_id=customer,
                        old_band=before,
                        new_band=found.band,
                        reasons=[one.rule for one in found.contributions],
                    )
                )
    return len(scored)


def preview_rules(*, rule_set: RiskRuleSet, at: datetime) -> Counter[tuple[str, str]]:
    """How many of the scored customers would change from one band to another under a draft."""
    rules, today = rules_of(rule_set), site_day(at)
    moves: Counter[tuple[str, str]] = Counter()
    bands = dict(RiskScore.objects.order_by("pk").values_list("customer_id", "band")[:5000])
    for customer, facts in customer_risk.facts_of(list(bands), at).items():
        band = risk(facts, rules, today).band
        if band != bands[customer]:
            moves[bands[customer], band] += 1
    rule_set.previewed_at = at
    rule_set.save(update_fields=["previewed_at", "updated_at"])
    return moves


def activate_rules(*, rule_set: RiskRuleSet, by: User, at: datetime) -> RiskRuleSet:
    """Put a previewed draft into use; raises NotPreviewed, NoDraft."""
    with transaction.atomic():
        draft = RiskRuleSet.objects.select_for_update().get(pk=rule_set.pk)
        if draft.state != RuleSetState.DRAFT:
            raise NoDraft
        if draft.previewed_at is None:
            raise NotPreviewed
        RiskRuleSet.objects.filter(state=RuleSetState.ACTIVE).update(state=RuleSetState.RETIRED)
        draft.state = RuleSetState.ACTIVE
        draft.save(update_fields=["state", "updated_at"])
        audit.record(
            verb="activate_risk_rules", record=draft, by=by, at=at, after={"number": draft.number}
        )
    return draft
