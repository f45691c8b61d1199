"""Forms of other houses: what comes in, what goes out, and every loss on the way."""

import json
from pathlib import Path

import pytest

from quality.passport import (
    connect_export,
    connect_import,
    genesys_export,
    genesys_import,
    reading,
)
from quality.scoring import InvalidRequest, score
from tests.quality.worlds import DOCUMENT

FORMS = Path(__file__).parent / "forms"
READERS = {"connect": connect_import, "genesys": genesys_import}
WRITERS = {"connect": connect_export, "genesys": genesys_export}


def form(name):
    return json.loads((FORMS / f"{name}.json").read_text())


def taken_in(name, data):
    return READERS[name].read(reading.parse(json.dumps(data).encode()))


def codes(losses):
    return [(row.path, row.code, row.severity) for row in losses.rows]


def criterion(document, key):
    return next(
        found
        for top in document["sections"]
        for section in (top, *top.get("sections", []))
        for found in section["criteria"]
        if found["key"] == key
    )


# --- Golden reports ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READERS)
def test_form_comes_in_as_the_golden_document(name):
    found = taken_in(name, form(name))

    assert found.document == form(f"{name}.document")
    assert found.losses.as_list() == form(f"{name}.losses")


@pytest.mark.parametrize("name", WRITERS)
def test_document_goes_out_as_the_golden_form(name):
    found = WRITERS[name].write(form(f"{name}.document"))

    assert json.loads(json.dumps(found.form)) == form(f"{name}.export")
    assert found.losses.as_list() == form(f"{name}.export.losses")


def test_connect_form_is_the_same_after_a_journey_there_and_back():
    document = form("connect.document")

    again = taken_in("connect", connect_export.write(document).form)

    assert again.document == document
    assert again.losses.is_exact


# --- Connect -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "percent"),
    [
        ({"greet": "yes", "verify": "yes", "hold": 45}, "100.00"),
        ({"greet": "yes", "verify": "no", "hold": 45}, "0.00"),
        ({"greet": "yes", "verify": "late"}, "50.00"),
        ({"greet": "no", "verify": "yes", "hold": 45}, "50.00"),
    ],
)
def test_connect_form_scores_as_it_did_there(answers, percent):
    given = {
        key: {"number": value} if isinstance(value, int) else {"option": value}
        for key, value in answers.items()
    }

    found = score(taken_in("connect", form("connect")).document, given)

    assert str(found.score_percent) == percent


def test_connect_points_keep_maximum_and_bonus():
    data = form("connect")
    data["ScoringStrategy"]["Mode"] = "POINTS_BASED"
    question = data["Items"][0]["Section"]["Items"][0]["Question"]
    question["ScoringConfiguration"] = {
        "PointsConfiguration": {"MaxPointValue": 7, "IsBonus": True}
    }
    options = question["QuestionTypeProperties"]["SingleSelect"]["Options"]
    options[0]["PointsConfiguration"] = {"PointValue": 7}

    found = criterion(taken_in("connect", data).document, "greet")

    assert (found["max_points"], found["is_bonus"]) == ("7", True)
    assert found["options"][0]["points"] == "7"


def test_connect_condition_on_a_later_question_is_lost_and_the_question_shows():
    data = form("connect")
    greet = data["Items"][0]["Section"]["Items"][0]["Question"]
    greet["Enablement"] = json.loads(
        json.dumps(data["Items"][1]["Section"]["Items"][0]["Question"]["Enablement"])
    )

    found = taken_in("connect", data)

    assert criterion(found.document, "greet")["condition"] is None
    path = "Items[0].Section.Items[0].Question.condition"
    assert (path, "condition_target", "high") in codes(found.losses)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({}, "Items"),
        ([], "Items"),
        ({"Items": [{"Question": {}}]}, "Items[0].Section"),
        ({"Items": 7}, "Items"),
        ({"Items": [{"Section": 7}]}, "Items[0].Section"),
        ({"Items": [], "ScoringStrategy": {"Mode": "LUCK"}}, "ScoringStrategy.Mode"),
        ({"Items": [], "Title": 5}, "Title"),
    ],
)
def test_unreadable_connect_form_is_refused_at_its_path(data, path):
    with pytest.raises(InvalidRequest) as caught:
        taken_in("connect", data)

    assert path in [problem.path for problem in caught.value.problems]


def test_points_that_are_no_tenths_go_to_connect_as_points_with_equal_percentages():
    document = json.loads(json.dumps(DOCUMENT))
    document["sections"][0]["criteria"][0]["options"] = [
        {"key": "yes", "label": "Yes", "points": "3"},
        {"key": "so", "label": "So so", "points": "1"},
    ]

    sent = connect_export.write(document)
    again = taken_in("connect", sent.form).document

    answers = {"greet": {"option": "so"}, "verify": {"option": "yes"}, "solve": {"option": "part"}}
    assert ("weight_mode", "points_mode", "low") in codes(sent.losses)
    assert sent.form["ScoringStrategy"]["Mode"] == "POINTS_BASED"
    assert abs(score(document, answers).score_percent - score(again, answers).score_percent) < 1


@pytest.mark.parametrize("name", WRITERS)
def test_pass_mark_is_told_as_lost(name):
    losses = WRITERS[name].write(DOCUMENT).losses

    assert ("pass_percent", "pass_percent", "medium") in codes(losses)


# --- Genesys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "percent"),
    [
        ({"q-greet": "a-yes", "q-safe": "b-yes"}, "100.00"),
        ({"q-greet": "a-yes", "q-safe": "b-no"}, "0.00"),
        ({"q-greet": "a-no", "q-safe": "b-no"}, "0.00"),
    ],
)
def test_genesys_kill_question_fails_all(answers, percent):
    given = {key: {"option": value} for key, value in answers.items()}

    found = score(taken_in("genesys", form("genesys")).document, given)

    assert str(found.score_percent) == percent


def test_genesys_condition_that_points_nowhere_is_lost_and_the_group_shows():
    found = taken_in("genesys", form("genesys"))

    assert found.document["sections"][1]["condition"] is None
    path = "questionGroups[1].visibilityCondition"
    assert (path, "condition_target", "high") in codes(found.losses)


def test_genesys_percent_weights_become_a_multiplier():
    document = form("connect.document")

    sent = genesys_export.write(document)

    assert [group["weight"] for group in sent.form["questionGroups"]] == [4, 0]
    assert ("sections[0].weight", "weights", "medium") in codes(sent.losses)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({}, "questionGroups"),
        ({"questionGroups": {}}, "questionGroups"),
        ({"questionGroups": [], "weightMode": "HEAVY"}, "weightMode"),
        (
            {"questionGroups": [{"questions": [{"type": "riddle"}]}]},
            "questionGroups[0].questions[0].type",
        ),
        ({"questionGroups": [{"weight": "much"}]}, "questionGroups[0].weight"),
    ],
)
def test_unreadable_genesys_form_is_refused_at_its_path(data, path):
    with pytest.raises(InvalidRequest) as caught:
        taken_in("genesys", data)

    assert path in [problem.path for problem in caught.value.problems]
