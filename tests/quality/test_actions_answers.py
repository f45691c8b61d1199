"""What the evaluator's desk saves, and what it refuses."""

from datetime import timedelta
from uuid import uuid4

import pytest

from quality.actions import answers, evaluations
from quality.actions.answers import AnswerChangedElsewhere, NotApplicableIsOff, UnknownCriterion
from quality.actions.desks import Closed, NotYours
from quality.models import Answer
from quality.refusals import Invalid
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT
from tests.quality.worlds import World, document

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def draft(world):
    return world.start()


def test_save_answer_stores_the_option_and_scores_so_far(world, draft):
    saved = world.save(draft, "greet", answer={"option": "yes"})

    stored = Answer.objects.get(revision__evaluation=draft, criterion__key="greet")
    assert stored.option_keys == ["yes"]
    assert stored.row_version == 1
    assert stored.saved_by == world.evaluator
    assert str(saved.score.score_percent) == "100.00"
    assert saved.score.missing == ("verify", "solve", "hold", "note", "count", "day")


def test_save_answer_again_with_the_same_save_id_changes_nothing(world, draft):
    save_id = uuid4()
    options = {"evaluation": draft, "key": "greet", "save_id": save_id, "by": world.evaluator}
    first = answers.save_answer(change={"answer": {"option": "yes"}}, seen=0, at=AT, **options)

    again = answers.save_answer(change={"answer": {"option": "yes"}}, seen=0, at=AT, **options)

    assert again.answers["greet"].row_version == first.answers["greet"].row_version == 1


def test_save_answer_on_a_stale_version_is_refused_with_the_stored_one(world, draft):
    world.save(draft, "greet", answer={"option": "yes"})

    with pytest.raises(AnswerChangedElsewhere) as refusal:
        world.save(draft, "greet", seen=0, answer={"option": "no"})

    assert refusal.value.current.option_keys == ["yes"]
    assert Answer.objects.get(criterion__key="greet").option_keys == ["yes"]


def test_save_answer_takes_an_answer_back_and_keeps_its_comment(world, draft):
    world.save(draft, "greet", answer={"option": "no"}, comment_public="Said nothing at all.")

    world.save(draft, "greet", seen=1, answer=None)

    stored = Answer.objects.get(criterion__key="greet")
    assert not stored.is_given
    assert stored.comment_public == "Said nothing at all."
    assert stored.fault_owner is None


def test_failed_answer_is_the_agents_fault_until_somebody_says_otherwise(world, draft):
    world.save(draft, "greet", answer={"option": "no"})
    by_default = Answer.objects.get(criterion__key="greet").fault_owner

    saved = world.save(draft, "greet", seen=1, fault_owner="tool")

    assert by_default == "agent"
    assert saved.answers["greet"].fault_owner == "tool"
    assert saved.score.criteria["greet"].state == "excused"


def test_fault_owner_of_an_answer_that_did_not_fail_is_dropped(world, draft):
    saved = world.save(draft, "greet", answer={"option": "yes"}, fault_owner="tool")

    assert saved.answers["greet"].fault_owner is None


def test_root_cause_must_belong_to_the_picked_option(world, draft):
    world.save(draft, "solve", answer={"option": "none"}, root_cause="skill")

    with pytest.raises(Invalid, match="Choose one of: skill, will"):
        world.save(draft, "solve", seen=1, root_cause="weather")
    world.save(draft, "solve", seen=1, answer={"option": "full"})

    assert Answer.objects.get(criterion__key="solve").root_cause == ""


def test_hidden_criterion_keeps_its_answer_uncounted():
    world = World(hold_seconds=10)
    draft = world.start()

    saved = world.save(draft, "hold", answer={"option": "no"})

    assert saved.score.criteria["hold"].state == "hidden"
    assert Answer.objects.get(criterion__key="hold").option_keys == ["no"]


@pytest.mark.parametrize(
    ("key", "change", "sentence"),
    [
        ("greet", {"answer": {"option": "maybe"}}, "greet has no option maybe"),
        ("greet", {"answer": {"number": 3}}, "not an answer"),
        ("greet", {"answer": {"option": "yes", "na": True}}, "Give one answer"),
        ("greet", {"answer": "yes"}, "Give one answer"),
        ("greet", {"answer": {"score": 100}}, "not an answer"),
        ("greet", {"earned": 5}, "earned cannot be written"),
        ("greet", {"comment_public": "x" * 2001}, "At most 2000 characters"),
        ("greet", {"comment_public": 7}, "A text is needed"),
        ("greet", {"fault_owner": "weather"}, "Choose one of: agent"),
        ("day", {"answer": {"date": "31 May"}}, "Give a date"),
        ("count", {"answer": {"number": "NaN"}}, "Give a number"),
    ],
)
def test_save_answer_refuses_bad_input_and_stores_nothing(world, draft, key, change, sentence):
    with pytest.raises(Invalid, match=sentence):
        world.save(draft, key, **change)

    assert Answer.objects.count() == 0


def test_save_answer_refuses_an_unknown_criterion(world, draft):
    with pytest.raises(UnknownCriterion):
        world.save(draft, "nonsense", answer={"option": "yes"})


def test_not_applicable_is_refused_where_it_is_switched_off(world, draft):
    with pytest.raises(NotApplicableIsOff):
        world.save(draft, "verify", answer={"na": True})


def test_nobody_else_writes_into_an_evaluation(world, draft):
    with pytest.raises(NotYours):
        answers.save_answer(
            evaluation=draft,
            key="greet",
            change={"answer": {"option": "yes"}},
            seen=0,
            save_id=uuid4(),
            by=UserFactory(roles=["evaluator"]),
            at=AT,
        )


def test_save_answer_after_submit_is_refused(world):
    evaluation = world.submitted()

    with pytest.raises(Closed):
        world.save(evaluation, "greet", seen=1, answer={"option": "no"})


def test_section_becomes_not_applicable_and_back(world, draft):
    world.save(draft, "greet", answer={"option": "yes"})
    options = {"evaluation": draft, "section_key": "opening", "by": world.evaluator, "at": AT}

    on = answers.mark_section_not_applicable(is_na=True, seen={"greet": 1}, **options)
    marked = Answer.objects.get(criterion__key="greet")
    off = answers.mark_section_not_applicable(is_na=False, seen={"greet": 2}, **options)

    assert list(on.answers) == ["greet"]  # verify does not allow it.
    assert (marked.is_na, marked.na_source, marked.option_keys) == (True, "section", [])
    assert list(off.answers) == ["greet"]
    assert not Answer.objects.get(criterion__key="greet").is_given


def test_section_not_applicable_on_a_stale_version_is_refused(world, draft):
    world.save(draft, "greet", answer={"option": "yes"})

    with pytest.raises(AnswerChangedElsewhere):
        answers.mark_section_not_applicable(
            evaluation=draft, section_key="opening", is_na=True, seen={}, by=world.evaluator, at=AT
        )


def test_time_spent_counts_pauses_of_at_most_five_minutes(world, draft):
    for n, later in enumerate([timedelta(seconds=40), timedelta(hours=2)]):
        answers.save_answer(
            evaluation=draft,
            key="greet",
            change={"answer": {"option": "yes"}},
            seen=n,
            save_id=uuid4(),
            by=world.evaluator,
            at=AT + later,
        )

    assert draft.open_revision.seconds_spent == 40 + 300


def test_card_number_in_a_comment_is_masked(world, draft):
    world.save(draft, "greet", comment_public="He read 4111 1111 1111 1111 aloud.")

    assert "4111 1111" not in Answer.objects.get(criterion__key="greet").comment_public


def test_comment_on_the_whole_is_stored(world, draft):
    answers.save_comment(
        evaluation=draft,
        comment_public="Good call.",
        comment_private=None,
        by=world.evaluator,
        at=AT,
    )

    assert draft.open_revision.comment_public == "Good call."


def test_presets_are_given_at_the_start():
    content = document()
    greet, verify = content["sections"][0]["criteria"]
    greet["default_rule"], verify["default_rule"] = "highest", "lowest"
    content["sections"][1]["criteria"][0]["default_rule"] = "na"
    world = World(content)

    draft = world.start()

    stored = {row.criterion.key: row for row in Answer.objects.select_related("criterion")}
    assert stored["greet"].option_keys == ["yes"]
    assert stored["verify"].option_keys == ["no"]
    assert stored["solve"].na_source == "default"
    assert {row.origin for row in stored.values()} == {"default"}
    with pytest.raises(evaluations.Incomplete):
        world.submit(draft)
