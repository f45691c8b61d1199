"""Evaluations among many connections: each race has a twin without its lock."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection

from quality.actions import answers, evaluations, release
from quality.actions.answers import AnswerChangedElsewhere, Saved
from quality.actions.desks import Closed
from quality.actions.evaluations import AlreadyEvaluated
from quality.models import Answer, Evaluation, EvaluationRevision
from tests.factories.quality import AT
from tests.quality.worlds import World, document, member
from tests.races import together

pytestmark = pytest.mark.race
LOCK = "quality.evaluation_lock"
needs_row_locks = pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite lets one transaction write at a time, with or without our lock",
)


@pytest.fixture
def without_lock(monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", LOCK)


# --- Submit -----------------------------------------------------------------------------------


def submit_at_once(count: int) -> list:
    world = World()
    draft = world.answered()
    return together(lambda number: world.submit(draft), count)


def test_twenty_submits_at_once_make_one_revision(race_database):
    results = submit_at_once(20)

    assert sum(isinstance(result, Evaluation) for result in results) == 1
    assert sum(isinstance(result, Closed) for result in results) == 19
    assert EvaluationRevision.objects.filter(submitted_at__isnull=False).count() == 1


def test_twenty_submits_with_one_key_all_answer_the_same(race_database):
    world = World()
    draft, key = world.answered(), uuid4()

    results = together(lambda number: world.submit(draft, key=key), 20)

    assert {result.pk for result in results} == {draft.pk}
    assert EvaluationRevision.objects.count() == 1


@needs_row_locks
def test_twin_of_submit_runs_into_the_trigger(race_database, without_lock):
    results = submit_at_once(20)

    assert any(isinstance(result, DatabaseError) for result in results)


# --- Save -------------------------------------------------------------------------------------


def save_one_version_at_once(count: int) -> list:
    world = World()
    draft = world.start()
    world.save(draft, "greet", answer={"option": "yes"})

    def save(number):
        return answers.save_answer(
            evaluation=draft,
            key="greet",
            change={"answer": {"option": ("yes", "no")[number % 2]}},
            seen=1,
            save_id=uuid4(),
            by=world.evaluator,
            at=AT,
        )

    return together(save, count)


def test_one_of_many_saves_over_one_version_is_kept(race_database):
    results = save_one_version_at_once(16)

    assert sum(isinstance(result, Saved) for result in results) == 1
    assert sum(isinstance(result, AnswerChangedElsewhere) for result in results) == 15
    assert Answer.objects.get().row_version == 2


@needs_row_locks
def test_twin_of_save_loses_changes(race_database, without_lock):
    results = save_one_version_at_once(16)

    assert sum(isinstance(result, Saved) for result in results) > 1


# --- Start and release ------------------------------------------------------------------------


def test_many_evaluators_start_one_leg_and_one_gets_it(race_database):
    world = World()
    people = [member("evaluator", world.team) for _ in range(10)]

    results = together(lambda number: world.start(by=people[number]), 10)

    assert sum(isinstance(result, Evaluation) for result in results) == 1
    assert sum(isinstance(result, AlreadyEvaluated) for result in results) == 9


def release_at_once(count: int) -> list:
    world = World(document(release_mode="manual"))
    evaluation = world.submitted()
    return together(
        lambda number: release.release_evaluation(evaluation=evaluation, by=world.evaluator, at=AT),
        count,
    )


def test_result_is_released_once(race_database):
    results = release_at_once(12)

    assert sum(isinstance(result, Evaluation) for result in results) == 1
    assert sum(isinstance(result, release.NotReleasable) for result in results) == 11


@needs_row_locks
def test_twin_of_release_tells_the_agent_twice(race_database, without_lock):
    results = release_at_once(12)

    assert sum(isinstance(result, Evaluation) for result in results) > 1


def test_void_and_resubmission_do_not_cross(race_database):
    world = World()
    evaluation = world.submitted()
    supervisor = member("supervisor", world.team)

    def act(number):
        if number % 2:
            return evaluations.resubmit_evaluation(
                evaluation=evaluation, reason="Heard it again.", by=world.evaluator, at=AT
            )
        return evaluations.void_evaluation(
            evaluation=evaluation, reason="The wrong call.", by=supervisor, at=AT
        )

    together(act, 8)

    assert Evaluation.objects.get().state == "void"
    assert EvaluationRevision.objects.filter(submitted_at__isnull=True).count() == 0
