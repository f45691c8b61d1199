"""Mails about accounts, and about what ops knows people by id for."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import sealing
from accounts.actions import CHANGES
from accounts.models import AccountInvitation, AuditAnchor, User
from lib import tokens
from lib.sentences import said
from lib.speaking import in_language, spoken
from ops.models import WebhookEndpoint


def webhook_disabled(*, endpoint_id: int) -> EmailMessage | None:
    """To who made the endpoint; None if nobody is there to read it."""
    endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
    creator = User.objects.active().filter(pk=endpoint.created_by_id).first()
    if creator is None:
        return None
    url = link("ops:webhook_detail", endpoint.pk)
    context = {"name": creator.short_name, "endpoint": endpoint, "url": url}
    text = render_to_string("accounts/mail/webhook_disabled.txt", context)
    return EmailMessage("A webhook was disabled", text, to=[creator.email])


def invitation(*, invitation_id: int) -> EmailMessage | None:
    """The link's secret is minted here, so that it stands in this mail alone."""
    now = timezone.now()
    row = AccountInvitation.objects.in_force(now).filter(pk=invitation_id).first()
    if row is None:
        return None
    token = tokens.mint()
    row.token_sha256 = tokens.digest(token)
    row.save(update_fields=["token_sha256", "updated_at"])
    url = link("accounts:invitation_open", token)
    context = {"name": row.full_name, "inviter": row.invited_by.short_name, "url": url}
    text = render_to_string("accounts/mail/invitation.txt", context)
    return EmailMessage("Your invitation to Attune", text, to=[row.email])


def security_notice(*, user_id: int, change: str) -> EmailMessage | None:
    _verb, sentence = CHANGES[change]
    return notice(user_id, sentence)


def guessed(*, user_id: int) -> EmailMessage | None:
    return notice(
        user_id, said("Many networks try passwords on your account. It stays open for you.")
    )


def audit_anchor(*, anchor_id: int) -> EmailMessage:
    """The day's anchor, to where nobody who can rewrite the chain can take it back."""
    anchor = AuditAnchor.objects.get(pk=anchor_id)
    context = {"anchor": anchor, "line": sealing.anchor_line(anchor), "site": settings.BASE_URL}
    text = render_to_string("accounts/mail/audit_anchor.txt", context)
    return EmailMessage(f"Audit anchor of {anchor.on_date}", text, to=[anchor.sent_to])


def notice(user_id: int, sentence: str) -> EmailMessage | None:
    person = User.objects.active().filter(pk=user_id).first()
    if person is None:
        return None
    with in_language(person.language):
        context = {
            "name": person.short_name,
            "sentence": spoken(sentence),
            "url": link("accounts:security"),
        }
        text = render_to_string("accounts/mail/security_notice.txt", context)
        return EmailMessage(_("About your Attune account"), text, to=[person.email])


def link(url_name: str, *args: object) -> str:
    return settings.BASE_URL + reverse(url_name, args=args)
