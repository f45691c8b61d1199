"""How surveys react to facts of other apps."""

from __future__ import annotations

from crm import timeline
from crm.events import CaseResolved
from feedback import survey_timeline
from feedback.actions import alerts, follow_up
from feedback.models import Recovery, Response
from feedback.survey_events import (
    InvitationSent,
    SurveyResponseReceived,
    SurveyResponseWithdrawn,
)


def resolve_recovery(fact: CaseResolved) -> None:
    """A case was resolved: its recovery is, too, and the customer is asked again."""
    recovery = Recovery.objects.filter(case_id=fact.case_id).first()
    if recovery is not None:
        alerts.resolve_recovery(recovery=recovery, by=None, at=fact.at)


def follow_up_answer(fact: SurveyResponseReceived) -> None:
    """Label the comment of an accepted response and raise alerts; anonymous ones had that done."""
    if not fact.response_id:
        return
    row = Response.objects.filter(pk=fact.response_id).select_related("survey", "version").first()
    if row is not None:
        follow_up.follow_up(response=row, at=fact.at)


def tell_invitation(fact: InvitationSent) -> None:
    """The timeline of the customer says that a message left."""
    timeline.write(
        survey_timeline.INVITATION.name, survey_timeline.invitations(pk=fact.invitation_id)
    )


def tell_answer(fact: SurveyResponseReceived) -> None:
    """The timeline says that the customer answered, where the survey says who did."""
    if fact.response_id:
        timeline.write(survey_timeline.ANSWER.name, survey_timeline.answers(pk=fact.response_id))


def take_answer_back(fact: SurveyResponseWithdrawn) -> None:
    timeline.remove(survey_timeline.ANSWER.name, target=Response(pk=fact.response_id))
