"""Whose work an answer will speak of: decided when the invitation is sent, and never again."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from crm.models import Leg
from feedback.indices import credit_weights
from feedback.models import Invitation, InvitationCredit
from feedback.models.survey_programs import Attribution

Share = tuple[Leg, Decimal]
WHOLE = Decimal("1.0000")


def shares_of(legs: Sequence[Leg], rule: str) -> list[Share]:
    """Legs of people with their weights, which sum to exactly 1; empty without a person."""
    handled = [leg for leg in legs if leg.agent_id and leg.answered_at and leg.kind == "handling"]
    if not handled:
        return []
    if rule in (Attribution.LAST_REPLIER, Attribution.CLOSER):
        return [(handled[-1], WHOLE)]
    if rule == Attribution.OWNER:
        return [(max(handled, key=_seconds), WHOLE)]
    by_time = rule == Attribution.ALL_BY_HANDLED_SECONDS
    weights = credit_weights([_seconds(leg) if by_time else 1 for leg in handled])
    return _per_person(list(zip(handled, weights, strict=True)))


def _seconds(leg: Leg) -> int:
    return (leg.talk_seconds or 0) + (leg.hold_seconds or 0) + (leg.wrap_seconds or 0)


def _per_person(shares: list[Share]) -> list[Share]:
    """One share for each person, on the first of their legs."""
    found: dict[int | None, Share] = {}
    for leg, weight in shares:
        first, so_far = found.get(leg.agent_id, (leg, Decimal(0)))
        found[leg.agent_id] = (first, so_far + weight)
    return [(leg, weight) for leg, weight in found.values() if weight > 0]


def credit(invitation: Invitation) -> list[InvitationCredit]:
    """Store the credits of an invitation that is about to be sent, once."""
    if invitation.interaction_id is None or invitation.credits.exists():
        return []
    legs = list(Leg.objects.filter(interaction=invitation.interaction_id).select_related("agent"))
    shares = shares_of(legs, invitation.attribution or Attribution.LAST_REPLIER)
    if shares:
        invitation.team_id = max(shares, key=lambda share: share[1])[0].team_id
    return InvitationCredit.objects.bulk_create(
        InvitationCredit(invitation=invitation, agent=leg.agent, leg=leg, weight=weight)
        for leg, weight in shares
        if leg.agent
    )
