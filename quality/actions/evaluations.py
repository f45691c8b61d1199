"""Verbs about evaluations as wholes: start, submit, acknowledge, void, discard, score again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from crm.models import Leg, Transcript
from crm.redaction import redact
from lib import events
from quality import scoring
from quality.actions import assist, gates, leases, release, seats
from quality.actions.desks import Closed, NotYours, locked_evaluation
from quality.actions.discarding import drop_evaluation, drop_open_revision
from quality.actions.texts import clean_text
from quality.content import Content, content_of
from quality.desk import WITH_FACTS, Desk, desk_of
from quality.events import EvaluationAcknowledged, EvaluationSubmitted, EvaluationVoided
from quality.gaps import Gap, gaps_of, untouched_defaults
from quality.models import (
    Answer,
    Criterion,
    Evaluation,
    EvaluationRevision,
    Evidence,
    Scorecard,
    ScorecardVersion,
)
from quality.models.answers import AnswerOrigin, NaSource
from quality.models.base import as_text
from quality.models.evaluations import (
    EVALUATION_TRANSITIONS,
    EvaluationState,
    Purpose,
    RevisionReason,
    Selection,
)
from quality.models.scorecards import BoundDirection
from quality.refusals import Forbidden, Refused, need_reason

LEAST_REASON = 10


class NoVersionInForce(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” has no published version in force.")


class OwnWork(Forbidden):
    def __init__(self) -> None:
        super().__init__("Nobody scores their own work.")


class NobodyToEvaluate(Refused):
    def __init__(self) -> None:
        super().__init__("No agent took part in this leg, so there is nobody to evaluate.")


class NotBound(Refused):
    """`binding` is the sentence's part that names what the scorecard is for."""

    def __init__(self, name: str, binding: str) -> None:
        super().__init__(f"“{name}” is for {binding} only.")


class AlreadyEvaluated(Refused):
    def __init__(self, evaluation: Evaluation | None) -> None:
        who = f" by {evaluation.evaluator}" if evaluation else ""
        super().__init__(f"This leg was already evaluated{who} with this scorecard.")
        self.evaluation = evaluation


class Incomplete(Refused):
    """`gaps` lists everything that is missing, in the order of the scorecard."""

    status = 422

    def __init__(self, gaps: Sequence[Gap]) -> None:
        count = len(gaps)
        super().__init__("1 thing is missing." if count == 1 else f"{count} things are missing.")
        self.gaps = list(gaps)

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Each gap as a pointer and a sentence, for programs."""
        return [(f"/answers/{gap.key}", gap.sentence) for gap in self.gaps]


class PresetsUntouched(Refused):
    """Preset answers were never looked at; submit again with `confirmed`."""

    def __init__(self, count: int) -> None:
        answers = "1 answer was" if count == 1 else f"{count} answers were"
        super().__init__(f"{answers} preset and never touched. Submit all the same?")
        self.count = count


class NotPossibleNow(Refused):
    def __init__(self, state: str) -> None:
        told = gettext("This is not possible while the evaluation is {state}.")
        super().__init__(told.format(state=state))


def start_evaluation(
    *,
    leg: Leg,
    scorecard: Scorecard,
    by: User,
    at: datetime,
    selection: str = Selection.MANUAL,
    reason: str = "",
    purpose: str = Purpose.STANDARD,
    version: ScorecardVersion | None = None,
) -> Evaluation:
    """Open a draft with its first revision and the presets of the version.

    A leg picked by hand needs a reason of 10 characters. With a `version` of its own, as a
    calibration has, the binding of the scorecard is not asked. Raises NotBound, OwnWork,
    NobodyToEvaluate, NoVersionInForce, NotQualified, or AlreadyEvaluated naming the one in the way.
    """
    if version is None:
        _check_binding(leg, scorecard)
        version = scorecard.current_version
    if version is None or scorecard.archived_at:
        raise NoVersionInForce(scorecard.name)
    if leg.agent_id is None:
        raise NobodyToEvaluate
    if leg.agent_id == by.pk:
        raise OwnWork
    if selection == Selection.MANUAL:
        reason = need_reason(redact(reason), LEAST_REASON)
    if purpose != Purpose.CALIBRATION:
        gates.must_be_qualified(scorecard=scorecard, by=by, at=at)
    try:
        with transaction.atomic():
            evaluation = Evaluation.objects.create(
                leg=leg,
                scorecard=scorecard,
                version=version,
                agent_id=leg.agent_id,
                team_id=leg.team_id,
                evaluator=by,
                handled_at=leg.answered_at or leg.interaction.started_at,
                purpose=purpose,
                selection=selection,
                selection_reason=reason,
            )
            open_first_revision(evaluation, by, at)
            assist.suggest(evaluation=evaluation, at=at)
            audit.record(
                verb="start_evaluation",
                record=evaluation,
                by=by,
                at=at,
                after={"leg_id": leg.pk, "selection": selection, "purpose": purpose},
                reason=reason,
            )
    except IntegrityError:
        raise AlreadyEvaluated(_in_the_way(leg, scorecard, by, purpose)) from None
    return evaluation


def submit_evaluation(
    *,
    evaluation: Evaluation,
    by: User,
    at: datetime,
    key: UUID,
    confirmed: bool = False,
) -> Evaluation:
    """Compute the score for good, lock the revision, and release it where the version says so.

    The same `key` again answers as the first time. Raises Incomplete with every gap,
    PresetsUntouched unless `confirmed`, NotYours, Closed. At most 30 queries.
    """
    with transaction.atomic():
        locked = locked_evaluation(evaluation, *WITH_FACTS)
        if locked.evaluator_id != by.pk:
            raise NotYours
        if locked.revisions.filter(submit_key=key, submitted_at__isnull=False).exists():
            return locked
        revision = locked.open_revision
        if revision is None or locked.state not in _SUBMITTED_FROM:
            raise Closed(locked.get_state_display().lower())
        desk = desk_of(locked, revision)
        score = desk.score()
        _refuse_gaps(desk, score)
        untouched = untouched_defaults(desk.answers, score)
        if untouched and not confirmed:
            raise PresetsUntouched(untouched)
        seal_revision(desk, score, at=at, key=key)
        assist.settle(desk)
        leases.finish(evaluation=locked, at=at)
        release.after_submit(desk, by=by, at=at)
        seats.note_submission(evaluation=locked, at=at)
        audit.record(
            verb="submit_evaluation",
            record=locked,
            by=by,
            at=at,
            after=_sealed_figures(revision) | {"state": locked.state},
            reason=revision.reason_text,
        )
        events.publish(EvaluationSubmitted(at=at, by_id=by.pk, evaluation_id=locked.pk))
    return locked


def resubmit_evaluation(
    *, evaluation: Evaluation, reason: str, by: User, at: datetime
) -> EvaluationRevision:
    """Open the next revision as a copy of the current one; the old one stays in force meanwhile."""
    reason = need_reason(redact(reason), LEAST_REASON, most=1000)
    with transaction.atomic():
        locked = locked_evaluation(evaluation)
        if locked.evaluator_id != by.pk:
            raise NotYours
        if locked.state not in (EvaluationState.SUBMITTED, EvaluationState.RELEASED):
            raise NotPossibleNow(locked.get_state_display().lower())
        revision = locked.open_revision or copy_revision(
            locked, by, at, RevisionReason.RESUBMIT, reason
        )
        audit.record(
            verb="resubmit_evaluation",
            record=locked,
            by=by,
            at=at,
            after={"revision": revision.number},
            reason=reason,
        )
    return revision


def acknowledge_evaluation(
    *, evaluation: Evaluation, by: User, at: datetime, comment: str = ""
) -> Evaluation:
    """The agent has seen the result; once. Raises Invalid, NotYours, NotPossibleNow."""
    words = clean_text("comment", comment, 2000)
    with transaction.atomic():
        locked = locked_evaluation(evaluation)
        if locked.agent_id != by.pk:
            raise NotYours
        if locked.acknowledged_at or locked.state not in ("released", "disputed"):
            raise NotPossibleNow("acknowledged" if locked.acknowledged_at else locked.state)
        locked.acknowledged_at, locked.acknowledge_comment = at, words
        _save(locked, "acknowledged_at", "acknowledge_comment")
        audit.record(verb="acknowledge_evaluation", record=locked, by=by, at=at)
        events.publish(EvaluationAcknowledged(at=at, by_id=by.pk, evaluation_id=locked.pk))
    return locked


def void_evaluation(*, evaluation: Evaluation, reason: str, by: User, at: datetime) -> Evaluation:
    """Take a result out of every average and free its leg; it stays readable."""
    reason = need_reason(redact(reason), LEAST_REASON, most=1000)
    with transaction.atomic():
        locked = locked_evaluation(evaluation)
        check_transition(locked, EvaluationState.VOID)
        before = {"state": locked.state}
        locked.state, locked.void_reason = EvaluationState.VOID, reason
        locked.voided_at, locked.voided_by = at, by
        _save(locked, "state", "void_reason", "voided_at", "voided_by")
        drop_open_revision(locked)
        audit.record(
            verb="void_evaluation",
            record=locked,
            by=by,
            at=at,
            before=before,
            after={"state": locked.state},
            reason=reason,
        )
        events.publish(
            EvaluationVoided(at=at, by_id=by.pk, evaluation_id=locked.pk, agent_id=locked.agent_id)
        )
    return locked


def discard_draft(*, evaluation: Evaluation, by: User, at: datetime) -> None:
    """Throw an unfinished scoring away: the whole draft, or only its open revision."""
    with transaction.atomic():
        locked = locked_evaluation(evaluation)
        if locked.evaluator_id != by.pk:
            raise NotYours
        revision = locked.open_revision
        if revision is None:
            raise Closed(locked.get_state_display().lower())
        audit.record(
            verb="discard_draft",
            record=locked,
            by=by,
            at=at,
            before={"revision": revision.number, "answers": revision.answers.count()},
        )
        if locked.revisions.filter(submitted_at__isnull=False).exists():
            drop_open_revision(locked)
        else:
            leases.let_go(evaluation=locked, at=at)
            drop_evaluation(locked)


# --- Below the verbs --------------------------------------------------------------------------

_SUBMITTED_FROM = (EvaluationState.DRAFT, EvaluationState.SUBMITTED, EvaluationState.RELEASED)


def check_transition(evaluation: Evaluation, state: str) -> None:
    """Raises NotPossibleNow if the evaluation cannot come into this state."""
    if state not in EVALUATION_TRANSITIONS[evaluation.state]:
        raise NotPossibleNow(evaluation.get_state_display().lower())


def open_first_revision(evaluation: Evaluation, author: User, at: datetime) -> EvaluationRevision:
    """Revision 1 with the presets that the version asks for."""
    revision = EvaluationRevision.objects.create(
        evaluation=evaluation, author=author, last_active_at=at
    )
    presets = _presets(content_of(evaluation.version))
    if presets:
        rows = Criterion.objects.filter(version=evaluation.version_id, key__in=presets)
        Answer.objects.bulk_create(
            Answer(
                revision=revision,
                criterion=criterion,
                origin=AnswerOrigin.DEFAULT,
                saved_by=author,
                **presets[criterion.key],
            )
            for criterion in rows
        )
    return revision


def copy_revision(
    evaluation: Evaluation, author: User, at: datetime, reason: str, text: str
) -> EvaluationRevision:
    """The next revision with the answers, comments and evidence of the current one."""
    current = evaluation.current_revision
    assert current is not None
    revision = EvaluationRevision.objects.create(
        evaluation=evaluation,
        number=current.number + 1,
        author=author,
        reason=reason,
        reason_text=text,
        last_active_at=at,
        comment_public=current.comment_public,
        comment_private=current.comment_private,
    )
    old = list(current.answers.order_by("pk").prefetch_related("evidence"))
    new = Answer.objects.bulk_create(_copied(answer, revision) for answer in old)
    Evidence.objects.bulk_create(
        Evidence(answer=copy, **{name: getattr(found, name) for name in _EVIDENCE_FIELDS})
        for answer, copy in zip(old, new, strict=True)
        for found in answer.evidence.all()
    )
    return revision


def seal_revision(
    desk: Desk, score: scoring.Score, *, at: datetime, key: UUID | None = None
) -> None:
    """Write every figure onto the answers and the revision, and lock them; four queries."""
    for answer_key, answer in desk.answers.items():
        _figure_answer(answer, score.criteria[answer_key])
    # One upsert of known rows; bulk_update builds a CASE of every answer for every field.
    Answer.objects.bulk_create(
        desk.answers.values(),
        update_conflicts=True,
        update_fields=_ANSWER_FIGURES,
        unique_fields=("id",),
    )
    revision = desk.revision
    revision.facts = desk.facts
    revision.submitted_at, revision.submit_key = at, key
    revision.score_percent = score.score_percent
    revision.raw_percent = score.raw_percent
    revision.interaction_percent = score.interaction_percent
    revision.critical_percent = score.critical_percent
    revision.noncritical_percent = score.noncritical_percent
    revision.earned_points, revision.possible_points = score.earned_points, score.possible_points
    revision.outcome, revision.band = score.outcome, score.band or ""
    revision.critical_fired = [effect.as_dict() for effect in score.critical_fired]
    revision.receipt = score.as_dict()
    revision.input_sha256 = score.receipt.input_sha256
    revision.receipt_sha256 = score.receipt.sha256
    revision.save()


_ANSWER_FIGURES = (
    *("state", "earned", "possible", "weight_percent", "contribution_percent"),
    *("is_failed", "fault_owner"),
)
_ANSWER_GIVEN = (
    *("criterion_id", "option_keys", "number", "text", "date", "is_na", "na_source"),
    *("fault_owner", "root_cause", "comment_public", "comment_private", "origin"),
    *("suggestion_id", "saved_by_id"),
)
_EVIDENCE_FIELDS = (
    *("turn_from_id", "turn_to_id", "char_from", "char_to", "start_ms", "end_ms"),
    "created_by_id",
)


def _figure_answer(answer: Answer, figures: scoring.CriterionFigures) -> None:
    answer.state = figures.state
    answer.earned, answer.possible = figures.earned, figures.possible
    answer.weight_percent = figures.weight_percent
    answer.contribution_percent = figures.contribution_percent
    answer.is_failed = figures.is_failed
    answer.fault_owner = figures.fault_owner if figures.is_failed else None


def _copied(answer: Answer, revision: EvaluationRevision) -> Answer:
    return Answer(revision=revision, **{name: getattr(answer, name) for name in _ANSWER_GIVEN})


def _presets(content: Content) -> dict[str, dict[str, Any]]:
    """The answer fields that each criterion's default rule fills."""
    presets: dict[str, dict[str, Any]] = {}
    for key, criterion in content.criteria.items():
        rule = criterion["default_rule"]
        if rule == "na" and criterion["allow_na"]:
            presets[key] = {"is_na": True, "na_source": NaSource.DEFAULT}
        elif rule != "none" and criterion["kind"] in ("single", "multi"):
            option = _preset_option(criterion, rule)
            if option:
                presets[key] = {"option_keys": [option]}
    return presets


def _preset_option(criterion: dict[str, Any], rule: str) -> str | None:
    options = criterion["options"]
    if rule == "option":
        known = {option["key"] for option in options}
        return criterion["default_option"] if criterion["default_option"] in known else None
    if not options:
        return None
    pick = max if rule == "highest" else min
    return str(pick(options, key=lambda option: float(option["points"]))["key"])


def _check_binding(leg: Leg, scorecard: Scorecard) -> None:
    interaction = leg.interaction
    if scorecard.channels and interaction.channel not in scorecard.channels:
        raise NotBound(scorecard.name, " and ".join(scorecard.channel_names).lower())
    if scorecard.direction not in (BoundDirection.ANY, interaction.direction):
        raise NotBound(scorecard.name, f"{scorecard.direction} interactions")
    queues = list(scorecard.queues.all())
    if queues and (leg.queue_id or interaction.queue_id) not in {queue.pk for queue in queues}:
        raise NotBound(scorecard.name, "the queues " + ", ".join(str(queue) for queue in queues))
    teams = list(scorecard.teams.all())
    if teams and leg.team_id not in {team.pk for team in teams}:
        raise NotBound(scorecard.name, "the teams " + ", ".join(str(team) for team in teams))


def _in_the_way(leg: Leg, scorecard: Scorecard, by: User, purpose: str) -> Evaluation | None:
    rows = Evaluation.objects.filter(leg=leg, scorecard=scorecard, purpose=purpose)
    rows = rows.exclude(state=EvaluationState.VOID).select_related("evaluator")
    return rows.filter(evaluator=by).first() or rows.first()


def _refuse_gaps(desk: Desk, score: scoring.Score) -> None:
    counts: Counter[int] = Counter(
        Evidence.objects.filter(answer__revision=desk.revision).values_list("answer_id", flat=True)
    )
    leg = desk.evaluation.leg
    has_transcript = leg is not None and (
        Transcript.objects.filter(interaction=leg.interaction_id, is_current=True).exists()
    )
    gaps = gaps_of(desk.content, desk.answers, score, counts, has_transcript=has_transcript)
    if gaps:
        raise Incomplete(gaps)


def _sealed_figures(revision: EvaluationRevision) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "score_percent": as_text(revision.score_percent),
        "outcome": revision.outcome,
        "receipt_sha256": revision.receipt_sha256,
    }


def _save(evaluation: Evaluation, *names: str) -> None:
    evaluation.row_version += 1
    evaluation.save(update_fields=[*names, "row_version", "updated_at"])
