"""Whether everybody is seen: who received nothing, by group, and how unevenly thanks are spread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import TeamMembership, User
from feedback import fairness
from feedback.models import KudosRecipient
from feedback.models.kudos import KudosState
from feedback.site_days import site_day
from lib import statistics

SMALLEST = 5
WINDOW = timedelta(days=90)


@dataclass(frozen=True)
class GroupRow:
    """One group against all others; `share` None is hidden, since the group is too small."""

    name: str
    n: int
    without: int
    share: float | None
    low: float | None
    high: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None

    @property
    def is_marked(self) -> bool:
        """The interval of the difference leaves 0 out."""
        low, high = self.difference_low, self.difference_high
        return low is not None and high is not None and (low > 0 or high < 0)


@dataclass(frozen=True)
class Equity:
    people: int
    received: int
    gini: float | None
    by_team: list[GroupRow]
    by_tenure: list[GroupRow]
    lorenz: list[float]

    @property
    def tables(self) -> list[tuple[str, list[GroupRow]]]:
        return [("Team", self.by_team), ("Time with us", self.by_tenure)]


def equity_of(at: datetime) -> Equity:
    """The report over 90 days; no names of people. Three queries."""
    agents = {
        span.user_id: span
        for span in TeamMembership.objects.in_force(at)
        .agents()
        .filter(user__is_active=True)
        .select_related("team", "user")
    }
    counts: dict[int, int] = dict.fromkeys(agents, 0)
    rows = KudosRecipient.objects.filter(
        agent__in=agents, kudos__state=KudosState.POSTED, kudos__posted_at__gte=at - WINDOW
    )
    for agent in rows.values_list("agent_id", flat=True):
        counts[agent] += 1
    teams = {pk: span.team.name for pk, span in agents.items()}
    today = site_day(at)
    bands = {pk: tenure_band(span.user, today) for pk, span in agents.items()}
    values = sorted(counts.values())
    return Equity(
        people=len(agents),
        received=sum(values),
        gini=fairness.gini(values),
        by_team=group_rows(teams, counts),
        by_tenure=group_rows(bands, counts),
        lorenz=lorenz(values),
    )


def tenure_band(person: User, today: date) -> str:
    if person.hired_on is None:
        return "Unknown"
    months = (today.year - person.hired_on.year) * 12 + today.month - person.hired_on.month
    if months < 6:
        return "Under 6 months"
    return "6 to 24 months" if months <= 24 else "Over 24 months"


def group_rows(groups: Mapping[int, str], counts: Mapping[int, int]) -> list[GroupRow]:
    """Each group with its share of people who received nothing.

    Groups under five are hidden, and the smallest other one with them where it could be worked out.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for person, name in groups.items():
        members[name].append(counts[person])
    hidden = {name for name, own in members.items() if len(own) < SMALLEST}
    if len(hidden) == 1 and len(members) > 1:
        rest = [name for name in members if name not in hidden]
        hidden.add(min(rest, key=lambda name: (len(members[name]), name)))
    everyone = [count for own in members.values() for count in own]
    return [
        _row(name, members[name], everyone, is_hidden=name in hidden) for name in sorted(members)
    ]


def lorenz(values: Sequence[int]) -> list[float]:
    """Share of all thanks that the least thanked 10, 20 … 100 % of people received, in percent."""
    total = sum(values)
    if not total:
        return []
    ordered = sorted(values)
    return [
        100 * sum(ordered[: round(len(ordered) * tenth / 10)]) / total for tenth in range(1, 11)
    ]


def _row(name: str, own: Sequence[int], everyone: Sequence[int], *, is_hidden: bool) -> GroupRow:
    n, without = len(own), sum(count == 0 for count in own)
    interval = statistics.wilson(without, n)
    if is_hidden or interval is None:
        return GroupRow(name, n, 0, None, None, None, None, None, None)
    others = len(everyone) - n
    none_elsewhere = sum(count == 0 for count in everyone) - without
    apart = statistics.newcombe(without, n, none_elsewhere, others)
    difference, low, high = apart if apart else (None, None, None)
    return GroupRow(name, n, without, without / n, *interval, difference, low, high)
