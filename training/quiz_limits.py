"""What a quiz allows one person: attempts, time, and the moments between which it is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext

from accounts.models import User
from training.models import Attempt, Enrollment, Override, Quiz

ARRIVAL = timedelta(seconds=5)  # An answer may be this long under way.


@dataclass(frozen=True)
class Limits:
    """`max_attempts` 0 is no limit; `time_limit` None is none."""

    max_attempts: int
    time_limit: timedelta | None
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def left(self, used: int) -> int | None:
        """Attempts left; None for no limit."""
        return None if not self.max_attempts else max(0, self.max_attempts - used)


def limits_for(quiz: Quiz, person: User, at: datetime) -> Limits:
    """The quiz's own, as an override for the person or else their most generous team changes it."""
    found = _override(quiz, person, at)
    minutes, most = quiz.time_limit_minutes, quiz.max_attempts
    limit = None if minutes is None else timedelta(minutes=minutes)
    if found is None:
        return Limits(most, limit)
    if limit is not None:
        limit = limit * (100 + found.extra_time_percent) / 100
    return Limits(
        most + found.extra_attempts if most else 0, limit, found.opens_at, found.closes_at
    )


def _override(quiz: Quiz, person: User, at: datetime) -> Override | None:
    teams = person.memberships.in_force(at).values("team_id")
    rows = list(Override.objects.filter(Q(person=person) | Q(team__in=teams), quiz=quiz))
    own = [row for row in rows if row.person_id]
    return max(
        own or rows, key=lambda row: (row.extra_time_percent, row.extra_attempts), default=None
    )


@dataclass(frozen=True)
class Standing:
    """One person's attempts at a quiz so far. `opens_at` is set while they must wait."""

    attempts: list[Attempt]
    limits: Limits
    opens_at: datetime | None

    @property
    def running(self) -> Attempt | None:
        return next((one for one in self.attempts if one.is_running), None)

    @property
    def left(self) -> int | None:
        return self.limits.left(sum(one.state != "voided" for one in self.attempts))

    @property
    def has_attempt_left(self) -> bool:
        return self.left is None or self.left > 0

    def why_not(self, at: datetime) -> str:
        """Why no attempt may be begun now; empty if one may."""
        if not self.has_attempt_left:
            return gettext("No attempt is left. Your trainer can allow another one.")
        if self.limits.closes_at is not None and self.limits.closes_at <= at:
            when = f"{self.limits.closes_at:%Y-%m-%d %H:%M}"
            return gettext("This quiz closed on {when} UTC.").format(when=when)
        if self.opens_at is not None and self.opens_at > at:
            day, hour = f"{self.opens_at:%Y-%m-%d}", f"{self.opens_at:%H:%M}"
            said = gettext("The next attempt opens on {day} at {hour} UTC.")
            return said.format(day=day, hour=hour)
        return ""


def standing_of(enrollment: Enrollment, quiz: Quiz, at: datetime) -> Standing:
    """Two queries and the person's team."""
    attempts = list(enrollment.attempts.filter(quiz=quiz).order_by("number"))
    limits = limits_for(quiz, enrollment.person, at)
    opens_at = limits.opens_at
    ended = [one.submitted_at for one in attempts if one.submitted_at]
    if ended and quiz.wait_minutes:
        after = max(ended) + timedelta(minutes=quiz.wait_minutes)
        opens_at = max(after, opens_at) if opens_at else after
    return Standing(attempts, limits, opens_at)
