"""Questions about disputes: what may be disputed, until when, and who decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext

from accounts.models import RightGrant, TeamMembership, User
from accounts.permissions import has
from quality.desk import Desk
from quality.models import Dispute, Evaluation
from quality.models.disputes import DisputeState
from quality.models.evaluations import EvaluationState, Purpose

__all__ = ["Desk", "Proposal"]
NOT_APPLICABLE = "n/a"


@dataclass(frozen=True)
class Proposal:
    """Another answer to one criterion: the key of an option, or "n/a"."""

    key: str
    option: str

    @property
    def answer(self) -> dict[str, object]:
        return {"na": True} if self.option == NOT_APPLICABLE else {"option": self.option}


def why_not(desk: Desk, proposal: Proposal) -> str:
    """A sentence that refuses the proposal; empty if it may be made."""
    criterion = desk.content.criteria.get(proposal.key)
    answer = desk.answers.get(proposal.key)
    if criterion is None or answer is None or not answer.is_given:
        return gettext("Only a criterion that was answered can be disputed.")
    told = _against(criterion, desk, proposal, answer.option_keys)
    return told.format(name=criterion["text"], option=proposal.option[:40])


def _against(
    criterion: Mapping[str, Any], desk: Desk, proposal: Proposal, given: Sequence[str]
) -> str:
    """What refuses another answer to an answered criterion, with its name to be filled in."""
    if criterion["kind"] != "single":
        return gettext(
            "“{name}” is not answered by one option; write about it in the reason instead."
        )
    if not is_below_maximum(desk, proposal.key):
        return gettext("“{name}” has full points already.")
    if proposal.option == NOT_APPLICABLE:
        refused = gettext("“{name}” cannot be set to not applicable.")
        return "" if criterion["allow_na"] else refused
    if proposal.option in given:
        return gettext("“{name}” was answered like this already. Propose another answer.")
    if proposal.option not in {option["key"] for option in criterion["options"]}:
        return gettext("“{name}” has no option {option}.")
    return ""


def is_below_maximum(desk: Desk, key: str) -> bool:
    """Whether the answer lost points or failed; what does not apply lost nothing."""
    answer = desk.answers.get(key)
    if answer is None or answer.is_na or answer.earned is None or answer.possible is None:
        return False
    return bool(answer.is_failed) or answer.earned < answer.possible


def disputable_keys(desk: Desk) -> list[str]:
    """Criteria that one may propose another answer to, in the order of reading."""
    return [
        key
        for key, criterion in desk.content.criteria.items()
        if criterion["kind"] == "single" and is_below_maximum(desk, key)
    ]


def rounds_of(evaluation: Evaluation, agent: User) -> list[Dispute]:
    """The agent's rounds about this evaluation so far, withdrawn ones left out."""
    rows = evaluation.disputes.filter(filed_by=agent).exclude(state=DisputeState.WITHDRAWN)
    return list(rows.order_by("round"))


def window_closes_at(evaluation: Evaluation, earlier: Sequence[Dispute]) -> datetime:
    """The first moment that is too late: counted from the release, or from the last decision."""
    start = evaluation.released_at
    if earlier and earlier[-1].decided_at:
        start = earlier[-1].decided_at
    assert start is not None
    return start + timedelta(hours=evaluation.version.dispute_window_hours)


def decider_of(evaluation: Evaluation, round_number: int, at: datetime) -> User | None:
    """Whom the version names for this round; None stands for the pool of arbitrators."""
    named = evaluation.version.dispute_deciders
    word = str(named[round_number - 1]) if round_number <= len(named) else "pool"
    if word == "evaluator":
        return evaluation.evaluator if evaluation.evaluator.is_active else None
    if word == "supervisor":
        return _supervisor_of(evaluation, at)
    if word.startswith("person:") and word.removeprefix("person:").isdigit():
        person = User.objects.active().filter(pk=int(word.removeprefix("person:"))).first()
        return person if person and person.pk != evaluation.agent_id else None
    return None


def may_decide(user: User, dispute: Dispute, evaluation: Evaluation) -> bool:
    """Who is named; of the pool whoever has the right. Never the agent.

    The evaluator decides about own work only in a round that names the evaluator.
    """
    if user.pk == evaluation.agent_id or not user.is_active:
        return False
    if dispute.decider_id is not None:
        return dispute.decider_id == user.pk
    return has(user, "quality.decide_disputes") and user.pk != evaluation.evaluator_id


def arbitrators(evaluation: Evaluation, at: datetime) -> list[User]:
    """Whom the right to decide out of the pool was given to; the admins where nobody has it."""
    granted = RightGrant.objects.in_force(at).filter(right="quality.decide_disputes")
    people = User.objects.active().exclude(pk__in=[evaluation.agent_id, evaluation.evaluator_id])
    named = list(people.filter(pk__in=granted.values("user")).order_by("pk"))
    return named or list(people.in_role("admin").order_by("pk"))


def _supervisor_of(evaluation: Evaluation, at: datetime) -> User | None:
    """Who supervises the evaluated team now, not the evaluator; the longest serving first."""
    rows = TeamMembership.objects.in_force(at).filter(
        team=evaluation.team_id, kind="supervisor", user__is_active=True
    )
    rows = rows.exclude(user__in=[evaluation.evaluator_id, evaluation.agent_id])
    found = rows.select_related("user").order_by("starts_at", "pk").first()
    return found.user if found else None


def may_file(user: User, evaluation: Evaluation, at: datetime) -> bool:
    """Whether the agent can open a round now; three queries at most."""
    version = evaluation.version
    is_mine = evaluation.agent_id == user.pk and evaluation.purpose == Purpose.STANDARD
    if not is_mine or evaluation.state != EvaluationState.RELEASED:
        return False
    if not version.dispute_rounds or not has(user, "quality.dispute_evaluation"):
        return False
    earlier = rounds_of(evaluation, user)
    return len(earlier) < version.dispute_rounds and at < window_closes_at(evaluation, earlier)
