"""What follows from results in the demo center: second scorings, calibrations, disputes, a draft."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from config.demo.dialogues import Conversation
from config.demo.evaluations import answer_everything, show_failures
from config.demo.people import DemoPeople
from config.demo.recordings import make_recordings
from config.demo.traffic import Contact
from quality import disputing
from quality.actions import calibration, disputes, marks
from quality.actions import evaluations as verbs
from quality.actions.dispute_results import Decision, ItemDecision
from quality.actions.disputes import Filed
from quality.actions.evidence import attach_evidence
from quality.content import content_of
from quality.desk import WITH_FACTS, desk_of
from quality.models import Answer, Evaluation, Evidence, Scorecard
from quality.models.evaluations import EvaluationState, Purpose, Selection

SECOND_SCORINGS = 16
AGREE = 0.86
OLD_DISPUTES, NEW_DISPUTES = 9, 3
RECORDED = 5
REASONS = (
    "I told the customer what happens next, near the end of the call.",
    "The system was down at that moment, so I could not do it another way.",
    "I did ask for it, in other words. Please read the second turn again.",
)
NOTES = {
    "accepted": "Right: it is said in the last turns.",
    "kept": "Heard again; it is not said anywhere.",
}


def make_rounds(
    rng: Random,
    people: DemoPeople,
    contacts: list[Contact],
    said: Mapping[int, Conversation],
    scorecard: Scorecard,
    now: datetime,
) -> None:
    fresh = _unscored(contacts, said)
    make_recordings(people, [one.interaction for one in fresh[:RECORDED]])
    _begin_a_draft(rng, people, fresh[0], said, scorecard, now)
    _calibrate(rng, people, fresh[1], said, scorecard, now - timedelta(days=9), finish=True)
    _calibrate(rng, people, fresh[2], said, scorecard, now - timedelta(hours=20), finish=False)
    _score_twice(rng, people, scorecard)
    _dispute(rng, scorecard, now)


def _unscored(contacts: list[Contact], said: Mapping[int, Conversation]) -> list[Contact]:
    """Transcribed voice conversations that wait to be scored, newest first."""
    scored = set(Evaluation.objects.values_list("leg__interaction", flat=True))
    found = [
        one
        for one in contacts
        if one.interaction.pk in said
        and one.interaction.pk not in scored
        and one.interaction.channel == "voice"
    ]
    return sorted(found, key=lambda one: one.interaction.started_at, reverse=True)


# --- Scoring ----------------------------------------------------------------------------------


def _begin_a_draft(
    rng: Random,
    people: DemoPeople,
    contact: Contact,
    said: Mapping[int, Conversation],
    scorecard: Scorecard,
    now: datetime,
) -> None:
    """Half a scoring, with evidence and a mark, for whoever tries the workspace."""
    by, leg = people.evaluators[0], contact.legs[0]
    draft = verbs.start_evaluation(
        leg=leg,
        scorecard=scorecard,
        by=by,
        at=now,
        selection=Selection.MANUAL,
        reason="The customer asked for a call back.",
    )
    answer_everything(rng, draft, by, leg, said[contact.interaction.pk])
    revision = draft.open_revision
    assert revision is not None
    kept = list(Answer.objects.filter(revision=revision).order_by("criterion__position", "pk"))
    dropped = [answer.pk for answer in kept[len(kept) // 2 :]]
    Evidence.objects.filter(answer__in=dropped).delete()
    Answer.objects.filter(pk__in=dropped).delete()
    transcript = contact.interaction.transcripts.get()
    attach_evidence(
        evaluation=draft, key=kept[0].criterion.key, transcript_id=transcript.pk,
        turn_from=1, turn_to=1, by=by, at=now,
    )  # fmt: skip
    marks.add_mark(
        evaluation=draft, offset_ms=21_000, text="A long pause", is_private=False, by=by, at=now
    )


def _calibrate(
    rng: Random,
    people: DemoPeople,
    contact: Contact,
    said: Mapping[int, Conversation],
    scorecard: Scorecard,
    at: datetime,
    *,
    finish: bool,
) -> None:
    """A session of all evaluators; an unfinished one waits for two of them."""
    leg = contact.legs[0]
    planner = people.supervisors[leg.team.name]
    session = calibration.plan_calibration(
        leg=leg,
        scorecard=scorecard,
        raters=people.evaluators,
        expert=people.evaluators[-1],
        deadline_at=at + timedelta(days=3),
        by=planner,
        at=at,
    )
    raters = people.evaluators if finish else people.evaluators[-1:]
    for number, rater in enumerate(raters):
        later = at + timedelta(hours=2 + number)
        rating = calibration.take_seat(session=session, by=rater, at=later)
        answer_everything(rng, rating, rater, leg, said[contact.interaction.pk])
        key = UUID(int=200_000 + 10 * session.pk + number)
        verbs.submit_evaluation(evaluation=rating, by=rater, at=later, key=key, confirmed=True)
    if finish:
        closed_at = at + timedelta(days=2)
        calibration.close_calibration(session=session, by=planner, at=closed_at)
        gold = calibration.expert_answers(session)
        calibration.set_gold(session=session, answers=gold, notes={}, by=planner, at=closed_at)
        calibration.finish_calibration(session=session, by=planner, at=closed_at)


def _score_twice(rng: Random, people: DemoPeople, scorecard: Scorecard) -> None:
    """A second evaluator's blind scoring of some results; they agree on most answers."""
    rows = Evaluation.objects.filter(
        scorecard=scorecard, purpose=Purpose.STANDARD, state=EvaluationState.RELEASED
    ).select_related("current_revision", "leg", "version")
    for number, first in enumerate(rng.sample(list(rows.order_by("pk")), SECOND_SCORINGS)):
        others = [one for one in people.evaluators if one.pk != first.evaluator_id]
        by, at = others[number % len(others)], first.first_submitted_at + timedelta(hours=30)
        second = verbs.start_evaluation(
            leg=first.leg,
            scorecard=scorecard,
            by=by,
            at=at,
            selection=Selection.DOUBLE,
            purpose=Purpose.DOUBLE,
        )
        _answer_alike(rng, first, second)
        key = UUID(int=300_000 + number)
        verbs.submit_evaluation(evaluation=second, by=by, at=at, key=key, confirmed=True)


def _answer_alike(rng: Random, first: Evaluation, second: Evaluation) -> None:
    criteria = content_of(first.version).criteria
    revision = second.open_revision
    assert first.current_revision is not None
    rows = first.current_revision.answers.select_related("criterion").order_by("pk")
    answers = [
        Answer(
            revision=revision,
            criterion=answer.criterion,
            saved_by=second.evaluator,
            **_alike(rng, answer, criteria[answer.criterion.key]),
        )
        for answer in rows
    ]
    Answer.objects.bulk_create(answers)
    failed = [answer for answer in answers if answer.is_failed]
    show_failures(rng, failed, second.leg, second.evaluator)


def _alike(rng: Random, answer: Answer, criterion: Mapping[str, Any]) -> dict[str, Any]:
    if answer.is_na:
        return {"is_na": True, "na_source": "person"}
    same = next(one for one in criterion["options"] if one["key"] in answer.option_keys)
    option = same if rng.random() < AGREE else rng.choice(criterion["options"])
    given: dict[str, Any] = {"option_keys": [option["key"]]}
    if option["is_fail"]:
        causes = option["root_causes"]
        given |= {"is_failed": True, "fault_owner": "agent"}
        given |= {"comment_public": "This was missing in the conversation."}
        given["root_cause"] = causes[0]["key"] if causes else ""
    return given


# --- Disputes ---------------------------------------------------------------------------------


def _dispute(rng: Random, scorecard: Scorecard, now: datetime) -> None:
    """Old ones decided either way; new ones that wait, one of them taken."""
    rows = Evaluation.objects.filter(
        scorecard=scorecard, purpose=Purpose.STANDARD, state=EvaluationState.RELEASED
    ).select_related(*WITH_FACTS, "agent", "evaluator", "current_revision")
    version = scorecard.current_version
    assert version is not None
    opens_at = now - timedelta(hours=version.dispute_window_hours - 12)
    new = _disputable(rows.filter(released_at__gt=opens_at).order_by("team", "-released_at"))
    for number, (row, keys) in zip(range(NEW_DISPUTES), new, strict=False):
        filed_at = min(now, row.released_at + timedelta(hours=5))
        dispute = _file(rng, row, keys[:1], filed_at)
        if number == 1 and dispute.decider is not None:
            disputes.take_dispute(dispute=dispute, by=dispute.decider, at=now)
    before = list(rows.filter(released_at__lt=now - timedelta(days=9)).order_by("pk"))
    old = _disputable(rng.sample(before, len(before)))
    for _number, (row, keys) in zip(range(OLD_DISPUTES), old, strict=False):
        dispute = _file(rng, row, keys[:2], row.released_at + timedelta(hours=26))
        if dispute.decider is not None:
            _decide(rng, dispute, row.released_at + timedelta(hours=50))


def _disputable(rows: Iterable[Evaluation]) -> Iterator[tuple[Evaluation, list[str]]]:
    for row in rows:
        assert row.current_revision is not None
        keys = disputing.disputable_keys(desk_of(row, row.current_revision))
        if keys:
            yield row, keys


def _file(rng: Random, row: Evaluation, keys: list[str], at: datetime) -> Any:
    criteria = content_of(row.version).criteria
    reason = rng.choice(REASONS)
    items = [Filed(key, criteria[key]["options"][0]["key"], reason) for key in keys]
    return disputes.file_dispute(evaluation=row, items=items, reason=reason, by=row.agent, at=at)


def _decide(rng: Random, dispute: Any, at: datetime) -> None:
    by = dispute.decider
    disputes.take_dispute(dispute=dispute, by=by, at=at)
    items = {}
    for item in dispute.items.select_related("criterion"):
        outcome = "accepted" if rng.random() < 0.45 else "kept"
        items[item.criterion.key] = ItemDecision(outcome, NOTES[outcome], "")
    decision = Decision(note="Read and heard again.", items=items)
    disputes.decide_dispute(dispute=dispute, decision=decision, by=by, at=at)
