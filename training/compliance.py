"""The compliance matrix: people × requirements in eight states, as of any day."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from django.utils import timezone

from accounts.models import Team, TeamMembership, User
from lib import charts
from lib.sentences import said
from training.compliance_counts import Asking, counts_by, counts_of_each
from training.models import Cycle, Requirement, RequirementAssignment
from training.validity import Facts, add_months, percent_of_counts, state_on

PEOPLE_AT_ONCE = 200
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
    "compliant": ("C", said("Compliant"), "good"),
    "due_soon": ("S", said("Ends soon"), "accent"),
    "in_grace": ("G", said("In grace"), "warn"),
    "waived": ("W", said("Waived"), ""),
    "expired": ("E", said("Expired"), "bad"),
    "overdue": ("O", said("Overdue"), "bad"),
    "pending": ("P", said("Pending"), ""),
    "not_applicable": ("–", said("Not asked"), ""),
}
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
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
Rounds = dict[Key, list[Round]]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True)
class Matrix:
    """Who is asked for what as of a day; cells are loaded where they are shown, figures counted.

    `asked` are the people of each requirement, `memberships` the teams of each person.
    """

    asking: Asking
    people: list[User]
    asked: dict[int, set[int]]
    teams: dict[int, str]
    memberships: dict[int, set[int]]

    @property
    def on(self) -> date:
        return self.asking.on

    @property
    def as_known_then(self) -> bool:
        return self.asking.as_known_then

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        return self.asking.requirements

    def rows(
        self,
        people: Sequence[User] | None = None,
        requirements: Sequence[Requirement] | None = None,
    ) -> Iterator[tuple[User, list[Cell]]]:
        """Cells of everybody, or of these; one query for every `PEOPLE_AT_ONCE` people."""
        chosen = self.people if people is None else people
        columns = self.requirements if requirements is None else requirements
        for start in range(0, len(chosen), PEOPLE_AT_ONCE):
            part = chosen[start : start + PEOPLE_AT_ONCE]
            rounds = _rounds(part, columns)
            for person in part:
                yield person, [self._cell(person, one, rounds) for one in columns]

    def cell(self, person: User, requirement: Requirement) -> Cell:
        ((_person, (cell,)),) = self.rows([person], [requirement])
        return cell

    def _cell(self, person: User, requirement: Requirement, rounds: Rounds) -> Cell:
        if person.pk not in self.asked[requirement.pk]:
            return NOT_ASKED
        known = self.asking.day_end if self.as_known_then else None
        return cell_of(requirement, rounds.get((person.pk, requirement.pk), ()), self.on, known)

    def canonical_lines(self) -> Iterator[str]:
        """One line a cell, in a fixed order: what the hash of the document covers."""
        yield f"as of {self.on.isoformat()}, known {'then' if self.as_known_then else 'now'}"
        columns = sorted(self.requirements, key=lambda one: one.code)
        for person, cells in self.rows(sorted(self.people, key=lambda one: one.pk), columns):
            for one, cell in zip(columns, cells, strict=True):
                until = cell.until.isoformat() if cell.until else ""
                yield f"{person.pk};{one.code};{cell.state};{until}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256("\n".join(self.canonical_lines()).encode()).hexdigest()

    def totals_of(self, requirements: Sequence[Requirement]) -> list[Total]:
        """One for each of these requirements, over everybody. One query."""
        found = counts_by("requirement_id", replace(self.asking, every=tuple(requirements)))
        people = len(self.people)
        return [
            Total(one.title, _whole(found[one.pk], len(self.asked[one.pk]), people))
            for one in requirements
        ]

    @cached_property
    def totals(self) -> list[Total]:
        return self.totals_of(self.requirements)

    @property
    def chart(self) -> charts.Chart | None:
        return chart_of(self.totals) if self.people else None

    @cached_property
    def trend(self) -> charts.Chart | None:
        """Compliance on the same day of each of twelve months, by who was here then. One query.

        None for more than 40,000 cells, which would take seconds.
        """
        if not self.asked or len(self.people) * len(self.requirements) > MOST_IN_TREND:
            return None
        days = [add_months(self.on, -back) for back in reversed(range(TREND_MONTHS))]
        counts = counts_of_each([replace(self.asking, on=day) for day in days])
        return charts.line(
            [f"{day:%Y-%m}" for day in days],
            [charts.Series("Compliant", [percent_of_counts(one) for one in counts])],
            title="Compliance by month",
            message="Compliance over twelve months, each as of the same day of the month",
            show=charts.percent,
        )

    @cached_property
    def by_person(self) -> dict[int, Counter[str]]:
        """How many requirements are in which state for each person. One query."""
        found = counts_by("person_id", self.asking)
        asked = Counter(person for people in self.asked.values() for person in people)
        columns = len(self.requirements)
        return {one.pk: _whole(found[one.pk], asked[one.pk], columns) for one in self.people}

    @property
    def team_totals(self) -> list[Total]:
        """One for each team that somebody is in, over all requirements."""
        by_team: dict[int, Counter[str]] = defaultdict(Counter)
        for person, counts in self.by_person.items():
            for team in self.memberships.get(person, ()):
                by_team[team].update(counts)
        named = sorted((self.teams.get(pk, ""), pk) for pk in by_team)
        return [Total(name, by_team[pk]) for name, pk in named if name]

    @cached_property
    def whole(self) -> Total:
        counts: Counter[str] = Counter()
        for one in self.by_person.values():
            counts.update(one)
        return Total("All", counts)


def _whole(counts: Counter[str], asked: int, every: int) -> Counter[str]:
    """With the asked pairs that have no round yet, and those that are not asked."""
    return counts + Counter(pending=asked - counts.total(), not_applicable=every - asked)


@dataclass(frozen=True)
class Total:
    """How many cells are in each state, and the share of those that count which is met."""

    name: str
    counts: Counter[str]

    @property
    def percent(self) -> float | None:
        return percent_of_counts(self.counts)

    @property
    def asked(self) -> int:
        return self.counts.total() - self.counts["not_applicable"]

    @property
    def looks(self) -> list[tuple[tuple[str, str, str], int]]:
        return [(LOOKS[state], self.counts[state]) for state in STATES]


def chart_of(totals: Sequence[Total]) -> charts.Chart | None:
    """One bar for each requirement, by state."""
    if not totals:
        return None
    shown = [state for state in STATES if state != "not_applicable"]
    return charts.stacked_bars(
        [total.name for total in totals],
        [(LOOKS[state][1], [total.counts[state] for total in totals]) for state in shown],
        title="People by state",
        label_header="Requirement",
        tones=[LOOKS[state][2] or "quiet" for state in shown],
    )


# --- Asking for it ------------------------------------------------------------------------------


def matrix_of(
    user: User, on: date, *, as_known_then: bool = True, team_id: int | None = None
) -> Matrix:
    """What the person may see, as of a day. Six queries, whatever the size."""
    asking = Asking(user, on, as_known_then, team_id, tuple(Requirement.objects.all()))
    people = list(asking.people.distinct().order_by("full_name", "pk"))
    memberships: dict[int, set[int]] = defaultdict(set)
    in_force = TeamMembership.objects.in_force(asking.last_moment).filter(user__in=asking.ids)
    for person, team in in_force.values_list("user_id", "team_id"):
        memberships[person].add(team)
    return Matrix(
        asking=asking,
        people=people,
        asked=_asked(asking, {one.pk for one in people}, memberships),
        teams=dict(Team.objects.values_list("pk", "name")),
        memberships=memberships,
    )


def _asked(
    asking: Asking, people: set[int], memberships: Mapping[int, set[int]]
) -> dict[int, set[int]]:
    """The people that each requirement asks. Two queries."""
    holders: dict[str, set[int]] = defaultdict(set)
    groups = User.groups.through.objects.filter(user__in=asking.ids)
    for person, role in groups.values_list("user_id", "group__name"):
        holders[role].add(person)
    members: dict[int, set[int]] = defaultdict(set)
    for person, teams in memberships.items():
        for team in teams:
            members[team].add(person)
    found = {}
    for one in asking.requirements:
        in_role = holders[one.role] if one.role else people
        in_team = members[one.team_id] if one.team_id is not None else people
        found[one.pk] = in_role & in_team & people
    by_hand = RequirementAssignment.objects.in_force_on(asking.on, asking.day_end)
    for person, requirement in by_hand.values_list("person_id", "requirement_id"):
        if requirement in found and person in people:
            found[requirement].add(person)
    return found


def _rounds(people: Sequence[User], requirements: Sequence[Requirement]) -> Rounds:
    """By person and requirement, in order. One query."""
    found: Rounds = defaultdict(list)
    rows = Cycle.objects.filter(
        person__in=[one.pk for one in people], requirement__in=[one.pk for one in requirements]
    )
    lines = rows.order_by("number").values_list("person_id", "requirement_id", *ROUND_FIELDS)
    for person, requirement, *values in lines.iterator(chunk_size=5000):
        found[person, requirement].append(Round(*values))
    return found


def own_standing(user: User, today: date) -> list[tuple[Requirement, Cell, Cycle | None]]:
    """What is asked of one person now, what is late first. Six queries."""
    rounds: dict[int, list[Cycle]] = defaultdict(list)
    orders = RequirementAssignment.objects.in_force().filter(person=user)
    by_hand = set(orders.values_list("requirement_id", flat=True))
    for cycle in Cycle.objects.filter(person=user).order_by("number"):
        rounds[cycle.requirement_id].append(cycle)
    teams = TeamMembership.objects.in_force(timezone.now()).filter(user=user)
    mine, roles = set(teams.values_list("team_id", flat=True)), user.roles
    found = []
    for one in Requirement.objects.active().prefetch_related("proofs__course", "proofs__path"):
        fits = (not one.role or one.role in roles) and (not one.team_id or one.team_id in mine)
        if not fits and one.pk not in by_hand:
            continue
        known = rounds[one.pk]
        cell = cell_of(one, [_round(cycle) for cycle in known], today, None)
        found.append((one, cell, known[-1] if known else None))
    return sorted(found, key=lambda row: (STATES.index(row[1].state), row[0].title))


def _round(cycle: Cycle) -> Round:
    return Round(*(getattr(cycle, name) for name in ROUND_FIELDS))
