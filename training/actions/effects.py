"""Verbs of effects: order a report, compute it, tie criteria to courses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from ops.jobs import enqueue
from ops.models import JobRun, JobState
from quality.refusals import Invalid
from training import effect_data as data
from training import effect_study as study
from training.effect_data import DAY, Definition, Observations
from training.models import Course, CourseTie, EffectReport

JOB = "training.compute_effect"


class PeriodReversed(Invalid):
    def __init__(self) -> None:
        super().__init__("to_on", "The period ends on or after its first day.")


class PeriodTooLong(Invalid):
    def __init__(self) -> None:
        super().__init__("to_on", "Choose a period of at most 400 days.")


class RetiredCriterion(Invalid):
    def __init__(self) -> None:
        super().__init__("criterion_key", "Choose a criterion that is scored now.")


def order_report(*, title: str, definition: Definition, by: User, at: datetime) -> EffectReport:
    """Ask; a job computes the answer. Raises PeriodReversed, PeriodTooLong."""
    if definition.to_on < definition.from_on:
        raise PeriodReversed
    if (definition.to_on - definition.from_on).days > 400:
        raise PeriodTooLong
    asked = definition.as_json()
    with transaction.atomic():
        report = EffectReport.objects.create(
            title=title.strip(), treatment=definition.treatment, definition=asked, created_by=by
        )
        audit.record(verb="order_effect_report", record=report, by=by, at=at, after=asked)
        enqueue(JOB, key=f"effect-{report.pk}", requested_by_id=by.pk, report_id=report.pk)
    return report


def compute_report(*, report: EffectReport, at: datetime) -> EffectReport:
    """Keep the answer with its moment; once it is there, nothing changes."""
    if report.is_computed:
        return report
    asked = report.definition
    result = compute(Definition.from_json(asked), by=report.created_by, at=at)
    EffectReport.objects.filter(pk=report.pk, data_cutoff_at__isnull=True).update(
        data_cutoff_at=at,
        result=result,
        result_sha256=study.result_hash(asked, result),
        method_version=study.METHOD_VERSION,
        updated_at=at,
    )
    report.refresh_from_db()
    return report


def has_given_up(report: EffectReport) -> bool:
    """Whether the job came to no end, so that ordering again makes sense. One query."""
    rows = JobRun.objects.filter(job=JOB, key=f"effect-{report.pk}")
    return rows.filter(state__in=[JobState.DEAD, JobState.CANCELLED]).exists()


def compute(definition: Definition, *, by: User, at: datetime) -> dict[str, Any]:
    """The result of training/effect_study.py over what the person may see.

    Five queries and one for each outcome, streamed.
    """
    scope = data.scope_of(by, definition.team_id, at)
    days = study.first_days(data.reached_by(definition), scope)
    sections = []
    if days:
        middle = study.middle_day(days.values())
        first = middle - DAY * definition.before_days
        last = middle + DAY * definition.after_days
        others = scope - data.touched(definition, first, last)
        for key in definition.criteria or ("",):
            seen = data.observe(scope, key, definition.scorecard_id, *_span(definition, days))
            groups = study.grouped(days, others, middle, seen, definition)
            population = _singles(seen, first, middle)
            sections.append(study.section(key, groups, population))
        study.adjust_for_several(sections)
    return {"coached": len(days), "sections": sections}


def _span(definition: Definition, days: dict[int, Any]) -> tuple[Any, Any]:
    first = min(days.values()) - DAY * definition.before_days
    return first, max(days.values()) + DAY * definition.after_days


def _singles(seen: Observations, first: Any, middle: Any) -> list[list[float]]:
    """Every single evaluation of the scope in the window before, by agent."""
    rows = [[one.value for one in group if first <= one.day < middle] for group in seen.values()]
    return [values for values in rows if values]


def tie_criterion(
    *, course: Course, criterion_key: str, known: set[str], by: User, at: datetime
) -> CourseTie:
    """Say what a course is meant to change. Raises RetiredCriterion."""
    if criterion_key not in known:
        raise RetiredCriterion
    with transaction.atomic():
        tie, is_new = CourseTie.objects.get_or_create(course=course, criterion_key=criterion_key)
        if is_new:
            after = {"criterion_key": criterion_key}
            audit.record(verb="tie_criterion", record=course, by=by, at=at, after=after)
    return tie


def untie_criterion(*, tie: CourseTie, by: User, at: datetime) -> None:
    with transaction.atomic():
        before = {"criterion_key": tie.criterion_key}
        audit.record(verb="untie_criterion", record=tie.course, by=by, at=at, before=before)
        tie.delete()
