"""Names that wordings may ask for, beside earlier answers."""

from __future__ import annotations

from feedback.models import Invitation, Survey


def names_for(invitation: Invitation | None, survey: Survey) -> dict[str, str]:
    """What wordings may name; an anonymous survey names nobody."""
    if invitation is None or survey.is_anonymous:
        return {}
    customer, row = invitation.customer, invitation.interaction
    agent = row.last_agent if row else None
    return {
        "customer_first_name": customer.first_name if customer else "",
        "agent_first_name": agent.short_name.split()[0] if agent else "",
        "queue_name": invitation.queue.name if invitation.queue else "",
        "case_number": f"C-{invitation.case_id}" if invitation.case_id else "",
        **invitation.hidden,
    }
