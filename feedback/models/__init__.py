"""The tables of feedback, by concept."""

from feedback.models.awards import AwardProgram, CommitteeVote, Nomination
from feedback.models.badges import (
    Badge,
    BadgeAward,
    BadgeRule,
    Birthday,
    Milestone,
    MilestoneAward,
    RecognitionFact,
    VolumeDecision,
)
from feedback.models.boards import (
    BoardPreference,
    FairPlayFlag,
    Leaderboard,
    LeaderboardSnapshot,
)
from feedback.models.kudos import (
    AbuseReport,
    CompanyValue,
    Kudos,
    KudosReaction,
    KudosRecipient,
    NoticePreference,
    PraiseDraft,
)
from feedback.models.points import (
    Boost,
    Budget,
    GrantRequest,
    PointsAccount,
    PointsTransaction,
    Posting,
)
from feedback.models.policy import RecognitionPolicy, Tier
from feedback.models.rewards import Redemption, Reward
from feedback.models.survey_alerts import Alert, AlertRule, Recovery, RootCause
from feedback.models.survey_invitations import (
    Invitation,
    InvitationCredit,
    InvitationToken,
    Visit,
    VisitCount,
)
from feedback.models.survey_programs import FrequencyRule, Program, SendDecision, Suppression
from feedback.models.survey_responses import (
    Answer,
    AnswerHistory,
    Draft,
    Response,
    StateChange,
    Tally,
)
from feedback.models.survey_topics import CommentLabel, Topic
from feedback.models.surveys import Annotation, Collector, Survey, SurveyVersion

__all__ = [
    "AbuseReport",
    "Alert",
    "AlertRule",
    "Annotation",
    "Answer",
    "AnswerHistory",
    "AwardProgram",
    "Badge",
    "BadgeAward",
    "BadgeRule",
    "Birthday",
    "BoardPreference",
    "Boost",
    "Budget",
    "Collector",
    "CommentLabel",
    "CommitteeVote",
    "CompanyValue",
    "Draft",
    "FairPlayFlag",
    "FrequencyRule",
    "GrantRequest",
    "Invitation",
    "InvitationCredit",
    "InvitationToken",
    "Kudos",
    "KudosReaction",
    "KudosRecipient",
    "Leaderboard",
    "LeaderboardSnapshot",
    "Milestone",
    "MilestoneAward",
    "Nomination",
    "NoticePreference",
    "PointsAccount",
    "PointsTransaction",
    "Posting",
    "PraiseDraft",
    "Program",
    "RecognitionFact",
    "RecognitionPolicy",
    "Recovery",
    "Redemption",
    "Response",
    "Reward",
    "RootCause",
    "SendDecision",
    "StateChange",
    "Suppression",
    "Survey",
    "SurveyVersion",
    "Tally",
    "Tier",
    "Topic",
    "Visit",
    "VisitCount",
    "VolumeDecision",
]
