import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.duplicates import Candidate, edit_distance, score, similarity, word_score

NAMES = st.text(alphabet="abcdé -", max_size=15)


def person(name="", **values):
    return Candidate(name=name, **{key: frozenset(value) for key, value in values.items()})


@pytest.mark.parametrize(
    ("left", "right", "shared_by", "points"),
    [
        (
            person("Patricia Brown", emails=["p@example.com"]),
            person("Patricia Brown", emails=["p@example.com"]),
            {},
            95,
        ),
        (
            person("word two", phones=["+1"], emails=["p@example.com"]),
            person("word twx", phones=["+1"], emails=["p@example.com"]),
            {},
            100,
        ),
        (
            person("Patricia Brown", phones=["+1"]),
            person("Patrica Brown", phones=["+1"]),
            {},
            75,
        ),
        (
            person("Patricia Brown", phones=["+1"]),
            person("Patricia Brown", phones=["+1"]),
            {"+1": 6},
            50,
        ),
        (person("Anna Brown", phones=["+1"]), person("Oleg Smith", phones=["+1"]), {}, 25),
        (
            person("Jo Doe", emails=["info@a.example"], organizations=["A"]),
            person("Jo Doe", emails=["info@a.example"], organizations=["A"]),
            {},
            55,
        ),
        (person("Jo Doe", handles=["x:jo"]), person("Jo Doe", handles=["x:jo"]), {}, 100),
        (
            person("Jo Doe", emails=["j@a.example"], external_ids=[("crm", "1")]),
            person("Jo Doe", emails=["j@a.example"], external_ids=[("crm", "2")]),
            {},
            55,
        ),
        (
            person("Jo Doe", emails=["j@a.example"]),
            person("Jo Doe", emails=["j@a.example"]),
            {"j@a.example": 4},
            50,
        ),
        (person("Anna Brown"), person("Oleg Smith"), {}, 0),
        (person(phones=["+1"]), person("Oleg Smith", phones=["+1"]), {}, 50),
    ],
)
def test_score_adds_what_speaks_for_one_person(left, right, shared_by, points):
    assert score(left, right, shared_by).points == points


def test_score_gives_its_reasons_and_a_verdict():
    anna = person("Anna Brown", phones=["+1", "+2"])

    found = score(anna, anna, {"+1": 9})

    assert [(reason.code, reason.points) for reason in found.reasons] == [
        ("phone", 50),
        ("name", 35),
    ]
    assert found.verdict == "likely"
    assert score(anna, person("Oleg Smith")).verdict == ""
    assert score(anna, person("Anne Broun", phones=["+2"])).verdict == "possible"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("word", "two words", 0.363636),
        ("Patricia Brown", "Patrica Brown", 0.705882),
        ("Müller, Hans", "Hans Mueller", 0.666667),
        ("José Álvarez", "Jose Alvarez", 1),
        ("", "Anna", 0),
    ],
)
def test_similarity_is_the_share_of_common_trigrams(left, right, expected):
    assert similarity(left, right) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("jon smith", "John Smith", 0.875),
        ("schmit", "Anna Schmidt", 0.857143),
        ("ann", "Anna Schmidt", 0.95),
        ("an", "Anna Schmidt", 0.5),
        ("anna", "Anna", 1),
        ("", "Anna", 0),
        ("anna", "", 0),
    ],
)
def test_word_score_forgives_a_slip(query, text, expected):
    assert word_score(query, text) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [("", "", 0), ("abc", "", 3), ("abcd", "abdc", 1), ("ca", "abc", 3), ("kitten", "sitting", 3)],
)
def test_edit_distance_counts_edits_and_swaps(left, right, distance):
    assert edit_distance(left, right) == distance
    assert edit_distance(right, left) == distance


@given(NAMES, NAMES)
def test_similarity_is_the_same_both_ways(left, right):
    assert similarity(left, right) == similarity(right, left)
    assert 0 <= similarity(left, right) <= 1


@given(NAMES, NAMES, st.sets(st.sampled_from(["+1", "+2"])), st.sets(st.sampled_from(["+1", "+2"])))
def test_score_is_the_same_both_ways(left, right, left_phones, right_phones):
    one, other = person(left, phones=left_phones), person(right, phones=right_phones)

    assert score(one, other) == score(other, one)
    assert 0 <= score(one, other).points <= 100
