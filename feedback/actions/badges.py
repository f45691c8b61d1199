"""Verbs of badges: write a rule, try it, activate it, fold facts, give and revoke by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from feedback import folding, rules
from feedback.actions import postings, reversals
from feedback.models import Badge, BadgeAward, BadgeRule, PointsTransaction, RecognitionFact
from feedback.models.badges import FACT_FIELDS, BadgeKind, BadgeRepeat, RuleState
from feedback.models.points import AccountKind, TransactionKind
from feedback.recognition_events import BadgeAwarded, BadgeRevoked
from feedback.rule_words import FIELD_WORDS
from feedback.site_days import site_day, zone_name
from lib import events
from lib.refusals import Forbidden, Invalid, Refused, need_reason
from lib.sentences import said
from ops import mail
from ops.jobs import enqueue

FOUR_EYES_ABOVE = 200
LOOK_BACK = timedelta(days=180)
CHANGED = "The facts behind it changed."


STARTER_CODE = "won-back"


class RuleFrozen(Refused):
    def __init__(self) -> None:
        super().__init__(said("An active rule never changes. Write a new one."))


class NotOneself(Forbidden):
    def __init__(self) -> None:
        super().__init__(_("Nobody gives a badge to themselves."))


class NeedsFourEyes(Forbidden):
    def __init__(self) -> None:
        super().__init__(
            _("A badge worth more than {points} points is given by an administrator.").format(
                points=FOUR_EYES_ABOVE
            )
        )


@dataclass(frozen=True)
class DryRun:
    """What a rule would have given in the last 180 days; nothing is written."""

    awards: int
    agents: int
    agents_looked_at: int
    points: int
    share_percent: float | None
    by_chance: float | None
    weeks: list[tuple[datetime, int]]


def write_rule(
    *, badge: Badge, fact_kind: str, conditions: Sequence[dict[str, Any]], mode: str, k: int,
    window_days: int | None, by: User, at: datetime,
) -> BadgeRule:  # fmt: skip
    """Write the draft of the badge's next rule, in place of an older draft. Raises Invalid."""
    checked = [checked_condition(fact_kind, one) for one in conditions]
    if k < 1:
        raise Invalid("k", _("A rule counts at least one fact."))
    with transaction.atomic():
        newest = badge.rules.select_for_update().order_by("-number").first()
        if newest is not None and newest.state == RuleState.DRAFT:
            newest.delete()
            newest = badge.rules.order_by("-number").first()
        rule = BadgeRule.objects.create(
            badge=badge,
            number=newest.number + 1 if newest else 1,
            fact_kind=fact_kind,
            conditions=checked,
            mode=mode,
            k=k,
            window_days=window_days,
            points=badge.points,
            effective_from=at,
        )
        audit.record(
            verb="write_rule", record=rule, by=by, at=at, after={"conditions": checked, "k": k}
        )
    return rule


def add_starter_badge(*, by: User, at: datetime) -> Badge:
    """A badge for winning customers back, its rule a draft to try first; again it is the same."""
    with transaction.atomic():
        badge, is_new = Badge.objects.get_or_create(
            code=STARTER_CODE,
            defaults={
                "name": _("Won back"),
                "description": _("A customer who was let down rated better after your recovery."),
                "icon": "heart",
                "points": 20,
                "repeat": BadgeRepeat.EVERY_TIME,
                "monthly_cap": 5,
                "is_volume": True,
            },
        )
        if is_new:
            audit.record(verb="add_badge", record=badge, by=by, at=at, after={"code": badge.code})
            write_rule(
                badge=badge, fact_kind="recovery", conditions=[], mode="count", k=1,
                window_days=None, by=by, at=at,
            )  # fmt: skip
    return badge


def activate_rule(
    *, rule: BadgeRule, effective_from: datetime, by: User, at: datetime
) -> BadgeRule:
    """Put a draft into force from a moment on; the rule before it is retired, its awards stay."""
    with transaction.atomic():
        locked = BadgeRule.objects.select_for_update().get(pk=rule.pk)
        if locked.state != RuleState.DRAFT:
            raise RuleFrozen
        BadgeRule.objects.filter(badge=locked.badge_id, state=RuleState.ACTIVE).update(
            state=RuleState.RETIRED
        )
        locked.state, locked.effective_from = RuleState.ACTIVE, effective_from
        locked.points = locked.badge.points
        locked.save(update_fields=["state", "effective_from", "points", "updated_at"])
        audit.record(verb="activate_rule", record=locked, by=by, at=at)
        enqueue("feedback.fold_all", key=f"rule-{locked.pk}")
    return locked


def dry_run(rule: BadgeRule, at: datetime) -> DryRun:
    """What the rule would have given in the last 180 days, and how often luck alone does."""
    wanted = as_rule(rule, since=at - LOOK_BACK)
    facts = facts_by_agent(
        RecognitionFact.objects.filter(kind=rule.fact_kind, occurred_at__gte=at - LOOK_BACK)
    )
    found = {agent: folding.earned(rows, wanted) for agent, rows in facts.items()}
    awards = [one for rows in found.values() for one in rows]
    holders = sum(bool(rows) for rows in found.values())
    share = folding.share_satisfying([one for rows in facts.values() for one in rows], wanted)
    typical = round(sum(map(len, facts.values())) / len(facts)) if facts else 0
    by_chance = None if share is None else rules.chance(max(typical, 0), rule.k, share)
    return DryRun(
        awards=len(awards),
        agents=holders,
        agents_looked_at=len(facts),
        points=len(awards) * rule.badge.points,
        share_percent=100 * holders / len(facts) if facts else None,
        by_chance=by_chance,
        weeks=_by_week(awards, at),
    )


def fold_agent(*, agent: User, at: datetime) -> tuple[int, int]:
    """Let the agent's badges be what the facts say; (given, revoked). Safe to run again."""
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=agent.pk)
        return _fold(agent, active_rules(), facts_by_kind(agent), at)


def award_badge(*, badge: Badge, agent: User, reason: str, by: User, at: datetime) -> BadgeAward:
    """Give a badge by hand, for a reason that the agent reads."""
    reason = need_reason(reason, 10)
    if badge.kind != BadgeKind.MANUAL:
        raise Invalid("badge", _("This badge is earned by its rule alone."))
    if agent.pk == by.pk:
        raise NotOneself
    if badge.points > FOUR_EYES_ABOVE and "admin" not in by.roles:
        raise NeedsFourEyes
    with transaction.atomic():
        number = BadgeAward.objects.filter(badge=badge, agent=agent).count() + 1
        if badge.repeat == BadgeRepeat.ONCE and number > 1:
            sentence = _("{name} holds this badge already.").format(name=agent.short_name)
            raise Invalid("badge", sentence)
        award = _give(badge, None, agent, f"by-hand:{number}", [], at, by=by, reason=reason)
        pay_award(award, badge.points, by, at)
    return award


def revoke_badge(*, award: BadgeAward, reason: str, by: User | None, at: datetime) -> BadgeAward:
    """Take a badge and its points back, for a reason."""
    reason = need_reason(reason, 10)
    with transaction.atomic():
        locked = BadgeAward.objects.select_for_update(of=("self",)).get(pk=award.pk)
        if locked.revoked_at is not None:
            return locked
        locked.revoked_at, locked.revoked_by, locked.revoke_reason = at, by, reason
        locked.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
        reversals.reverse_source(
            source_type="badge", source_id=locked.pk, reason=reason, by=by, at=at
        )
        audit.record(verb="revoke_badge", record=locked, by=by, at=at, reason=reason)
        events.publish(
            BadgeRevoked(
                at=at,
                by_id=by.pk if by else None,
                award_id=locked.pk,
                badge_id=locked.badge_id,
                agent_ids=[locked.agent_id],
            )
        )
    return locked


def show_badge(*, award: BadgeAward, is_shown: bool, by: User, at: datetime) -> BadgeAward:
    """Let colleagues see one's badge, or hide it again."""
    if award.agent_id != by.pk:
        raise Forbidden(said("Only its holder shows or hides a badge."))
    award.is_shown = is_shown
    award.save(update_fields=["is_shown"])
    return award


def checked_condition(fact_kind: str, condition: dict[str, Any]) -> dict[str, Any]:
    """One condition whose field, operator and value fit the kind of fact; raises Invalid."""
    fields = FACT_FIELDS.get(fact_kind)
    if fields is None:
        raise Invalid("fact_kind", _("There is no such kind of fact."))
    name, operator, value = (condition.get(key) for key in ("field", "operator", "value"))
    if name not in fields:
        known = ", ".join(str(FIELD_WORDS[one]) for one in sorted(fields))
        sentence = _("This kind of fact has no “{name}”; it has {known}.")
        raise Invalid(
            "conditions", sentence.format(name=FIELD_WORDS.get(str(name), name), known=known)
        )
    if operator not in folding.OPERATORS:
        sentence = _("“{operator}” is not a way to compare.").format(operator=operator)
        raise Invalid("conditions", sentence)
    values = value if operator == "in" and isinstance(value, list) else [value]
    if not values or not all(_fits(one, fields[name]) for one in values):
        sentence = _("“{value}” does not fit {name}.").format(value=value, name=FIELD_WORDS[name])
        raise Invalid("conditions", sentence)
    return {"field": name, "operator": operator, "value": value}


def as_rule(rule: BadgeRule, since: datetime | None = None) -> folding.Rule:
    badge = rule.badge
    return folding.Rule(
        conditions=[
            folding.Condition(one["field"], one["operator"], one["value"])
            for one in rule.conditions
        ],
        mode="streak" if rule.mode == "streak" else "count",
        k=rule.k,
        window_days=rule.window_days,
        repeat=badge.repeat,  # type: ignore[arg-type]  # One of the three choices.
        monthly_cap=badge.monthly_cap,
        effective_from=since or rule.effective_from,
        zone=zone_name(),
    )


def facts_by_agent(rows: Any) -> dict[int, list[folding.Fact]]:
    found: dict[int, list[folding.Fact]] = defaultdict(list)
    for row in rows.newest().iterator(chunk_size=5000):
        found[row.agent_id].append(folding.Fact(row.fact_key, row.occurred_at, row.payload))
    return dict(found)


def facts_by_kind(agent: User) -> dict[str, list[folding.Fact]]:
    found: dict[str, list[folding.Fact]] = defaultdict(list)
    for row in RecognitionFact.objects.filter(agent=agent).newest():
        found[row.kind].append(folding.Fact(row.fact_key, row.occurred_at, row.payload))
    return dict(found)


def active_rules() -> list[BadgeRule]:
    return list(BadgeRule.objects.filter(state=RuleState.ACTIVE).select_related("badge"))


def differences(
    agent: User, active: Iterable[BadgeRule]
) -> tuple[list[tuple[BadgeRule, str]], list[BadgeAward]]:
    """Awards that a fold would give and revoke; what a person revoked stays so. Two queries."""
    facts, held = facts_by_kind(agent), _held(agent)
    missing, surplus = [], []
    for rule in active:
        wanted = _wanted(rule, facts)
        for key in wanted:
            award = held[rule.pk].get(key)
            if award is None or (award.revoked_at and award.revoked_by_id is None):
                missing.append((rule, key))
        surplus += [
            award
            for key, award in held[rule.pk].items()
            if key not in wanted and award.revoked_at is None
        ]
    return missing, surplus


# --- Below ------------------------------------------------------------------------------------


def _fold(
    agent: User,
    active: Iterable[BadgeRule],
    facts: dict[str, list[folding.Fact]],
    at: datetime,
) -> tuple[int, int]:
    given = revoked = 0
    held = _held(agent)
    for rule in active:
        wanted = _wanted(rule, facts)
        for key, one in wanted.items():
            award = held[rule.pk].get(key)
            if award is None:
                award = _give(rule.badge, rule, agent, key, one.facts, one.closing.occurred_at)
            elif award.revoked_at is not None and award.revoked_by_id is None:
                _restore(award, one.facts)
            else:
                continue
            given += 1
            if not rule.badge.is_volume:
                pay_award(award, rule.points, None, at)
        for key, row in held[rule.pk].items():
            if key not in wanted and row.revoked_at is None:
                revoke_badge(award=row, reason=CHANGED, by=None, at=at)
                revoked += 1
    return given, revoked


def _held(agent: User) -> dict[int | None, dict[str, BadgeAward]]:
    """By rule and closing fact, whatever became of them."""
    held: dict[int | None, dict[str, BadgeAward]] = defaultdict(dict)
    for row in BadgeAward.objects.filter(agent=agent, rule__isnull=False).select_related("badge"):
        held[row.rule_id][row.closing_fact_key] = row
    return held


def _wanted(rule: BadgeRule, facts: dict[str, list[folding.Fact]]) -> dict[str, folding.Earned]:
    found = folding.earned(facts.get(rule.fact_kind, []), as_rule(rule))
    return {one.closing.key: one for one in found}


def _give(
    badge: Badge,
    rule: BadgeRule | None,
    agent: User,
    key: str,
    facts: list[str],
    at: datetime,
    *,
    by: User | None = None,
    reason: str = "",
) -> BadgeAward:
    expires_on = None
    if badge.expires_after_days:
        expires_on = site_day(at) + timedelta(days=badge.expires_after_days)
    award = BadgeAward.objects.create(
        badge=badge,
        rule=rule,
        agent=agent,
        closing_fact_key=key,
        facts=facts,
        awarded_at=at,
        expires_on=expires_on,
        by=by,
        reason=reason,
    )
    audit.record(
        verb="award_badge", record=award, by=by, at=at, after={"badge": badge.pk}, reason=reason
    )
    mail.send("feedback.badge_awarded", key=f"{award.pk}", award_id=award.pk)
    events.publish(
        BadgeAwarded(
            at=at,
            by_id=by.pk if by else None,
            award_id=award.pk,
            badge_id=badge.pk,
            agent_ids=[agent.pk],
            points=rule.points if rule else badge.points,
        )
    )
    return award


def _restore(award: BadgeAward, facts: list[str]) -> None:
    award.revoked_at, award.revoked_by, award.revoke_reason = None, None, ""
    award.facts = facts
    award.save(update_fields=["revoked_at", "revoked_by", "revoke_reason", "facts"])


def pay_award(award: BadgeAward, points: int, by: User | None, at: datetime) -> None:
    """Points of an award, once for every time that it stands anew."""
    if not points:
        return
    times = PointsTransaction.objects.filter(
        source_type="badge", source_id=award.pk, kind=TransactionKind.BADGE
    ).count()
    (wallet,) = postings.wallets([award.agent])
    postings.post(
        kind=TransactionKind.BADGE,
        key=f"badge:{award.pk}:{times + 1}",
        entries=[(postings.system(AccountKind.ISSUANCE), -points), (wallet, points)],
        by=by,
        at=at,
        source=("badge", award.pk),
    )


def _fits(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _by_week(awards: Sequence[folding.Earned], at: datetime) -> list[tuple[datetime, int]]:
    """How many awards fell into each of the last 26 weeks, oldest first."""
    weeks = [at - timedelta(weeks=back) for back in range(25, -1, -1)]
    return [
        (
            end,
            sum(end - timedelta(weeks=1) < one.closing.occurred_at <= end for one in awards),
        )
        for end in weeks
    ]
