"""Evaluators' qualification: what passes, who may begin, and the gate that it opens."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lib import events
from quality.actions import gates
from quality.models import Evaluation, ReferenceEvaluation
from quality.models.references import _trainings
from tests.factories.accounts import UserFactory
from tests.factories.quality_rules import ReferenceEvaluationFactory
from tests.quality.worlds import GIVEN, World, document, handled_leg, member
from tests.training.worlds import AT
from training.actions import qualification as actions
from training.models import EvaluatorQualification, QualificationRun
from training.qualifying import Answered, Compared, result_of, words_of

GOLD = {key: {"option": option} for key, option in GIVEN.items()}
DAY = timedelta(days=1)


def answered(exact=True, *, key="greet", critical=False, fails=(False, False)):
    return Answered(key, "yes", "yes" if exact else "no", critical, *fails)


def items(wrong=0, far=0, count=5, answers=4):
    """`wrong` of all answers differ, `far` scores are apart."""
    found = []
    for number in range(count):
        rows = [answered(number * answers + at >= wrong) for at in range(answers)]
        found.append(Compared(rows, 80.0, 86.0 if number < far else 85.0))
    return found


@pytest.mark.parametrize(
    ("wrong", "far", "is_passed"),
    [(0, 0, True), (3, 0, True), (4, 0, False), (0, 1, True), (0, 2, False)],
)
def test_what_passes(wrong, far, is_passed):
    assert result_of(items(wrong, far))["is_passed"] is is_passed


def test_one_missed_critical_failure_is_too_many():
    seen = items()
    missed = answered(key="verify", critical=True, fails=(True, False))
    found = result_of([*seen, Compared([missed], 0.0, 0.0)])

    assert (found["is_passed"], found["missed"]) == (False, ["verify"])
    severe = answered(key="verify", critical=True, fails=(False, True))
    assert result_of([*seen, Compared([severe], 0.0, 0.0)])["is_passed"]


def test_four_references_are_too_few():
    with pytest.raises(ValueError, match="at least five"):
        result_of(items(count=4))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, ""),
        ({"na": True}, "n/a"),
        ({"option": "yes"}, "yes"),
        ({"options": ["b", "a"]}, "a + b"),
        ({"number": "3"}, "3"),
    ],
)
def test_answers_are_compared_by_what_was_picked(answer, words):
    assert words_of(answer) == words


# --- Runs ---------------------------------------------------------------------------------------


class TrainingWorld(World):
    """Six references of one scorecard, and somebody who wants to evaluate."""

    def __init__(self, count=6):
        super().__init__(document(release_mode="on_submit"))
        self.trainer = member("trainer", self.team)
        self.trainee = member("evaluator", self.team)
        self.references = [
            ReferenceEvaluationFactory(
                leg=handled_leg(self.team, agent=self.agent),
                version=self.scorecard.current_version,
                answers=GOLD,
                approved_at=AT,
            )
            for _ in range(count)
        ]

    def begin(self, at=AT):
        return actions.start_run(person=self.trainee, scorecard=self.scorecard, at=at)

    def scored(self, run, answers=GOLD):
        for mark in run.marks.select_related("reference__version", "reference__leg__interaction"):
            actions.save_marks(mark=mark, answers=answers, at=AT)
        return run

    def passed(self, at=AT):
        return actions.end_run(run=self.scored(self.begin()), at=at)


pytestmark = pytest.mark.django_db


def test_a_run_takes_what_was_never_met():
    world = TrainingWorld(8)
    first, second, third = world.references[:3]
    first.agreed_by.add(world.trainee)
    second.created_by = world.trainee
    second.save()
    evaluation = world.submitted()
    Evaluation.objects.filter(pk=evaluation.pk).update(evaluator=world.trainee, leg=third.leg)

    run = world.begin()
    assert set(run.marks.values_list("reference", flat=True)) == {
        one.pk for one in world.references[3:]
    }
    assert world.begin() == run


def test_fewer_than_five_cannot_begin():
    world = TrainingWorld(4)

    with pytest.raises(actions.TooFewReferences, match="there are 4"):
        world.begin()
    assert not QualificationRun.objects.exists()


def test_all_is_scored_before_the_end_and_nothing_after():
    world = TrainingWorld()
    run = world.begin()
    with pytest.raises(actions.NotAllAnswered):
        actions.end_run(run=run, at=AT)
    mark = run.marks.first()
    with pytest.raises(actions.Unanswered, match="Verifies the caller"):
        actions.save_marks(mark=mark, answers={"greet": {"option": "yes"}}, at=AT)
    world.scored(run)
    actions.end_run(run=run, at=AT)

    with pytest.raises(actions.HasEnded):
        actions.end_run(run=run, at=AT)
    with pytest.raises(actions.HasEnded):
        actions.save_marks(mark=mark, answers=GOLD, at=AT)


def test_passing_opens_the_gate_and_the_end_shuts_it():
    world = TrainingWorld()
    world.scorecard.needs_qualification = True
    world.scorecard.save()
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "publish", told.append)
        run = world.passed()
        (held,) = EvaluatorQualification.objects.open()
        assert actions.end_expired(at=AT + 300 * DAY) == 0
        assert actions.end_expired(at=AT + 367 * DAY) == 1
        assert actions.end_expired(at=AT + 368 * DAY) == 0

    assert (run.is_passed, f"{held.valid_until_on}") == (True, "2027-05-04")
    assert [type(fact).__name__ for fact in told] == [
        "EvaluatorQualified", "EvaluatorQualificationEnded",
    ]  # fmt: skip
    from quality import handlers

    handlers.open_gate(told[0])
    assert gates.is_qualified(world.trainee, world.scorecard, AT + DAY)
    handlers.shut_gate(told[1])
    assert not gates.is_qualified(world.trainee, world.scorecard, AT + DAY)


def test_a_failed_run_qualifies_nobody_and_shows_where():
    world = TrainingWorld()
    run = world.scored(
        world.begin(), GOLD | {"verify": {"option": "yes"}, "solve": {"option": "none"}}
    )
    ended = actions.end_run(run=run, at=AT)

    solve = next(one for one in ended.result["criteria"] if one["key"] == "solve")
    assert (ended.is_passed, solve["exact"], solve["n"]) == (False, 0, 6)
    assert not EvaluatorQualification.objects.exists()
    with pytest.raises(actions.TooFewReferences):
        world.begin()


def test_a_renewal_takes_the_place_of_the_one_before():
    world = TrainingWorld(12)
    world.passed()
    world.references = [
        ReferenceEvaluationFactory(
            leg=handled_leg(world.team, agent=world.agent),
            version=world.scorecard.current_version,
            answers=GOLD,
            approved_at=AT,
        )
        for _ in range(5)
    ]
    world.passed(at=AT + 100 * DAY)

    rows = EvaluatorQualification.objects.order_by("pk").values_list("ended_reason", flat=True)
    assert list(rows) == ["Renewed.", ""]


def test_references_are_hidden_from_who_is_in_training():
    world = TrainingWorld()
    assert list(actions.trainings_of(world.trainee)) == []
    world.begin()

    assert list(actions.trainings_of(world.trainee)) == [world.scorecard.pk]
    assert actions.trainings_of in _trainings


# --- Pages --------------------------------------------------------------------------------------


def url(name, *args):
    return reverse(f"training:{name}", args=args)


def test_the_pages_lead_through_a_run_and_hold_no_agreed_answer(client):
    world = TrainingWorld()
    ReferenceEvaluation.objects.update(notes={"greet": "kanarienvogel"})
    client.force_login(world.trainee)
    assert "Begin" in client.get(url("qualification_list")).content.decode()
    client.post(url("qualification_start", world.scorecard.pk))
    run = QualificationRun.objects.get()
    page = client.get(url("qualification_mark", run.pk, 0)).content.decode()
    assert "kanarienvogel" not in page
    assert "selected" not in page
    empty = client.post(url("qualification_mark", run.pk, 0), {"gold-greet": "yes"})
    assert (empty.status_code, "Not answered" in empty.content.decode()) == (422, True)
    assert client.post(url("qualification_end", run.pk)).status_code == 409
    form = {f"gold-{key}": option for key, option in GIVEN.items()}
    for position in range(6):
        client.post(url("qualification_mark", run.pk, position), form)
    client.post(url("qualification_end", run.pk))
    ended = client.get(url("qualification_detail", run.pk)).content.decode()
    assert "Passed" in ended
    assert "Qualified" in client.get(url("qualification_list")).content.decode()
    assert client.get(url("qualification_mark", run.pk, 0)).status_code == 404


def test_only_evaluators_and_trainers_are_here(client):
    world = TrainingWorld()
    run = world.begin()
    client.force_login(UserFactory(roles=["supervisor"]))
    assert client.get(url("qualification_list")).status_code == 403
    assert client.get(url("qualification_mark", run.pk, 0)).status_code == 403
    world.passed()
    held = EvaluatorQualification.objects.get()
    client.force_login(world.trainee)
    assert client.post(url("qualification_revoke", held.pk)).status_code == 403
    client.force_login(world.trainer)
    assert world.trainee.short_name in client.get(url("qualification_list")).content.decode()
    client.post(url("qualification_revoke", held.pk), {"reason": "Scores too kindly."})
    held.refresh_from_db()
    assert held.ended_reason == "Scores too kindly."
