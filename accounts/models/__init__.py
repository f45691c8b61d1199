"""People, their teams over time, tokens of programs, and the append-only audit trail."""

from accounts.models.audit import (
    AccessEntry,
    AccessKind,
    AuditAnchor,
    AuditEntry,
    AuditHead,
    AuditPayload,
    new_salt,
)
from accounts.models.calendars import BusinessCalendar, CalendarVersion
from accounts.models.people import RightGrant, User, UserKind, role_group
from accounts.models.reviews import AccessReview
from accounts.models.sign_in import (
    AccountInvitation,
    CodeStep,
    SignInCounter,
    SignInIdentity,
)
from accounts.models.teams import AgentKey, MembershipKind, Team, TeamMembership
from accounts.models.tokens import ApiToken

__all__ = [
    "AccessEntry",
    "AccessKind",
    "AccessReview",
    "AccountInvitation",
    "AgentKey",
    "ApiToken",
    "AuditAnchor",
    "AuditEntry",
    "AuditHead",
    "AuditPayload",
    "BusinessCalendar",
    "CalendarVersion",
    "CodeStep",
    "MembershipKind",
    "RightGrant",
    "SignInCounter",
    "SignInIdentity",
    "Team",
    "TeamMembership",
    "User",
    "UserKind",
    "new_salt",
    "role_group",
]
