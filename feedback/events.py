"""Facts that feedback publishes on commit; those of surveys stand in survey_events."""

from feedback.survey_events import (
    DetractorAlertRaised,
    InvitationSent,
    RecoveryMeasured,
    SurveyDriverRelabeled,
    SurveyResponseReceived,
    SurveyResponseWithdrawn,
)

__all__ = [
    "DetractorAlertRaised",
    "InvitationSent",
    "RecoveryMeasured",
    "SurveyDriverRelabeled",
    "SurveyResponseReceived",
    "SurveyResponseWithdrawn",
]
