"""What the outside may hear, by name; docs/how-to/webhooks.md shows the same list."""

from __future__ import annotations

from accounts import events as accounts_events
from crm import events as crm_events
from feedback import events as survey_events
from feedback import recognition_events
from lib.events import Event
from ops import events as ops_events
from ops import outbox
from quality import events as quality_events
from training import events as training_events

ANNOUNCED: dict[type[Event], str] = {
    crm_events.CustomersMerged: "customer.merged",
    crm_events.MergeUndone: "customer.merge_undone",
    crm_events.CustomerErased: "customer.erased",
    crm_events.InteractionRecorded: "interaction.recorded",
    crm_events.InteractionChanged: "interaction.changed",
    crm_events.DispositionSet: "interaction.disposition_set",
    crm_events.TranscriptAdded: "transcript.added",
    crm_events.AgentStatesRecorded: "agent.states_recorded",
    crm_events.ImportFinished: "import.finished",
    crm_events.CaseOpened: "case.opened",
    crm_events.CaseResolved: "case.resolved",
    crm_events.CaseReopened: "case.reopened",
    crm_events.CaseClosed: "case.closed",
    crm_events.ClockWarned: "case.sla_warned",
    crm_events.ClockBreached: "case.sla_breached",
    crm_events.PromiseMade: "promise.made",
    crm_events.PromiseSettled: "promise.settled",
    quality_events.EvaluationFinalized: "evaluation.finalized",
    quality_events.EvaluationChanged: "evaluation.changed",
    quality_events.EvaluationVoided: "evaluation.voided",
    quality_events.EvaluationDisputed: "evaluation.disputed",
    quality_events.DisputeDecided: "dispute.decided",
    quality_events.CalibrationFinished: "calibration.finished",
    quality_events.CoachingRequested: "coaching.requested",
    accounts_events.UserDeactivated: "user.deactivated",
    accounts_events.UserReactivated: "user.reactivated",
    accounts_events.UserErased: "user.erased",
    accounts_events.RoleGranted: "role.granted",
    accounts_events.RoleEnded: "role.ended",
    survey_events.InvitationSent: "survey.invitation_sent",
    survey_events.SurveyResponseReceived: "survey.response_received",
    survey_events.SurveyResponseWithdrawn: "survey.response_withdrawn",
    survey_events.DetractorAlertRaised: "survey.alert_raised",
    survey_events.RecoveryMeasured: "survey.recovery_measured",
    recognition_events.KudosPosted: "kudos.posted",
    recognition_events.BadgeAwarded: "badge.awarded",
    recognition_events.RedemptionDecided: "redemption.decided",
    training_events.AssignmentCreated: "course.assigned",
    training_events.EnrollmentCompleted: "course.completed",
    training_events.CertificateIssued: "certificate.issued",
    training_events.CertificateRevoked: "certificate.revoked",
    training_events.CertificateExpired: "certificate.expired",
    training_events.AssignmentOverdue: "course.overdue",
    training_events.ActionItemClosed: "action_item.closed",
    training_events.RemediationProposed: "remediation.proposed",
    training_events.RemediationConfirmed: "remediation.confirmed",
    training_events.CoachingSessionHeld: "coaching.held",
    training_events.CoachingAcknowledged: "coaching.acknowledged",
    ops_events.BackupFinished: "backup.finished",
    ops_events.JobDied: "job.died",
}


def connect() -> None:
    for fact, name in ANNOUNCED.items():
        outbox.announce(fact, name)
