"""Verbs of quality rules: keep them, and let a released result set going what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Team, User
from crm.actions import cases, tasks
from crm.models.cases import CaseKind
from crm.models.work import TaskKind
from crm.redaction import redact
from lib import events
from lib.sentences import said
from ops import mail
from quality import follow_up
from quality.actions import rules
from quality.content import content_of
from quality.events import CoachingRequested
from quality.models import Evaluation, QualityRule, RuleFiring, Scorecard
from quality.models.evaluations import SHOWN_TO_AGENT_STATES, Purpose
from quality.models.rules import RuleLevel, RuleTest
from quality.refusals import Invalid, Refused, need_reason
from quality.released import result_of

MOST_ACTIVE = 20
LEAST_REASON = 10
DAYS_FOR_A_TASK = 3


class EnoughRules(Refused):
    def __init__(self) -> None:
        super().__init__(f"At most {MOST_ACTIVE} quality rules are on. Switch another one off.")


class NothingToDo(Invalid):
    def __init__(self) -> None:
        super().__init__("mail_to", "Choose at least one thing that the rule does.")


@dataclass(frozen=True)
class RuleContent:
    """All that people write about a quality rule; `scorecard` None is every one."""

    name: str
    test: str
    scorecard: Scorecard | None = None
    level: str = RuleLevel.SCORECARD
    item_key: str = ""
    below_percent: Decimal | None = None
    asks_coaching: bool = False
    task_for: User | None = None
    opens_case: bool = False
    mail_to: Sequence[User] = ()
    teams: Sequence[Team] = ()


def create_quality_rule(*, content: RuleContent, by: User, at: datetime) -> QualityRule:
    """Make a rule; results that were released before it do not concern it.

    Raises Invalid, NothingToDo, EnoughRules.
    """
    values = _checked(content)
    with transaction.atomic():
        _refuse_too_many()
        rule = QualityRule.objects.create(scorecard=content.scorecard, created_by=by, **values)
        rule.teams.set(content.teams)
        rule.mail_to.set(content.mail_to)
        after = rules.scalars({**values, **_people(content)})
        audit.record(verb="create_quality_rule", record=rule, by=by, at=at, after=after)
    return rule


def change_quality_rule(
    *, rule: QualityRule, content: RuleContent, seen: int, by: User, at: datetime
) -> QualityRule:
    """Write a rule anew; its scorecard stays. Raises Invalid, NothingToDo, RuleChangedElsewhere."""
    values = _checked(content)
    with transaction.atomic():
        locked = rules.locked_rule(rule)
        before = rules.write_anew(locked, values, seen)
        locked.save()
        locked.teams.set(content.teams)
        locked.mail_to.set(content.mail_to)
        after = {name: values[name] for name in before} | _people(content)
        audit.record(
            verb="change_quality_rule",
            record=locked,
            by=by,
            at=at,
            before=rules.scalars(before),
            after=rules.scalars(after),
        )
    return locked


def switch_quality_rule(
    *, rule: QualityRule, is_active: bool, by: User, at: datetime, reason: str = ""
) -> QualityRule:
    """Let a rule work, or stop it for a reason of 10 characters. Raises EnoughRules."""
    with transaction.atomic():
        locked = rules.locked_rule(rule)
        if is_active and not locked.is_active:
            _refuse_too_many()
        reason = "" if is_active else need_reason(redact(reason), LEAST_REASON, most=300)
        rules.switch(locked, is_active, reason, verb="switch_quality_rule", by=by, at=at)
    return locked


def fire_rules(*, evaluation: Evaluation, at: datetime) -> list[RuleFiring]:
    """Look at a released result with every rule in force; each fires once per evaluation.

    An action that cannot be done is told in the firing's result; the others are done.
    """
    with transaction.atomic():
        row = Evaluation.objects.for_reading().get(pk=evaluation.pk)
        revision = row.current_revision
        is_result = row.purpose == Purpose.STANDARD and row.state in SHOWN_TO_AGENT_STATES
        if not is_result or revision is None or row.leg is None:
            return []
        waiting = _rules_for(row)
        if not waiting:
            return []
        result = result_of(row, revision)
        fired = []
        for rule in waiting:
            criteria = follow_up.reasons(check_of(rule), result)
            if criteria is not None:
                fired += _fire(rule, row, criteria, at)
    return fired


def request_coaching(
    *, evaluation: Evaluation, criteria: Sequence[str], by: User, at: datetime
) -> None:
    """Ask for coaching on criteria of a released result, as a fact that training hears.

    Raises Invalid.
    """
    known = content_of(evaluation.version).criteria
    chosen = list(dict.fromkeys(criteria))
    if not chosen or not set(chosen) <= known.keys():
        raise Invalid("criteria", said("Choose at least one criterion of this result."))
    with transaction.atomic():
        audit.record(
            verb="request_coaching", record=evaluation, by=by, at=at, after={"criteria": chosen}
        )
        _publish_request(evaluation, chosen, by, at)


def check_of(rule: QualityRule) -> follow_up.Check:
    return follow_up.Check(rule.test, rule.level, rule.item_key, rule.below_percent)


# --- Below -----------------------------------------------------------------------------------


def _rules_for(evaluation: Evaluation) -> list[QualityRule]:
    """Those in force for its team and scorecard, made before its release, not fired for it."""
    waiting = QualityRule.objects.in_use().for_team(evaluation.team_id)
    waiting = waiting.filter(created_at__lte=evaluation.released_at)
    waiting = waiting.exclude(firings__evaluation=evaluation)
    rows = waiting.select_related("task_for").prefetch_related("mail_to").order_by("pk")
    return [rule for rule in rows if rule.scorecard_id in (None, evaluation.scorecard_id)]


def _fire(
    rule: QualityRule, evaluation: Evaluation, criteria: list[str], at: datetime
) -> list[RuleFiring]:
    """Claim the firing by its unique row, then act; nothing if another job was first."""
    try:
        with transaction.atomic():
            firing = RuleFiring.objects.create(
                evaluation=evaluation, rule=rule, at=at, criteria=criteria
            )
    except IntegrityError:
        return []
    firing.result = [told for act in _ACTIONS for told in act(firing, rule, evaluation, at)]
    firing.save(update_fields=["result"])
    return [firing]


def _mail(
    firing: RuleFiring, rule: QualityRule, evaluation: Evaluation, at: datetime
) -> Iterator[dict[str, Any]]:
    for person in rule.mail_to.all():
        if not person.is_active:
            yield _left_out("mail", f"{person.short_name} does not work here any more.")
            continue
        key = f"{firing.pk}-{person.pk}"
        mail.send("quality.rule_fired", key=key, firing_id=firing.pk, person_id=person.pk)
        yield {"action": "mail", "is_done": True, "to": person.pk}


def _coaching(
    firing: RuleFiring, rule: QualityRule, evaluation: Evaluation, at: datetime
) -> Iterator[dict[str, Any]]:
    if rule.asks_coaching:
        _publish_request(evaluation, firing.criteria, None, at)
        yield {"action": "coaching", "is_done": True}


def _task(
    firing: RuleFiring, rule: QualityRule, evaluation: Evaluation, at: datetime
) -> Iterator[dict[str, Any]]:
    if rule.task_for is not None and evaluation.leg is not None:
        yield _tried(
            "task",
            lambda: tasks.create_task(
                title=f"{rule.name}: {evaluation.public_ref}",
                kind=TaskKind.REVIEW,
                due_at=at + timedelta(days=DAYS_FOR_A_TASK),
                assignee=rule.task_for,
                interaction=evaluation.leg.interaction if evaluation.leg else None,
                by=None,
                at=at,
            ),
        )


def _case(
    firing: RuleFiring, rule: QualityRule, evaluation: Evaluation, at: datetime
) -> Iterator[dict[str, Any]]:
    if rule.opens_case and evaluation.leg is not None:
        interaction = evaluation.leg.interaction
        yield _tried(
            "case",
            lambda: cases.open_case(
                subject=f"{rule.name}: {evaluation.public_ref}",
                kind=CaseKind.PROBLEM,
                team=evaluation.team,
                interactions=[interaction],
                by=None,
                at=at,
            ),
        )


_ACTIONS = (_mail, _coaching, _task, _case)


def _tried(action: str, act: Callable[[], Any]) -> dict[str, Any]:
    """What became of an action that the verb of another app may refuse."""
    try:
        with transaction.atomic():
            made = act()
    except Refused as refusal:
        return _left_out(action, str(refusal))
    return {"action": action, "is_done": True, "id": made.pk}


def _left_out(action: str, sentence: str) -> dict[str, Any]:
    return {"action": action, "is_done": False, "sentence": sentence}


def _publish_request(
    evaluation: Evaluation, criteria: Sequence[str], by: User | None, at: datetime
) -> None:
    events.publish(
        CoachingRequested(
            at=at,
            by_id=by.pk if by else None,
            evaluation_id=evaluation.pk,
            agent_id=evaluation.agent_id,
            criteria=list(criteria),
        )
    )


def _refuse_too_many() -> None:
    """Holds the active rules, so that two people cannot switch on the last one at once."""
    active = QualityRule.objects.in_use().select_for_update().order_by("pk")
    if len(active.values_list("pk", flat=True)) >= MOST_ACTIVE:
        raise EnoughRules


def _people(content: RuleContent) -> dict[str, Any]:
    return {"teams": list(content.teams), "mail_to": list(content.mail_to)}


def _checked(content: RuleContent) -> dict[str, Any]:
    """The columns of a rule; raises Invalid naming the field."""
    if content.test == RuleTest.BELOW and content.below_percent is None:
        raise Invalid("below_percent", "Below how many percent?")
    _check_item(content)
    does = (content.mail_to, content.asks_coaching, content.task_for, content.opens_case)
    if not any(does):
        raise NothingToDo
    return {
        "name": content.name.strip(),
        "test": content.test,
        "level": content.level,
        "item_key": content.item_key,
        "below_percent": content.below_percent if content.test == RuleTest.BELOW else None,
        "asks_coaching": content.asks_coaching,
        "task_for": content.task_for,
        "opens_case": content.opens_case,
    }


def _check_item(content: RuleContent) -> None:
    if content.level == RuleLevel.SCORECARD and not content.item_key:
        return
    version = content.scorecard.current_version if content.scorecard else None
    known: Collection[str] = ()
    if version and content.level != RuleLevel.SCORECARD:
        found = content_of(version)
        known = found.sections if content.level == RuleLevel.SECTION else found.criteria
    if content.item_key not in known:
        raise Invalid("item", "Choose a section or a criterion of the scorecard.")
