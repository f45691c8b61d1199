"""Verbs of remediation: look at an agent again, confirm, dismiss, expire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from lib import events, faults
from quality.models import Evaluation
from quality.refusals import Forbidden, Refused, need_reason
from training.actions import agenda, assigning, coaching
from training.actions.assigning import assign_course, local_today
from training.customer_answers import answers_for_talk
from training.events import RemediationConfirmed, RemediationProposed
from training.judgements import (
    CSAT_DRIVER,
    Asked,
    criterion_texts,
    days_told,
    moments_of,
    outcomes_of,
)
from training.models import (
    Assignment,
    CoachingSession,
    Course,
    Proposal,
    RemediationRule,
)
from training.models.learning import AssignmentSource
from training.models.remediation import DECIDED_STATES, ProposalState
from training.remediation import Firing, Outcome

EXPIRES_AFTER = timedelta(days=30)


class NotOpen(Refused):
    def __init__(self, proposal: Proposal) -> None:
        state = proposal.get_state_display().lower()
        who = f" by {proposal.decided_by}" if proposal.decided_by else ""
        super().__init__(f"This proposal is {state}{who} already.")


class OwnProposal(Forbidden):
    def __init__(self) -> None:
        super().__init__("Somebody else decides what is proposed for you.")


def asked_of(rule: RemediationRule) -> Asked:
    return Asked(
        kind=rule.kind,
        criterion_key=rule.criterion_key,
        k=rule.k,
        n=rule.n,
        window_days=rule.window_days,
        cool_off_days=rule.cool_off_days,
        team_id=rule.team_id,
        queue_id=rule.queue_id,
        topic_id=rule.topic_id,
    )


def save_remediation_rule(
    *, rule: RemediationRule | None, by: User, at: datetime, **fields: Any
) -> RemediationRule:
    """A new rule looks at what happens from now on; a changed one keeps its moment."""
    with transaction.atomic():
        row = rule or RemediationRule(created_by=by, active_since=at)
        if not row.is_active and fields.get("is_active"):
            row.active_since = at
        before = {name: str(getattr(row, name, None)) for name in fields} if row.pk else {}
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()
        after = {name: str(value) for name, value in fields.items()}
        audit.record(
            verb="save_remediation_rule", record=row, by=by, at=at, before=before, after=after
        )
    return row


# --- The engine ----------------------------------------------------------------------------------


def look_again(*, agent_id: int, at: datetime) -> None:
    """Bring every active rule's proposals for an agent in line with the evaluations as they are.

    Safe to run twice and in any order: undecided proposals follow the evidence, decided ones stay.
    """
    for rule in RemediationRule.objects.filter(is_active=True):
        with transaction.atomic():
            rows = RemediationRule.objects.filter(pk=rule.pk)
            if faults.guard_is_on("training.rule_lock"):
                rows = rows.select_for_update(of=("self",))
            _follow(rows.select_related("course").get(), agent_id, at)


def _follow(rule: RemediationRule, agent_id: int, at: datetime) -> None:
    asked = asked_of(rule)
    outcomes = outcomes_of(asked, agent_id)
    known: dict[str, list[Proposal]] = {}
    for row in Proposal.objects.filter(rule=rule, agent=agent_id).exclude(state="withdrawn"):
        known.setdefault(row.criterion_key, []).append(row)
    for key in sorted(outcomes.keys() | known.keys()):
        fired = [one for one in asked.fired(outcomes.get(key, [])) if one.at >= rule.active_since]
        _follow_criterion(rule, agent_id, key, fired, known.get(key, []), outcomes.get(key, []), at)


def _follow_criterion(
    rule: RemediationRule,
    agent_id: int,
    key: str,
    fired: Sequence[Firing],
    known: Sequence[Proposal],
    outcomes: Sequence[Outcome],
    at: datetime,
) -> None:
    decided = [row for row in known if row.state in DECIDED_STATES]
    settled = {pk for row in decided for pk in row.evidence}
    fresh = [one for one in fired if not settled.intersection(one.evidence)]
    open_one = next((row for row in known if row.is_open), None)
    evidence = [pk for one in fresh for pk in one.evidence]
    if not fresh and open_one is not None:
        _move(open_one, ProposalState.WITHDRAWN, by=None, at=at, reason="The evidence changed.")
    elif fresh and open_one is not None and open_one.evidence != evidence:
        open_one.evidence, open_one.last_evidence = evidence, str(evidence[-1])
        open_one.fired_at = fresh[0].at
        open_one.save(update_fields=["evidence", "last_evidence", "fired_at", "updated_at"])
    elif fresh and open_one is None:
        _propose(rule, agent_id, key, fresh[0].at, evidence, at)
    failed = {one.id for one in outcomes if one.is_failed}
    for row in decided:
        has_changed = not failed.issuperset(row.evidence)
        if row.state == ProposalState.CONFIRMED and has_changed != row.has_changed_evidence:
            row.has_changed_evidence = has_changed
            row.save(update_fields=["has_changed_evidence", "updated_at"])


def _propose(
    rule: RemediationRule,
    agent_id: int,
    key: str,
    fired_at: datetime,
    evidence: list[int | str],
    at: datetime,
) -> None:
    proposal = Proposal.objects.create(
        rule=rule,
        rule_snapshot=rule.snapshot(),
        agent_id=agent_id,
        criterion_key=key,
        fired_at=fired_at,
        evidence=evidence,
        last_evidence=str(evidence[-1]),
    )
    after = {"rule_id": rule.pk, "agent_id": agent_id, "evidence": evidence}
    audit.record(verb="propose_remediation", record=proposal, by=None, at=at, after=after)
    events.publish(
        RemediationProposed(at=at, by_id=None, proposal_id=proposal.pk, person_id=agent_id)
    )
    if not rule.needs_confirmation:
        _give(proposal, rule.course, None, None, at)


# --- Deciding ------------------------------------------------------------------------------------


def confirm_proposal(
    *,
    proposal: Proposal,
    by: User,
    at: datetime,
    course: Course | None = None,
    due_on: date | None = None,
) -> Proposal:
    """Give the course, the rule's or another; exactly once. Raises NotOpen, OwnProposal."""
    if proposal.agent_id == by.pk:
        raise OwnProposal
    with transaction.atomic():
        _give(proposal, course or proposal.rule.course, due_on, by, at)
    return proposal


def _give(
    proposal: Proposal, course: Course | None, due_on: date | None, by: User | None, at: datetime
) -> None:
    _move(proposal, ProposalState.CONFIRMED, by=by, at=at)
    if course is not None:
        proposal.assignment = _assigned(proposal, course, due_on, by, at)
    if proposal.rule.coaching_text and by is not None:
        proposal.session = _coaching(proposal, by, at)
    proposal.save(update_fields=["assignment", "session", "updated_at"])
    events.publish(
        RemediationConfirmed(
            at=at,
            by_id=by.pk if by else None,
            proposal_id=proposal.pk,
            person_id=proposal.agent_id,
        )
    )


def _assigned(
    proposal: Proposal, course: Course, due_on: date | None, by: User | None, at: datetime
) -> Assignment | None:
    """The new assignment, or the one that is open already; None where the course is gone."""
    days = timedelta(days=proposal.rule.due_days)
    try:
        given = assign_course(
            course=course,
            people=[proposal.agent],
            due_on=due_on or local_today(at) + days,
            reason=sentence_of(proposal),
            source=AssignmentSource.REMEDIATION,
            by=by,
            at=at,
        )
    except (assigning.NotAnOfferedCourse, assigning.InactivePerson):
        if by is not None:
            raise
        return None
    if given.made:
        return given.made[0]
    return Assignment.objects.unfinished().get(person=proposal.agent_id, course=course)


def _coaching(proposal: Proposal, by: User, at: datetime) -> CoachingSession:
    """A planned session of whoever confirmed, with evaluations or answers on its agenda."""
    (session,) = coaching.plan_sessions(
        agents=[proposal.agent],
        kind="quality",
        starts_at=coaching.next_morning(at),
        minutes=30,
        by=by,
        at=at,
    )
    ids = [pk for pk in proposal.evidence if isinstance(pk, int)]
    released = Evaluation.objects.released().filter(pk__in=ids)
    told = [UUID(pk) for pk in proposal.evidence if isinstance(pk, str)]
    answers = answers_for_talk(proposal.agent, by, at).filter(pk__in=told)
    agenda.add_agenda_item(
        session=session,
        text=f"{proposal.rule.coaching_text}: {sentence_of(proposal)}",
        criterion_key=proposal.criterion_key,
        evaluation_ids=released.values_list("pk", flat=True),
        response_ids=answers.values_list("pk", flat=True),
        by=by,
        at=at,
    )
    return session


def dismiss_proposal(*, proposal: Proposal, reason: str, by: User, at: datetime) -> Proposal:
    """Nothing follows; the reason stays. Raises NotOpen, OwnProposal, ReasonTooShort."""
    if proposal.agent_id == by.pk:
        raise OwnProposal
    with transaction.atomic():
        _move(proposal, ProposalState.DISMISSED, by=by, at=at, reason=need_reason(reason, 5))
    return proposal


def withdraw_proposal(*, proposal: Proposal, reason: str, by: User, at: datetime) -> Proposal:
    """Take a confirmed one back after its evidence changed, with the course."""
    with transaction.atomic():
        _move(
            proposal,
            ProposalState.WITHDRAWN,
            by=by,
            at=at,
            reason=need_reason(reason, 5),
            of=ProposalState.CONFIRMED,
        )
        if proposal.assignment is not None:
            assigning.withdraw_assignment(
                assignment=proposal.assignment, reason=reason, by=by, at=at
            )
    return proposal


def settle_completed(*, assignment_id: int, at: datetime) -> int:
    """Confirmed proposals whose course was completed are done."""
    return Proposal.objects.filter(assignment=assignment_id, state=ProposalState.CONFIRMED).update(
        state=ProposalState.DONE
    )


def expire_proposals(*, at: datetime) -> int:
    """Nobody decided for thirty days; returns how many expired."""
    expired = 0
    for row in Proposal.objects.undecided().filter(created_at__lt=at - EXPIRES_AFTER)[:500]:
        with transaction.atomic():
            _move(row, ProposalState.EXPIRED, by=None, at=at, reason="Nobody decided in 30 days.")
            expired += 1
    return expired


def _move(
    proposal: Proposal,
    state: str,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    of: str = ProposalState.PROPOSED,
) -> None:
    """Claim the proposal for its next state; raises NotOpen if somebody was first."""
    rows = Proposal.objects.filter(pk=proposal.pk)
    if faults.guard_is_on("training.proposal_claim"):
        rows = rows.filter(state=of)
    if not rows.update(state=state, decided_by=by, decided_at=at, reason=reason[:500]):
        proposal.refresh_from_db()
        raise NotOpen(proposal)
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, at
    proposal.reason = reason[:500]
    audit.record(
        verb=f"{state}_proposal",
        record=proposal,
        by=by,
        at=at,
        after={"state": state},
        reason=reason,
    )


def sentence_of(proposal: Proposal) -> str:
    """“Verified identity” failed in 2 of the last 5 evaluations: 12 and 27 Jan."""
    text = criterion_texts([proposal.criterion_key]).get(
        proposal.criterion_key, proposal.criterion_key
    )
    return told(text, proposal, moments_of(proposal.evidence))


def told(text: str, proposal: Proposal, moments: Mapping[int | str, datetime]) -> str:
    """The sentence from what is known already."""
    known = sorted(at for pk in proposal.evidence if (at := moments.get(pk)))
    days = [timezone.localtime(at) for at in known]
    n = proposal.rule_snapshot.get("n", len(days))
    if proposal.rule_snapshot.get("kind") == CSAT_DRIVER:
        return (
            f"{len(days)} customers were not satisfied because of the person, in runs of {n} "
            f"answers that name the person: {days_told(days)}"
        )
    if proposal.rule_snapshot.get("kind") == "critical_fail":
        return f"“{text}” failed, and it is critical: {days_told(days)}"
    return f"“{text}” failed {len(days)} times in runs of {n} evaluations: {days_told(days)}"
