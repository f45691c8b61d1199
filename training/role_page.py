"""The way to a role: each line met or missing, with its next step; computed, never ticked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from quality.models import Evaluation
from quality.models.evaluations import Purpose
from training.judgements import judged_answers, only_critical
from training.models import Enrollment, RoleSkill, TargetRole
from training.skill_matrix import level_of_skill, proofs_of
from training.skills import Proven, readiness
from training.validity import add_months


@dataclass(frozen=True)
class Line:
    """What is asked, whether it is met, what there is now, and what to do next."""

    asks: str
    is_met: bool
    now: str
    next_step: str = ""
    course_id: int | None = None


@dataclass(frozen=True)
class Readiness:
    role: TargetRole
    lines: list[Line]
    skill_percent: int | None

    @property
    def met(self) -> int:
        return sum(line.is_met for line in self.lines)

    @property
    def percent(self) -> int | None:
        return 100 * self.met // len(self.lines) if self.lines else None


def readiness_of(person: User, role: TargetRole, at: datetime, today: date) -> Readiness:
    """At most seven queries, whatever the role asks for."""
    lines, levels, asked = [], [], []
    proofs = proofs_of([person.pk])
    for wanted in role.skills.select_related("skill"):
        level, proof = level_of_skill(
            wanted.skill, proofs.get((person.pk, wanted.skill_id), ()), today
        )
        levels.append(level)
        asked.append((wanted.level, 1))
        lines.append(_skill_line(wanted, level, proof))
    lines += _courses(person, role)
    lines += _quality(person, role, at)
    lines += _tenure(person, role, today)
    return Readiness(role, lines, readiness(levels, asked))


def _skill_line(wanted: RoleSkill, level: int, proof: Proven | None) -> Line:
    asks = _("{skill}: level {level}").format(skill=wanted.skill, level=wanted.level)
    now = _("not shown")
    if proof:
        now = _("level {level} since {day}").format(level=level, day=_day(proof.dated_on))
    missing = wanted.level - level
    if missing <= 0:
        return Line(asks, True, now)
    return Line(asks, False, now, _("{missing} levels to go").format(missing=missing))


def _courses(person: User, role: TargetRole) -> list[Line]:
    courses = list(role.courses.all())
    rows = Enrollment.objects.filter(person=person, course__in=courses, state="completed")
    done = set(rows.values_list("course_id", flat=True)) if courses else set()
    return [
        Line(
            _("Course “{title}”").format(title=course),
            course.pk in done,
            _("completed") if course.pk in done else _("not completed"),
            "" if course.pk in done else _("Take the course"),
            course.pk,
        )
        for course in courses
    ]


def _quality(person: User, role: TargetRole, at: datetime) -> list[Line]:
    """The mean of the last evaluations, and no critical failure of late; released ones only."""
    lines = []
    if role.minimum_percent is not None:
        rows = Evaluation.objects.released().filter(
            agent=person,
            purpose=Purpose.STANDARD,
            scorecard=role.scorecard_id,
            current_revision__score_percent__isnull=False,
        )
        scores = rows.order_by("-handled_at").values_list(
            "current_revision__score_percent", flat=True
        )
        lines.append(_score_line(role, [float(score or 0) for score in scores[: role.last_n]]))
    if role.no_critical_days:
        since = at - timedelta(days=role.no_critical_days)
        failed = judged_answers().filter(
            revision__evaluation__agent=person,
            revision__evaluation__released_at__gte=since,
            is_failed=True,
        )
        count = only_critical(failed).count()
        asks = _("No critical failure in {days} days").format(days=role.no_critical_days)
        lines.append(Line(asks, count == 0, _("{count} in that time").format(count=count)))
    return lines


def _score_line(role: TargetRole, scores: list[float]) -> Line:
    asks = _("{scorecard}: {percent} % over the last {n}").format(
        scorecard=role.scorecard, percent=role.minimum_percent, n=role.last_n
    )
    n = len(scores)
    if n < role.minimum_n:
        step = _("{missing} more evaluations are needed").format(missing=role.minimum_n - n)
        return Line(asks, False, f"n {n}", step)
    mean = fmean(scores)
    met = mean >= float(role.minimum_percent or 0)
    return Line(asks, met, f"{mean:.1f} % (n {n})", "" if met else _("Raise the mean"))


def _tenure(person: User, role: TargetRole, today: date) -> list[Line]:
    if not role.tenure_months:
        return []
    asks = _("Here for {months} months").format(months=role.tenure_months)
    if person.hired_on is None:
        return [Line(asks, False, _("no day of hiring is known"), _("Ask for it to be entered"))]
    ready_on = add_months(person.hired_on, role.tenure_months)
    met = ready_on <= today
    since = _("since {day}").format(day=_day(person.hired_on))
    step = "" if met else _("on {day}").format(day=_day(ready_on))
    return [Line(asks, met, since, step)]


def _day(on: date) -> str:
    return date_format(on, "j M Y")
