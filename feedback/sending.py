"""Send one invitation: make its link, hand the message over, write down what became of it."""

from __future__ import annotations

import smtplib
from datetime import datetime

from feedback import sms, survey_letters
from feedback.actions import invitations
from feedback.models import Invitation
from ops import mail
from ops.jobs import Unsent

LETTER = "feedback.invitation"


def send_invitation(*, invitation_id: int, purpose: str, at: datetime) -> str:
    """The reference of the message; empty where nothing was to be sent any more.

    Raises Unsent where nothing can have left, so that trying again is safe. A mail server that
    knows no such address ends the attempts.
    """
    minted = invitations.mint_token(invitation_id=invitation_id, purpose=purpose, at=at)
    if minted is None:
        return ""
    row, token = minted
    try:
        reference = _hand_over(row, token, purpose)
    except Unsent as error:
        invitations.forget_token(token=token)
        if not is_unknown_address(error):
            raise
        invitations.mark_bounced(invitation_id=invitation_id, at=at)
        return ""
    if not reference:
        invitations.forget_token(token=token)
        return ""
    invitations.mark_sent(invitation_id=invitation_id, purpose=purpose, message_id=reference, at=at)
    return reference


def _hand_over(row: Invitation, token: str, purpose: str) -> str:
    if row.channel == "sms" and row.contact_point:
        return sms.send(row.contact_point.value, survey_letters.sms_text(row, token), row.reference)
    return mail.deliver(LETTER, {"invitation_id": row.pk, "token": token, "purpose": purpose})


def is_unknown_address(error: Unsent) -> bool:
    """Whether the server said for good that there is no such address."""
    cause = error.__cause__
    if not isinstance(cause, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= 550 for code, _ in cause.recipients.values())
