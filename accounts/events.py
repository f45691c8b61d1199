"""Facts about people that other apps react to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lib.events import Event


@dataclass(frozen=True, kw_only=True)
class MembershipChanged(Event):
    """A team membership began, ended or moved.

    What was stamped with the person's team inside [changed_from_at, changed_until_at) may be
    wrong now; `changed_until_at` is None where the change has no end.
    """

    user_id: int
    team_id: int
    kind: str
    starts_at: datetime
    ends_at: datetime | None
    changed_from_at: datetime
    changed_until_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class UserDeactivated(Event):
    """An account was closed; its sessions have ended."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class UserReactivated(Event):
    """A closed account was opened again."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class UserErased(Event):
    """Nothing tells any more who this person was; rows stay under a pseudonym."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class RoleGranted(Event):
    """A person holds a role from now on."""

    user_id: int
    role: str


@dataclass(frozen=True, kw_only=True)
class RoleEnded(Event):
    """A person no longer holds a role."""

    user_id: int
    role: str


@dataclass(frozen=True, kw_only=True)
class RightGranted(Event):
    """A person holds a single right from now on."""

    user_id: int
    right: str


@dataclass(frozen=True, kw_only=True)
class RightEnded(Event):
    """A person no longer holds a single right."""

    user_id: int
    right: str


@dataclass(frozen=True, kw_only=True)
class TokenIssued(Event):
    """A program may use the API as this person from now on."""

    user_id: int
    token_id: int


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Event):
    """A business calendar has other hours from now on: a new version is in force."""

    calendar_id: int
    version_id: int


@dataclass(frozen=True, kw_only=True)
class UserInvited(Event):
    """Somebody was offered an account by mail."""

    invitation_id: int


@dataclass(frozen=True, kw_only=True)
class UserJoined(Event):
    """An invited person made the account."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Event):
    """A token opens nothing any more."""

    token_id: int
