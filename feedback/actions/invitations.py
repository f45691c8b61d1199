"""Verbs of invitations: plan, send, remind, send again, bounce, expire, opt out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from crm.models import ContactPoint, Customer
from feedback import crediting, suppressing, tallies
from feedback.deciding import KIND_OF_CHANNEL, Subject
from feedback.frequency import expires_at
from feedback.models import (
    Draft,
    Invitation,
    InvitationToken,
    Program,
    SendDecision,
    Suppression,
    SurveyVersion,
)
from feedback.models.survey_invitations import MOST_TOKENS, Disposition, InvitationState
from feedback.models.survey_programs import SuppressionReason
from feedback.survey_events import InvitationSent
from lib import events, tokens
from lib.refusals import Refused, need_reason
from ops.jobs import enqueue

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LAST_DAY = timedelta(hours=24)
AT_ONCE = 500
CHANNEL_OF_KIND = {kind: channel for channel, kind in KIND_OF_CHANNEL.items()}


class NotOpen(Refused):
    def __init__(self) -> None:
        super().__init__("This invitation is over; it cannot be sent again.")


class TooManyLinks(Refused):
    def __init__(self) -> None:
        super().__init__(f"This invitation has {MOST_TOKENS} links already; no more are made.")


def new_reference() -> str:
    """Eight letters and digits that cannot be misread; they open nothing."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(8))


def plan_invitations(
    *, program: Program, invited: Sequence[tuple[SendDecision, Subject]]
) -> list[Invitation]:
    """One planned invitation for each decision; inside the caller's transaction."""
    version = program.survey.published
    if version is None:
        return []
    rows = [_planned(program, version, decision, subject) for decision, subject in invited]
    return Invitation.objects.bulk_create(rows, batch_size=AT_ONCE)


def _planned(
    program: Program, version: SurveyVersion, decision: SendDecision, subject: Subject
) -> Invitation:
    point, row = decision.contact_point, subject.interaction
    assert point is not None
    assert decision.due_at is not None
    wanted = (subject.customer.preferred_language if subject.customer else "", subject.language)
    return Invitation(
        reference=new_reference(),
        survey_id=program.survey_id,
        version=version,
        program=program,
        customer=subject.customer,
        contact_point=point,
        interaction=row,
        channel=CHANNEL_OF_KIND[point.kind],
        language=version.questionnaire.language(*wanted, program.survey.default_language),
        due_at=decision.due_at,
        hidden=subject.hidden,
        queue_id=row.queue_id if row else None,
        interaction_channel=row.channel if row else "",
        attribution=program.attribution,
    )


def plan_recovery(*, of: Invitation, case_id: int | None, due_at: datetime) -> Invitation | None:
    """Ask the same customer again after a recovery; exempt from frequency, not from opt-out."""
    point = of.contact_point
    version = of.survey.published
    if point is None or version is None or is_closed_to(point, of.survey.topic, of.channel, due_at):
        return None
    return Invitation.objects.create(
        reference=new_reference(),
        survey=of.survey,
        version=version,
        customer=of.customer,
        contact_point=point,
        interaction=of.interaction,
        case_id=case_id,
        channel=of.channel,
        language=of.language,
        due_at=due_at,
        queue=of.queue,
        interaction_channel=of.interaction_channel,
        attribution=of.attribution,
        is_recovery=True,
    )


def is_closed_to(point: ContactPoint, topic: str, channel: str, at: datetime) -> bool:
    """Whether the address opted out, or its customer refused the channel."""
    if point.refusal(at.date()) or suppressing.suppressed_among([point.value], topic):
        return True
    refused, _ = suppressing.consent_of([point.customer_id], channel, at)
    return point.customer_id in refused


# --- On the way ----------------------------------------------------------------------------------


def send_due(*, at: datetime) -> int:
    """Put everything that is due in line; each invitation is taken once."""
    count = 0
    for pk in list(Invitation.objects.due(at).values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            taken = Invitation.objects.filter(pk=pk, state=InvitationState.PLANNED)
            if not taken.update(state=InvitationState.QUEUED):
                continue
            enqueue(
                "feedback.send_invitation",
                key=f"survey-{pk}-first",
                invitation_id=pk,
                purpose="first",
            )
            count += 1
    return count


def mint_token(*, invitation_id: int, purpose: str, at: datetime) -> tuple[Invitation, str] | None:
    """A link for the message that is about to leave; None if it must not leave any more.

    Called while the message is rendered: the clear token exists in the message alone.
    """
    with transaction.atomic():
        row = _locked(invitation_id)
        wanted = InvitationState.QUEUED if purpose == "first" else InvitationState.SENT
        point = row.contact_point
        if row.state != wanted:
            return None
        is_closed = point is None or is_closed_to(point, row.survey.topic, row.channel, at)
        if is_closed and row.recipient_id is None:
            if purpose == "first":
                _set_state(row, InvitationState.CANCELED)
            return None
        if row.survey.state != "live":
            return None
        token = tokens.mint()
        InvitationToken.objects.create(
            invitation=row, token_hash=tokens.digest(token), purpose=purpose, minted_at=at
        )
    return row, token


def forget_token(*, token: str) -> None:
    """The message did not leave, so its link never existed."""
    InvitationToken.objects.filter(token_hash=tokens.digest(token)).delete()


def mark_sent(*, invitation_id: int, purpose: str, message_id: str, at: datetime) -> Invitation:
    """The message has left: the link is valid from now, credits are fixed."""
    with transaction.atomic():
        row = _locked(invitation_id)
        if purpose == "reminder":
            row.reminders_sent += 1
            row.last_reminder_at = at
            row.save(update_fields=["reminders_sent", "last_reminder_at", "updated_at"])
            return row
        if row.state != InvitationState.QUEUED:
            return row
        crediting.credit(row)
        row.state, row.sent_at, row.message_id = InvitationState.SENT, at, message_id[:200] or "-"
        valid = row.program.valid_days if row.program else 14
        today = timezone.localtime(at, timezone.get_default_timezone()).date()
        row.expires_at = expires_at(today + timedelta(days=valid), settings.TIME_ZONE)
        row.disposition = Disposition.NO_CONTACT
        row.save()
        tallies.move_disposition(row, today, "", Disposition.NO_CONTACT)
        events.publish(
            InvitationSent(
                at=at,
                by_id=None,
                invitation_id=row.pk,
                survey_id=row.survey_id,
                interaction_id=row.interaction_id,
            )
        )
    return row


def mark_bounced(*, invitation_id: int, at: datetime) -> Invitation:
    """The address does not exist: nothing more goes there; another one of the customer is tried."""
    with transaction.atomic():
        row = _locked(invitation_id)
        if row.state not in (InvitationState.QUEUED, InvitationState.SENT):
            return row
        if row.contact_point:
            suppress(
                address=row.contact_point.value, topic="*", reason=SuppressionReason.BOUNCE, at=at
            )
        dispose(row, InvitationState.BOUNCED, Disposition.UNKNOWN)
        other = _other_point(row)
        if other is not None:
            row.contact_point, row.state = other, InvitationState.QUEUED
            row.channel = CHANNEL_OF_KIND[other.kind]
            row.save(update_fields=["contact_point", "channel", "state", "updated_at"])
            enqueue(
                "feedback.send_invitation",
                key=f"survey-{row.pk}-first-{other.pk}",
                invitation_id=row.pk,
                purpose="first",
            )
    return row


def _other_point(row: Invitation) -> ContactPoint | None:
    """Another address on a channel of the program; a message that had left is not repeated."""
    if row.customer is None or row.program is None or row.sent_at is not None:
        return None
    kinds = [KIND_OF_CHANNEL[channel] for channel in row.program.channels]
    points = row.customer.contact_points.filter(kind__in=kinds, validity__in=("valid", "possible"))
    at = timezone.now()
    for point in points.exclude(pk=row.contact_point_id or 0).order_by("-is_primary", "position"):
        if not is_closed_to(point, row.survey.topic, CHANNEL_OF_KIND[point.kind], at):
            return point
    return None


def remind_due(*, at: datetime) -> int:
    """Remind those who have not answered, as often and as far apart as their program says."""
    rows = (
        Invitation.objects.open_at(at + LAST_DAY)
        .filter(program__isnull=False, survey__state="live")
        .select_related("program")
        .order_by("sent_at")
    )
    count = 0
    for row in rows.iterator(chunk_size=AT_ONCE):
        assert row.program is not None
        assert row.sent_at is not None
        gap = timedelta(days=row.program.reminder_gap_days)
        last = row.last_reminder_at or row.sent_at
        if row.reminders_sent >= row.program.reminder_max or at - last < gap:
            continue
        if _has_open_alert(row):
            continue
        number = row.reminders_sent + 1
        with transaction.atomic():
            enqueue(
                "feedback.send_invitation",
                key=f"survey-{row.pk}-reminder-{number}",
                invitation_id=row.pk,
                purpose="reminder",
            )
        count += 1
    return count


def _has_open_alert(row: Invitation) -> bool:
    """Nobody is reminded while somebody works on what went wrong."""
    from feedback.models import Alert  # Alerts point at responses, which point here.

    return Alert.objects.waiting().filter(customer=row.customer_id, customer__isnull=False).exists()


def resend(*, invitation: Invitation, by: User, at: datetime, reason: str) -> Invitation:
    """Send again by hand: earlier links stop working, the new message has a new one.

    Raises NotOpen, TooManyLinks, and Refused for people whom a program drew.
    """
    need_reason(reason, 5)
    with transaction.atomic():
        row = _locked(invitation.pk)
        if row.program is not None and not row.program.is_asked:
            raise Refused("The program decides who is asked; nobody is asked again by hand.")
        if row.state != InvitationState.SENT or not row.expires_at or row.expires_at <= at:
            raise NotOpen
        if row.tokens.count() >= MOST_TOKENS:
            raise TooManyLinks
        row.tokens.filter(revoked_at=None).update(revoked_at=at)
        number = row.tokens.count() + 1
        enqueue(
            "feedback.send_invitation",
            key=f"survey-{row.pk}-resend-{number}",
            invitation_id=row.pk,
            purpose="resend",
        )
        audit.record(verb="resend_invitation", record=row, by=by, at=at, reason=reason.strip())
    return row


def revoke(*, invitation: Invitation, by: User, at: datetime, reason: str) -> Invitation:
    """Let the links of an invitation stop working."""
    need_reason(reason, 5)
    with transaction.atomic():
        row = _locked(invitation.pk)
        if row.state != InvitationState.SENT:
            raise NotOpen
        row.tokens.filter(revoked_at=None).update(revoked_at=at)
        dispose(row, InvitationState.REVOKED, Disposition.OTHER)
        audit.record(verb="revoke_invitation", record=row, by=by, at=at, reason=reason.strip())
    return row


def expire_due(*, at: datetime) -> int:
    """End what is past its last valid day; a begun draft stays as the disposition alone."""
    count = 0
    rows = Invitation.objects.filter(state=InvitationState.SENT, expires_at__lte=at)
    for pk in list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            row = _locked(pk)
            if row.state != InvitationState.SENT:
                continue
            draft = Draft.objects.filter(invitation=row).first()
            is_begun = draft is not None and bool(draft.answers)
            if draft is not None:
                draft.delete()
            dispose(
                row,
                InvitationState.EXPIRED,
                Disposition.PARTIAL if is_begun else Disposition.NO_CONTACT,
            )
            count += 1
    return count


# --- Opting out ----------------------------------------------------------------------------------


def opt_out(*, invitation: Invitation, topic: str, at: datetime) -> None:
    """The person does not want to be asked about a topic any more; "*" is all of them."""
    with transaction.atomic():
        row = _locked(invitation.pk)
        if row.contact_point is None:
            return
        suppress(
            address=row.contact_point.value, topic=topic, reason=SuppressionReason.OPT_OUT, at=at
        )
        if row.state == InvitationState.SENT:
            dispose(row, InvitationState.OPTED_OUT, Disposition.REFUSED)
            Draft.objects.filter(invitation=row).delete()
        waiting = Invitation.objects.filter(contact_point=row.contact_point, state="planned")
        for other in waiting if topic == "*" else waiting.filter(survey__topic=topic):
            Invitation.objects.filter(pk=other.pk, state="planned").update(state="canceled")
        if topic == "*" and row.customer:
            suppressing.withdraw_consent(row.customer, at)


def suppress(*, address: str, topic: str, reason: str, at: datetime, note: str = "") -> None:
    """Write to an address no more about a topic; again changes nothing."""
    Suppression.objects.get_or_create(
        address_hmac=suppressing.address_hash(address),
        topic=topic,
        defaults={"reason": reason, "at": at, "note": note},
    )


def opt_out_customer(
    *, customer: Customer, topic: str, by: User, at: datetime, reason: str
) -> None:
    """A colleague writes down that a customer does not want to be asked."""
    note = need_reason(reason, 5)
    with transaction.atomic():
        for point in customer.contact_points.filter(kind__in=("email", "phone")):
            suppress(
                address=point.value,
                topic=topic,
                reason=SuppressionReason.MANUAL,
                at=at,
                note=note[:200],
            )
        audit.record(verb="opt_out_customer", record=customer, by=by, at=at, reason=note)


# --- Below ---------------------------------------------------------------------------------------


def _locked(pk: int) -> Invitation:
    rows = Invitation.objects.select_related(
        "survey", "version", "program", "contact_point", "customer", "queue", "interaction"
    )
    return rows.select_for_update(of=("self",)).get(pk=pk)


def _set_state(row: Invitation, state: str) -> None:
    row.state = state
    row.save(update_fields=["state", "updated_at"])


def dispose(row: Invitation, state: str, disposition: str) -> None:
    """Give a sent invitation its state and move it in the counts of the day it was sent."""
    before, row.state = row.disposition, state
    if row.sent_at is not None:
        row.disposition = disposition
        on = timezone.localtime(row.sent_at, timezone.get_default_timezone()).date()
        tallies.move_disposition(row, on, before, disposition)
    row.save(update_fields=["state", "disposition", "updated_at"])
