"""One sample of every job of surveys."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from feedback.actions.keeping import rebuild_tallies
from tests.factories.feedback_surveys import (
    InvitationFactory,
    RecoveryFactory,
    ResponseFactory,
    RootCauseFactory,
    SurveyFactory,
    VisitFactory,
)
from tests.feedback.survey_worlds import AskingWorld, answered, invited
from tests.ops.job_samples import sample


@sample("feedback.decide")
def ended_interaction() -> dict[str, Any]:
    now = timezone.now()
    AskingWorld(live_at=now - timedelta(days=1)).interaction(ended_at=now - timedelta(hours=1))
    return {}


@sample("feedback.send_due")
def due_invitation() -> dict[str, Any]:
    InvitationFactory(state="planned", sent_at=None, message_id="", expires_at=None, disposition="")
    return {}


@sample("feedback.send_invitation")
def queued_invitation() -> dict[str, Any]:
    world = AskingWorld()
    customer = world.customer()
    row = InvitationFactory(
        version=world.survey.published,
        customer=customer,
        contact_point=customer.contact_points.get(),
        program=world.program,
        state="queued",
        sent_at=None,
        message_id="",
        expires_at=None,
        disposition="",
    )
    return {"invitation_id": row.pk, "purpose": "first"}


@sample("feedback.send_reminders")
def silent_invitation() -> dict[str, Any]:
    world, now = AskingWorld(), timezone.now()
    invited(version=world.survey.published, program=world.program, sent_at=now - timedelta(days=5))
    return {}


@sample("feedback.expire_invitations")
def expired_invitation() -> dict[str, Any]:
    now = timezone.now()
    invited(sent_at=now - timedelta(days=15), expires_at=now - timedelta(days=1))
    return {}


@sample("feedback.close_surveys")
def ending_survey() -> dict[str, Any]:
    SurveyFactory(closes_at=timezone.now() - timedelta(minutes=1))
    return {}


@sample("feedback.measure_recoveries")
def old_recovery() -> dict[str, Any]:
    RecoveryFactory(
        resolved_at=timezone.now() - timedelta(days=20),
        root_cause=RootCauseFactory(),
        action_taken="Refunded the double charge.",
    )
    return {}


@sample("feedback.apply_retention")
def old_answers() -> dict[str, Any]:
    ResponseFactory(submitted_on=timezone.localdate() - timedelta(days=800), comment="Old words")
    VisitFactory(at=timezone.now() - timedelta(days=31))
    return {}


@sample("feedback.check_tallies")
def counted_answers() -> dict[str, Any]:
    invitation, _page = answered(5)  # Its invitation was made without being counted as sent.
    rebuild_tallies(invitation.survey)
    return {}
