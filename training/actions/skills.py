"""Verbs of skills and roles: write them, prove levels, choose and share a role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Q

from accounts import audit
from accounts.models import User
from quality.refusals import Forbidden, Invalid
from training.actions.assigning import local_today
from training.judgements import judged_answers
from training.models import (
    Course,
    RoleChoice,
    RoleSkill,
    RoleTarget,
    Skill,
    SkillEvidence,
    TargetRole,
)
from training.skills import HIGHEST, level_of

LOOKS_BACK_DAYS = 90
LEAST_JUDGED = 5
REPEATS_AFTER_DAYS = 30
LEVEL_OF_A_COURSE = 2


class OwnSkill(Forbidden):
    def __init__(self) -> None:
        super().__init__("Nobody assesses their own skills.")


class NoSuchLevel(Invalid):
    def __init__(self) -> None:
        super().__init__("level", f"A level is a whole number from 0 to {HIGHEST}.")


def save_skill(*, skill: Skill | None, by: User, at: datetime, **fields: object) -> Skill:
    with transaction.atomic():
        row = skill or Skill()
        for name, value in fields.items():
            setattr(row, name, value)
        row.row_version += 1 if skill else 0
        row.save()
        after = {name: str(value) for name, value in fields.items()}
        audit.record(verb="save_skill", record=row, by=by, at=at, after=after)
    return row


def set_target(
    *, role: str, skill: Skill, level: int, weight: int, by: User, at: datetime
) -> RoleTarget | None:
    """What a role of the house should reach; level 0 takes the target away."""
    if not 0 <= level <= HIGHEST:
        raise NoSuchLevel
    with transaction.atomic():
        after = {"role": role, "level": level, "weight": weight}
        audit.record(verb="set_skill_target", record=skill, by=by, at=at, after=after)
        if level == 0:
            RoleTarget.objects.filter(role=role, skill=skill).delete()
            return None
        row, _ = RoleTarget.objects.update_or_create(
            role=role, skill=skill, defaults={"level": level, "weight": weight}
        )
    return row


def assess(
    *, person: User, skill: Skill, level: int, source: str, by: User, at: datetime
) -> SkillEvidence:
    """An assessor's word. Raises OwnSkill, NoSuchLevel."""
    if person.pk == by.pk:
        raise OwnSkill
    if not 0 <= level <= HIGHEST:
        raise NoSuchLevel
    with transaction.atomic():
        row = SkillEvidence.objects.create(
            person=person,
            skill=skill,
            kind="assessor",
            level=level,
            dated_on=local_today(at),
            source=source.strip()[:200],
            created_by=by,
        )
        after = {"skill": skill.code, "level": level}
        audit.record(verb="assess_skill", record=row, by=by, at=at, after=after)
    return row


def prove_by_course(
    *, person: User, course: Course, percent: Decimal | None, enrollment_id: int, at: datetime
) -> int:
    """A completed course proves its skills: by its quiz percent, else level 2. Twice is once."""
    made = 0
    for skill in Skill.objects.active().filter(course=course):
        _row, is_new = SkillEvidence.objects.get_or_create(
            person=person,
            skill=skill,
            source=f"enrollment {enrollment_id}",
            defaults={
                "kind": "course" if percent is None else "quiz",
                "level": LEVEL_OF_A_COURSE if percent is None else level_of(float(percent)),
                "value": percent,
                "dated_on": local_today(at),
            },
        )
        made += is_new
    return made


def prove_by_evaluations(*, at: datetime) -> int:
    """The nightly round: five and more judged answers in 90 days prove a level.

    A row follows when the level is another, or once a month. Two queries a skill.
    """
    today, made = local_today(at), 0
    since = at - timedelta(days=LOOKS_BACK_DAYS)
    recent = today - timedelta(days=REPEATS_AFTER_DAYS)
    for skill in Skill.objects.active().exclude(criterion_key=""):
        newest = {
            row.person_id: row
            for row in SkillEvidence.objects.filter(skill=skill, kind="criterion").order_by(
                "dated_on", "pk"
            )
        }
        fresh = []
        for person, n, passed in _judged(skill.criterion_key, since):
            value = (Decimal(100 * passed) / n).quantize(Decimal("0.01"))
            level, known = level_of(float(value)), newest.get(person)
            if known is not None and known.level == level and known.dated_on > recent:
                continue
            fresh.append(
                SkillEvidence(
                    person_id=person,
                    skill=skill,
                    kind="criterion",
                    level=level,
                    value=value,
                    n=n,
                    dated_on=today,
                    source=f"{n} evaluations in {LOOKS_BACK_DAYS} days",
                )
            )
        SkillEvidence.objects.bulk_create(fresh)
        made += len(fresh)
    return made


def _judged(key: str, since: datetime) -> Sequence[tuple[int, int, int]]:
    """(agent, judged, passed) of agents with enough evaluations."""
    rows = judged_answers().filter(criterion__key=key, revision__evaluation__released_at__gte=since)
    counted = rows.values("revision__evaluation__agent").annotate(
        n=Count("pk"), passed=Count("pk", filter=Q(is_failed=False))
    )
    lines = counted.filter(n__gte=LEAST_JUDGED).order_by()
    return list(lines.values_list("revision__evaluation__agent", "n", "passed"))


# --- Roles --------------------------------------------------------------------------------------


def save_role(
    *,
    role: TargetRole | None,
    courses: Sequence[Course],
    levels: dict[int, int],
    by: User,
    at: datetime,
    **fields: object,
) -> TargetRole:
    """A role with what it asks for; `levels` are by skill, 0 asks for nothing."""
    with transaction.atomic():
        row = role or TargetRole()
        for name, value in fields.items():
            setattr(row, name, value)
        row.row_version += 1 if role else 0
        row.save()
        row.courses.set(courses)
        row.skills.all().delete()
        RoleSkill.objects.bulk_create(
            RoleSkill(target_role=row, skill_id=skill, level=level)
            for skill, level in levels.items()
            if 1 <= level <= HIGHEST
        )
        after = {name: str(value) for name, value in fields.items()}
        audit.record(verb="save_role", record=row, by=by, at=at, after=after)
    return row


def choose_role(
    *, person: User, role: TargetRole | None, is_shared: bool, at: datetime
) -> RoleChoice | None:
    """One role at a time, one's own choice; None takes it back."""
    with transaction.atomic():
        if role is None:
            RoleChoice.objects.filter(person=person).delete()
            return None
        row, _ = RoleChoice.objects.update_or_create(
            person=person, defaults={"target_role": role, "is_shared": is_shared}
        )
        after = {"is_shared": is_shared}
        audit.record(verb="choose_role", record=row, by=person, at=at, after=after)
    return row
