"""The compliance matrix: people × requirements in eight states, as of any day."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Team, TeamMembership, User
from lib import charts
from training.models import Cycle, Requirement
from training.reach import people_for
from training.validity import Facts, add_months, compliance_percent, state_on

DAY = timedelta(days=1)
MOST_IN_TREND = 40_000
TREND_MONTHS = 12
STATES = (
    "overdue",
    "expired",
    "in_grace",
    "due_soon",
    "pending",
    "waived",
    "compliant",
    "not_applicable",
)
LOOKS = {
    "compliant": ("C", "Compliant", "good"),
    "due_soon": ("S", "Ends soon", "accent"),
    "in_grace": ("G", "In grace", "warn"),
    "waived": ("W", "Waived", ""),
    "expired": ("E", "Expired", "bad"),
    "overdue": ("O", "Overdue", "bad"),
    "pending": ("P", "Pending", ""),
    "not_applicable": ("–", "Not asked", ""),
}
Key = tuple[int, int]


@dataclass(frozen=True)
class Round:
    """What the matrix needs of one cycle."""

    number: int
    opened_on: date
    due_on: date
    satisfied_on: date | None
    expires_on: date | None
    ended_on: date | None
    waived_on: date | None
    waived_until_on: date | None
    recorded_at: datetime | None

    def is_met(self, t: date, known_until: datetime | None) -> bool:
        """Whether its evidence counts on day t, as far as was known by that moment."""
        if self.satisfied_on is None or self.satisfied_on > t:
            return False
        if known_until is not None and (self.recorded_at or known_until) >= known_until:
            return False
        return self.ended_on is None or t < self.ended_on


ROUND_FIELDS = tuple(Round.__dataclass_fields__)


@dataclass(frozen=True)
class Cell:
    state: str
    until: date | None = None

    @property
    def letter(self) -> str:
        return LOOKS[self.state][0]

    @property
    def told(self) -> str:
        return LOOKS[self.state][1]

    @property
    def tone(self) -> str:
        return LOOKS[self.state][2]


NOT_ASKED = Cell("not_applicable")


def day_end(on: date) -> datetime:
    """The first moment after the day, in the site's zone."""
    return timezone.make_aware(datetime.combine(on + DAY, time()))


def cell_of(
    requirement: Requirement, rounds: Iterable[Round], t: date, known_until: datetime | None
) -> Cell:
    """State and last good day of one person who is asked."""
    begun = [one for one in rounds if one.opened_on <= t]
    met = [one for one in begun if one.is_met(t, known_until)]
    best = max(met, key=lambda one: (one.satisfied_on or t, one.number), default=None)
    waits = [one for one in begun if not one.is_met(t, known_until)]
    waivers = [
        one.waived_until_on
        for one in begun
        if one.waived_until_on is not None and one.waived_on is not None and one.waived_on <= t
    ]
    facts = Facts(
        waived_until=max(waivers, default=None),
        expiry=best.expires_on if best else None,
        is_met=best is not None,
        due_on=waits[-1].due_on if waits else None,
        due_soon_days=requirement.due_soon_days,
        grace_days=requirement.grace_days,
    )
    state = state_on(t, facts)
    until = {"waived": facts.waived_until, "pending": facts.due_on, "overdue": facts.due_on}
    return Cell(state, until.get(state, facts.expiry))


# --- The whole matrix ---------------------------------------------------------------------------


@dataclass
class Matrix:
    """Every cell of everybody that the reader may see; a page shows a part of `people`."""

    on: date
    as_known_then: bool
    people: list[User]
    requirements: list[Requirement]
    teams: dict[int, str]
    roles: dict[int, set[str]]
    memberships: dict[int, set[int]]
    rounds: dict[Key, list[Round]]
    _cells: dict[Key, Cell] = field(default_factory=dict)
    _ends: dict[date, datetime] = field(default_factory=dict)

    def cell(self, person: User, requirement: Requirement) -> Cell:
        key = person.pk, requirement.pk
        if key not in self._cells:
            self._cells[key] = self.cell_at(person, requirement, self.on)
        return self._cells[key]

    def cell_at(self, person: User, requirement: Requirement, t: date) -> Cell:
        if not self._is_asked(person, requirement):
            return NOT_ASKED
        if t not in self._ends:  # Reckoned once a day: it costs as much as a whole cell.
            self._ends[t] = day_end(t)
        known = self._ends[t] if self.as_known_then else None
        rounds = self.rounds.get((person.pk, requirement.pk), ())
        return cell_of(requirement, rounds, t, known)

    def _is_asked(self, person: User, requirement: Requirement) -> bool:
        if requirement.role and requirement.role not in self.roles.get(person.pk, ()):
            return False
        team = requirement.team_id
        return team is None or team in self.memberships.get(person.pk, ())

    def rows(self, people: Iterable[User] | None = None) -> Iterator[tuple[User, list[Cell]]]:
        for person in self.people if people is None else people:
            yield person, [self.cell(person, one) for one in self.requirements]

    @property
    def totals(self) -> list[Total]:
        """One for each requirement."""
        return [
            Total.of(one.title, (self.cell(person, one) for person in self.people))
            for one in self.requirements
        ]

    @property
    def team_totals(self) -> list[Total]:
        """One for each team that somebody is in, over all requirements."""
        by_team: dict[int, list[Cell]] = defaultdict(list)
        for person, cells in self.rows():
            for team in self.memberships.get(person.pk, ()):
                by_team[team] += cells
        named = sorted((self.teams.get(pk, ""), cells) for pk, cells in by_team.items())
        return [Total.of(name, cells) for name, cells in named if name]

    @property
    def whole(self) -> Total:
        return Total.of("All", (cell for _, cells in self.rows() for cell in cells))

    def canonical_lines(self) -> Iterator[str]:
        """One line a cell, in a fixed order: what the hash of the document covers."""
        yield f"as of {self.on.isoformat()}, known {'then' if self.as_known_then else 'now'}"
        for person in sorted(self.people, key=lambda one: one.pk):
            for one in sorted(self.requirements, key=lambda one: one.code):
                cell = self.cell(person, one)
                until = cell.until.isoformat() if cell.until else ""
                yield f"{person.pk};{one.code};{cell.state};{until}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256("\n".join(self.canonical_lines()).encode()).hexdigest()

    @property
    def chart(self) -> charts.Chart | None:
        """One bar for each requirement, by state."""
        if not self.people or not self.requirements:
            return None
        shown = [state for state in STATES if state != "not_applicable"]
        totals = self.totals
        return charts.stacked_bars(
            [total.name for total in totals],
            [(LOOKS[state][1], [total.counts[state] for total in totals]) for state in shown],
            title="People by state",
            label_header="Requirement",
            tones=[LOOKS[state][2] or "quiet" for state in shown],
        )

    @property
    def trend(self) -> charts.Chart | None:
        """Compliance at the end of each of twelve months; None for more than 40,000 cells."""
        if not self.rounds or len(self.people) * len(self.requirements) > MOST_IN_TREND:
            return None
        days = [add_months(self.on, -back) for back in reversed(range(TREND_MONTHS))]
        return charts.line(
            [f"{day:%Y-%m}" for day in days],
            [charts.Series("Compliant", [self._percent_at(day) for day in days])],
            title="Compliance by month",
            message="Compliance over twelve months, each as of the same day of the month",
            show=charts.percent,
        )

    def _percent_at(self, day: date) -> float | None:
        return compliance_percent(
            self.cell_at(person, one, day).state
            for person in self.people
            for one in self.requirements
        )


@dataclass(frozen=True)
class Total:
    """How many cells are in each state, and the share of those that count which is met."""

    name: str
    counts: Counter[str]

    @classmethod
    def of(cls, name: str, cells: Iterable[Cell]) -> Total:
        return cls(name, Counter(cell.state for cell in cells))

    @property
    def percent(self) -> float | None:
        return compliance_percent(self.counts.elements())

    @property
    def asked(self) -> int:
        return self.counts.total() - self.counts["not_applicable"]

    @property
    def looks(self) -> list[tuple[tuple[str, str, str], int]]:
        return [(LOOKS[state], self.counts[state]) for state in STATES]


def matrix_of(
    user: User, on: date, *, as_known_then: bool = True, team_id: int | None = None
) -> Matrix:
    """What the person may see, as of a day. Six queries, whatever the size."""
    moment = day_end(on) - timedelta(microseconds=1)
    people = User.objects.active().filter(people_for(user, "training.view_compliance"))
    people = people.filter(kind="person").exclude(groups__name="admin")
    in_force = TeamMembership.objects.in_force(moment)
    if team_id is not None:
        people = people.filter(pk__in=in_force.filter(team=team_id).values("user_id"))
    people = people.distinct()
    ids = people.order_by().values("pk")
    memberships: dict[int, set[int]] = defaultdict(set)
    for person, team in in_force.filter(user__in=ids).values_list("user_id", "team_id"):
        memberships[person].add(team)
    requirements = list(Requirement.objects.active())
    return Matrix(
        on=on,
        as_known_then=as_known_then,
        people=list(people.order_by("full_name", "pk")),
        requirements=requirements,
        teams=dict(Team.objects.values_list("pk", "name")),
        roles=_roles(ids),
        memberships=memberships,
        rounds=_rounds(ids),
    )


def _roles(ids: Any) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = User.groups.through.objects.filter(user__in=ids)
    for person, name in rows.values_list("user_id", "group__name"):
        found[person].add(name)
    return found


def _rounds(ids: Any) -> dict[Key, list[Round]]:
    """Of active requirements, by person and requirement, in order."""
    found: dict[Key, list[Round]] = defaultdict(list)
    rows = Cycle.objects.filter(person__in=ids, requirement__retired_at__isnull=True)
    lines = rows.order_by("number").values_list("person_id", "requirement_id", *ROUND_FIELDS)
    for person, requirement, *values in lines.iterator(chunk_size=5000):
        found[person, requirement].append(Round(*values))
    return found


def own_standing(user: User, today: date) -> list[tuple[Requirement, Cell, Cycle | None]]:
    """What is asked of one person now, what is late first. Four queries."""
    rounds: dict[int, list[Cycle]] = defaultdict(list)
    for cycle in Cycle.objects.filter(person=user).order_by("number"):
        rounds[cycle.requirement_id].append(cycle)
    teams = TeamMembership.objects.in_force(timezone.now()).filter(user=user)
    mine, roles = set(teams.values_list("team_id", flat=True)), user.roles
    found = []
    for one in Requirement.objects.active().prefetch_related("proofs__course", "proofs__path"):
        if (one.role and one.role not in roles) or (one.team_id and one.team_id not in mine):
            continue
        known = rounds[one.pk]
        cell = cell_of(one, [_round(cycle) for cycle in known], today, None)
        found.append((one, cell, known[-1] if known else None))
    return sorted(found, key=lambda row: (STATES.index(row[1].state), row[0].title))


def _round(cycle: Cycle) -> Round:
    return Round(*(getattr(cycle, name) for name in ROUND_FIELDS))
