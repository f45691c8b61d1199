"""The way to a role: each line met or missing, with its next step; computed, never ticked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean

from accounts.models import User
from quality.models import Evaluation
from quality.models.evaluations import Purpose
from training.judgements import judged_answers, only_critical
from training.models import Enrollment, TargetRole
from training.skill_matrix import level_of_skill, proofs_of
from training.skills import readiness
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
        now = f"level {level} since {proof.dated_on:%Y-%m-%d}" if proof else "not shown"
        step = "" if level >= wanted.level else f"{wanted.level - level} levels to go"
        lines.append(Line(f"{wanted.skill}: level {wanted.level}", not step, now, step))
    lines += _courses(person, role)
    lines += _quality(person, role, at)
    lines += _tenure(person, role, today)
    return Readiness(role, lines, readiness(levels, asked))


def _courses(person: User, role: TargetRole) -> list[Line]:
    courses = list(role.courses.all())
    rows = Enrollment.objects.filter(person=person, course__in=courses, state="completed")
    done = set(rows.values_list("course_id", flat=True)) if courses else set()
    return [
        Line(
            f"Course “{course}”",
            course.pk in done,
            "completed" if course.pk in done else "not completed",
            "" if course.pk in done else "Take the course",
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
        asks = f"No critical failure in {role.no_critical_days} days"
        lines.append(Line(asks, count == 0, f"{count} in that time"))
    return lines


def _score_line(role: TargetRole, scores: list[float]) -> Line:
    asks = f"{role.scorecard}: {role.minimum_percent} % over the last {role.last_n}"
    n = len(scores)
    if n < role.minimum_n:
        return Line(asks, False, f"n {n}", f"{role.minimum_n - n} more evaluations are needed")
    mean = fmean(scores)
    met = mean >= float(role.minimum_percent or 0)
    return Line(asks, met, f"{mean:.1f} % (n {n})", "" if met else "Raise the mean")


def _tenure(person: User, role: TargetRole, today: date) -> list[Line]:
    if not role.tenure_months:
        return []
    asks = f"Here for {role.tenure_months} months"
    if person.hired_on is None:
        return [Line(asks, False, "no day of hiring is known", "Ask for it to be entered")]
    ready_on = add_months(person.hired_on, role.tenure_months)
    met = ready_on <= today
    return [Line(asks, met, f"since {person.hired_on}", "" if met else f"on {ready_on}")]
