"""Verbs of effects: order a report, compute it, tie criteria to courses."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts import audit
from accounts.models import User
from ops.jobs import enqueue
from ops.models import JobRun, JobState
from quality.actions import assignments
from quality.models import Assignment, Evaluation, Scorecard
from quality.models.evaluations import Selection
from quality.refusals import Invalid
from training import effect_data as data
from training import effect_rank
from training import effect_study as study
from training.effect_data import DAY, Definition, Observations
from training.effect_study import Drawable
from training.grading import draw
from training.models import BlindScoring, Course, CourseTie, EffectRanking, EffectReport
from training.models.effects import Side

JOB = "training.compute_effect"
RANKING_JOB = "training.compute_ranking"
GIVEN_UP = (JobState.DEAD, JobState.CANCELLED)


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
    if definition.blind_each:
        definition = replace(definition, seed=secrets.token_hex(8))
    asked = definition.as_json()
    with transaction.atomic():
        report = EffectReport.objects.create(
            title=title.strip(), treatment=definition.treatment, definition=asked, created_by=by
        )
        audit.record(verb="order_effect_report", record=report, by=by, at=at, after=asked)
        enqueue(JOB, key=f"effect-{report.pk}", requested_by_id=by.pk, report_id=report.pk)
    return report


def compute_report(*, report: EffectReport, at: datetime) -> EffectReport:
    """Keep the answer with its moment; once it is there, nothing changes.

    The second scorings that the report asks for are ordered with it.
    """
    if report.is_computed:
        return report
    definition = Definition.from_json(report.definition)
    result, drawable = compute(definition, by=report.created_by, at=at)
    waiting = EffectReport.objects.filter(pk=report.pk, data_cutoff_at__isnull=True)
    with transaction.atomic():
        is_first = waiting.update(
            data_cutoff_at=at,
            result=result,
            result_sha256=study.result_hash(report.definition, result),
            method_version=study.METHOD_VERSION,
            updated_at=at,
        )
        if is_first and definition.blind_each:
            for side, ids in ((Side.BEFORE, drawable.before), (Side.AFTER, drawable.after)):
                _order_blind(report, side, ids, definition, at)
    report.refresh_from_db()
    return report


def _order_blind(
    report: EffectReport, side: Side, ids: Iterable[int], definition: Definition, at: datetime
) -> None:
    """Put as many of the evaluations as are asked for into the pool of second scorings."""
    twice = Assignment.objects.filter(
        leg=OuterRef("leg"), scorecard=OuterRef("scorecard"), selection=Selection.DOUBLE
    ).exclude(state="canceled")
    free = Evaluation.objects.released().filter(~Exists(twice), pk__in=ids, leg__isnull=False)
    chosen = draw(definition.seed, free.values_list("pk", flat=True), definition.blind_each)
    for evaluation in Evaluation.objects.filter(pk__in=chosen).select_related("leg"):
        assignment = assignments.order_second_scoring(
            evaluation=evaluation,
            evaluator=None,
            due_at=at + assignments.SECOND_SCORING_DUE,
            by=report.created_by,
            at=at,
        )
        BlindScoring.objects.create(
            report=report, side=side, evaluation=evaluation, assignment=assignment
        )


def has_given_up(report: EffectReport) -> bool:
    """Whether the job came to no end, so that ordering again makes sense. One query."""
    rows = JobRun.objects.filter(job=JOB, key=f"effect-{report.pk}")
    return rows.filter(state__in=GIVEN_UP).exists()


def order_ranking(*, scorecard: Scorecard | None, by: User, at: datetime) -> EffectRanking:
    """Ask for coaches by a scorecard, or for courses; while an answer is due nothing is added."""
    with transaction.atomic():
        rows = EffectRanking.objects.select_for_update(of=("self",))
        ranking, is_new = rows.get_or_create(
            reader=by, scorecard=scorecard, defaults={"ordered_at": at}
        )
        if not is_new:
            if is_ranking_due(ranking):
                return ranking
            ranking.ordered_at = at
            ranking.save(update_fields=["ordered_at", "updated_at"])
        enqueue(RANKING_JOB, key=_key(ranking), requested_by_id=by.pk, ranking_id=ranking.pk)
    return ranking


def compute_ranking(*, ranking: EffectRanking, at: datetime) -> EffectRanking:
    """Keep what was asked for last, over whom the reader may see now."""
    if ranking.is_up_to_date:
        return ranking
    if ranking.scorecard_id is None:
        found = effect_rank.course_ranking(ranking.reader, at)
    else:
        found = effect_rank.coach_ranking(ranking.reader, at, ranking.scorecard_id)
    ranking.result, ranking.computed_at = found.as_json(), at
    ranking.save(update_fields=["result", "computed_at", "updated_at"])
    return ranking


def is_ranking_due(ranking: EffectRanking) -> bool:
    """Asked for, not there, and its job has not given up. One query where it is not there."""
    if ranking.is_up_to_date:
        return False
    runs = JobRun.objects.filter(job=RANKING_JOB, key=_key(ranking))
    return not runs.filter(state__in=GIVEN_UP).exists()


def _key(ranking: EffectRanking) -> str:
    return f"ranking-{ranking.pk}-{ranking.ordered_at.timestamp():.0f}"


def compute(definition: Definition, *, by: User, at: datetime) -> tuple[dict[str, Any], Drawable]:
    """The result of training/effect_study.py over what the person may see, and what it rests on.

    Five queries and one for each outcome, streamed.
    """
    scope = data.scope_of(by, definition.team_id, at)
    days = study.first_days(data.reached_by(definition), scope)
    sections, drawable = [], Drawable()
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
            drawable.add(groups)
        study.adjust_for_several(sections)
    return {"coached": len(days), "sections": sections}, drawable


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
