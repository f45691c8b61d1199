"""Commits: read strictly, taken element by element."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.scorm_commits import BadCommit, nested, read, take
from training.scorm_elements import model_of

KNOWN = {
    "cmi.core.student_id": "7",
    "cmi.core.lesson_mode": "normal",
    "cmi.core.total_time": "00:10:00",
}


def body(**data):
    return json.dumps({"commitSequence": 1, **data}).encode()


def taken(elements, stored=None, known=KNOWN, edition="1.2"):
    return take(edition, stored or {}, elements, known)


def codes(result):
    return {refusal.element: refusal.code for refusal in result.refusals}


def test_a_message_is_read_flat():
    message = read(
        body(cmi={"core": {"exit": "suspend"}, "interactions": [{"id": "a"}]}, final=True)
    )

    assert message.elements == {"cmi.core.exit": "suspend", "cmi.interactions.0.id": "a"}
    assert (message.sequence, message.is_final) == (1, True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no json",
        b"[]",
        b"\xff",
        b'{"cmi": {}}',
        b'{"cmi": {}, "commitSequence": 0}',
        b'{"cmi": {}, "commitSequence": true}',
        b'{"cmi": {}, "commitSequence": 1.5}',
        b'{"cmi": "x", "commitSequence": 1}',
        b'{"cmi": {"a b": "x"}, "commitSequence": 1}',
        b'{"cmi": {"a": NaN}, "commitSequence": 1}',
        b'{"commitSequence": 1, "cmi": ' + b'{"a":' * 20 + b"1" + b"}" * 21,
        b"[" * 100_000,
        b'{"commitSequence": 1, "cmi": {"suspend_data": "' + b"x" * 1024 * 1024 + b'"}}',
        json.dumps({"commitSequence": 1, "cmi": {f"a{n}": "1" for n in range(40_001)}}).encode(),
    ],
)
def test_what_is_no_commit_is_refused(data):
    with pytest.raises(BadCommit):
        read(data)


def test_values_that_did_not_change_cost_nothing():
    result = taken(
        {
            "cmi.core.student_id": "7",
            "cmi.core.lesson_status": "not attempted",
            "cmi.core.score.max": "100",
            "cmi.suspend_data": "abc",
            "cmi.student_data.mastery_score": "",
            "cmi.interactions.0.type": "",
        },
        {"cmi.suspend_data": "abc"},
    )

    assert (result.accepted, result.refusals) == (0, [])
    assert result.cmi == {"cmi.suspend_data": "abc"}


def test_read_only_elements_are_compared_and_never_taken():
    result = taken(
        {"cmi.core.student_id": "8", "cmi.core.credit": "credit", "cmi.core.lesson_location": "3"}
    )

    assert codes(result) == {"cmi.core.student_id": 403, "cmi.core.credit": 403}
    assert result.cmi == {"cmi.core.lesson_location": "3"}


@pytest.mark.parametrize(
    ("total", "session", "is_fine"),
    [
        ("00:15:00", "00:05:00", True),
        ("00:10:00", "", True),
        ("10:00:00", "00:05:00", False),
        ("late", "00:05:00", False),
    ],
)
def test_the_runtimes_own_sum_is_no_lie_but_another_total_is(total, session, is_fine):
    result = taken({"cmi.core.total_time": total, "cmi.core.session_time": session})

    assert (codes(result) == {}) is is_fine
    assert "cmi.core.total_time" not in result.cmi


def test_a_refused_status_leaves_the_rest():
    result = taken({"cmi.core.lesson_status": "passes", "cmi.core.score.raw": "90"})

    assert codes(result) == {"cmi.core.lesson_status": 405}
    assert result.cmi == {"cmi.core.score.raw": "90"}


def test_rows_of_lists_come_one_after_the_other():
    given_elements = {
        "cmi.interactions.0.id": "a",
        "cmi.interactions.0.type": "choice",
        "cmi.interactions.2.id": "c",
        "cmi.interactions.0.correct_responses.1.pattern": "x",
    }
    result = taken(given_elements, edition="2004_3", known={})

    assert codes(result) == {
        "cmi.interactions.2.id": 351,
        "cmi.interactions.0.correct_responses.1.pattern": 351,
    }
    assert codes(taken({"cmi.interactions.1.id": "b"})) == {"cmi.interactions.1.id": 201}


def test_2004_names_a_row_before_it_says_anything_about_it():
    result = taken({"cmi.objectives.0.success_status": "passed"}, edition="2004_3", known={})

    assert codes(result) == {"cmi.objectives.0.success_status": 408}


def test_a_thousand_rows_are_enough():
    many = {f"cmi.interactions.{n}.id": f"q{n}" for n in range(1001)}

    assert codes(taken(many)) == {"cmi.interactions.1000.id": 301}
    assert codes(taken(many, edition="2004_4")) == {"cmi.interactions.1000.id": 351}


def test_time_exit_and_navigation_are_told_and_not_kept():
    result = taken(
        {"cmi.session_time": "PT5M", "cmi.exit": "suspend", "adl.nav.request": "continue"},
        edition="2004_3",
        known={},
    )

    assert (result.session, result.exit, result.navigation) == (30_000, "suspend", "continue")
    assert result.cmi == {}


def test_missing_elements_stay_as_they_were():
    result = taken({"cmi.core.lesson_location": "4"}, {"cmi.suspend_data": "abc"})

    assert result.cmi == {"cmi.suspend_data": "abc", "cmi.core.lesson_location": "4"}


def test_values_come_back_nested_and_in_the_order_they_depend_on():
    values = {
        "cmi.interactions.1.id": "b",
        "cmi.interactions.0.learner_response": "x",
        "cmi.interactions.0.type": "choice",
        "cmi.interactions.0.id": "a",
        "cmi.interactions.0.correct_responses.0.pattern": "x",
        "cmi.location": "3",
    }
    tree = nested(model_of("2004_4"), values)

    assert tree["cmi"]["location"] == "3"
    assert tree["cmi"]["interactions"][1] == {"id": "b"}
    first = tree["cmi"]["interactions"][0]
    assert list(first)[:2] == ["id", "type"]
    assert first["correct_responses"] == [{"pattern": "x"}]


@given(
    st.dictionaries(
        st.sampled_from(
            "cmi.location cmi.suspend_data cmi.score.raw cmi.completion_status cmi.learner_id "
            "cmi.interactions.0.id cmi.interactions.5.id cmi.session_time cmi.nowhere".split()
        ),
        st.text(max_size=20),
    )
)
def test_taking_twice_changes_nothing_more(elements):
    once = take("2004_3", {}, elements, {})
    again = take("2004_3", once.cmi, elements, {})

    assert (again.cmi, again.accepted) == (once.cmi, 0)
