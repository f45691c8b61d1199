"""What surveys say on the timelines of customers."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import OuterRef, Subquery

from crm.timeline import EntryKind, Fact
from feedback.models import Invitation, InvitationCredit, Response
from feedback.models.surveys import Anonymity
from lib.sentences import said


def invitations(**narrowed: object) -> Iterator[Fact]:
    """Messages that left for a known customer, or those narrowed to."""
    rows = Invitation.objects.filter(customer__isnull=False, sent_at__isnull=False)
    found = rows.filter(**narrowed).values_list(
        "pk", "customer_id", "sent_at", "survey__name", "interaction_channel"
    )
    for pk, customer_id, at, name, channel in found.iterator():
        assert at is not None
        yield Fact(
            customer_id=customer_id,
            at=at,
            title=f"Asked by survey: {name}",
            channel=channel,
            target=(Invitation._meta.label_lower, str(pk)),
        )


def answers(**narrowed: object) -> Iterator[Fact]:
    """Accepted answers of identified surveys; the others do not say who gave them."""
    most = InvitationCredit.objects.filter(invitation=OuterRef("invitation")).order_by(
        "-weight", "pk"
    )
    rows = Response.objects.accepted().filter(
        survey__anonymity=Anonymity.IDENTIFIED,
        invitation__customer__isnull=False,
        submitted_at__isnull=False,
    )
    found = rows.filter(**narrowed).annotate(about=Subquery(most.values("agent")[:1]))
    columns = ("invitation__customer_id", "survey__name", "interaction_channel", "about")
    for pk, at, customer_id, name, channel, about in found.values_list(
        "pk", "submitted_at", *columns
    ).iterator():
        yield Fact(
            customer_id=customer_id,
            at=at,
            title=f"Answered survey: {name}",
            channel=channel,
            about_id=about,
            target=(Response._meta.label_lower, str(pk)),
        )


INVITATION = EntryKind(
    "survey_invitation",
    said("Survey invitations"),
    icon="mail",
    rebuild=invitations,
    says=(said("Asked by survey: {name}"),),
)
ANSWER = EntryKind(
    name="survey_answer",
    title=said("Survey answers"),
    icon="message-square",
    url_name="feedback:response_detail",
    audience="feedback.view_comment",
    rebuild=answers,
    says=(said("Answered survey: {name}"),),
)
