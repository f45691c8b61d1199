"""The skill matrix: people × skills with level, its day, the target, and who is alone in one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import TeamMembership, User
from lib import charts
from training.models import RoleTarget, Skill, SkillEvidence
from training.reach import people_for
from training.skills import Proven, level_on, readiness

ABLE_LEVEL = 2
MOST_IN_PICTURE = 40


@dataclass(frozen=True)
class Cell:
    """One person in one skill; `proof` decides the level, `target` is 0 without one."""

    level: int
    proof: Proven | None
    target: int

    @property
    def gap(self) -> int:
        return max(0, self.target - self.level)

    @property
    def blocks(self) -> str:
        """Four blocks, as many full as the level."""
        return "■" * self.level + "□" * (4 - self.level)


@dataclass(frozen=True)
class Column:
    """One skill over everybody that is shown."""

    skill: Skill
    able: int

    @property
    def flag(self) -> str:
        if self.able == 0:
            return "nobody"
        return "only one person" if self.able == 1 else "few"

    @property
    def is_scarce(self) -> bool:
        return self.able <= self.skill.critical_headcount


@dataclass(frozen=True)
class SkillMatrix:
    columns: list[Column]
    rows: list[tuple[User, list[Cell], int | None]]
    skills: list[Skill]

    @property
    def chart(self) -> charts.Chart | None:
        """Levels of the first people as a heat map."""
        if not self.rows or not self.skills:
            return None
        shown = self.rows[:MOST_IN_PICTURE]
        return charts.heat_map(
            [person.short_name for person, _cells, _ready in shown],
            [skill.title for skill in self.skills],
            [[float(cell.level) for cell in cells] for _person, cells, _ready in shown],
            title="Levels",
            label_header="Person",
            show=charts.count,
        )


def skill_matrix_of(
    user: User, at: datetime, today: date, *, team_id: int | None = None
) -> SkillMatrix:
    """What the person may see. Five queries, whatever the size."""
    people = User.objects.active().filter(people_for(user, "training.view_board"), kind="person")
    if team_id is not None:
        members = TeamMembership.objects.in_force(at).filter(team=team_id)
        people = people.filter(pk__in=members.values("user_id"))
    people = people.exclude(groups__name="admin").distinct()
    skills = list(Skill.objects.active())
    proofs = proofs_of(people.order_by().values("pk"))
    targets = {(row.role, row.skill_id): row for row in RoleTarget.objects.all()}
    rows = []
    for person in people.order_by("full_name", "pk").prefetch_related("groups"):
        roles = [group.name for group in person.groups.all()]
        rows.append(_row(person, roles, skills, proofs, targets, today))
    columns = [
        Column(skill, sum(cells[at].level >= ABLE_LEVEL for _, cells, _ in rows))
        for at, skill in enumerate(skills)
    ]
    return SkillMatrix(columns, rows, skills)


def _row(
    person: User,
    roles: list[str],
    skills: list[Skill],
    proofs: dict[tuple[int, int], list[Proven]],
    targets: dict[tuple[str, int], RoleTarget],
    today: date,
) -> tuple[User, list[Cell], int | None]:
    """The highest target of the person's roles counts, with its weight."""
    cells, asked, levels = [], [], []
    for skill in skills:
        level, proof = level_of_skill(skill, proofs.get((person.pk, skill.pk), ()), today)
        wanted = [targets[role, skill.pk] for role in roles if (role, skill.pk) in targets]
        target = max(wanted, key=lambda row: row.level, default=None)
        cells.append(Cell(level, proof, target.level if target else 0))
        if target is not None:
            asked.append((target.level, target.weight))
            levels.append(level)
    return person, cells, readiness(levels, asked)


def level_of_skill(
    skill: Skill, proofs: Iterable[Proven], today: date
) -> tuple[int, Proven | None]:
    return level_on(proofs, today, skill.rule, skill.validity_months, skill.decay_months)


def proofs_of(people: object) -> dict[tuple[int, int], list[Proven]]:
    """By person and skill. `people` are users or their ids, or a query of them. One query."""
    found: dict[tuple[int, int], list[Proven]] = defaultdict(list)
    rows = SkillEvidence.objects.filter(person__in=people).order_by()  # type: ignore[misc]
    lines = rows.values_list("person_id", "skill_id", "kind", "level", "dated_on")
    for person, skill, kind, level, dated_on in lines.iterator(chunk_size=5000):
        found[person, skill].append(Proven(kind, level, dated_on))
    return found
