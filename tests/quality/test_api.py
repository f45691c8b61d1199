"""The stateless API: what it answers to good and bad requests, and that it stores nothing."""

import json
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from ops.models import Bucket
from tests.factories.accounts import UserFactory
from tests.factories.ops import BucketFactory
from tests.quality.test_scoring_requests import EXAMPLE

SCORE, SAMPLE, AGREE = (f"/api/v1/quality/{name}/" for name in ("score", "sample", "agreement"))
SEED = "00112233445566778899aabbccddeeff"
RATERS = [list("1112233312"), list("1122233213")]
pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger():
    """Nobody who is signed in, as far as the limit of requests allows."""
    return Client(enforce_csrf_checks=True)


def post(client, url, body, **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(url, raw, content_type="application/json", headers=headers)


def codes(response):
    return [(error["path"], error["code"]) for error in response.json()["errors"]]


# --- Scoring -------------------------------------------------------------------------------------


def test_score_is_byte_for_byte_that_of_the_command(stranger):
    body = json.dumps(EXAMPLE).encode()

    response = post(stranger, SCORE, body)

    command = [sys.executable, "-m", "quality.scoring"]
    root = Path(__file__).parents[2]
    said = subprocess.run(command, input=body, cwd=root, capture_output=True, check=True)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.content == said.stdout


def test_score_touches_no_row_but_the_bucket(stranger, django_assert_max_num_queries):
    post(stranger, SCORE, EXAMPLE)

    with django_assert_max_num_queries(5) as seen:
        post(stranger, SCORE, EXAMPLE)

    touched = [query["sql"] for query in seen.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert all("ops_bucket" in sql for sql in touched)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'"text"', b"[" * 9000])
@pytest.mark.parametrize("url", [SCORE, SAMPLE, AGREE])
def test_broken_body_is_told_with_path_code_and_message(stranger, url, body):
    response = post(stranger, url, body)

    assert response.status_code == 400
    for error in response.json()["errors"]:
        assert set(error) == {"path", "code", "message"}
        assert error["message"]


def test_body_over_256_kb_is_too_large(stranger):
    response = post(stranger, SCORE, b" " * (256 * 1024 + 1))

    assert response.status_code == 413
    assert codes(response) == [("", "too_large")]


def test_body_of_exactly_256_kb_is_read(stranger):
    body = json.dumps(EXAMPLE).encode().ljust(256 * 1024)

    assert post(stranger, SCORE, body).status_code == 200


def test_other_media_type_and_method_and_wish_are_refused(stranger):
    form = stranger.post(SCORE, {"scorecard": "{}"})
    got = stranger.get(SCORE)
    page = post(stranger, SCORE, EXAMPLE, accept="text/html")

    assert (form.status_code, got.status_code, page.status_code) == (415, 405, 406)
    assert form.json()["title"] == "Send JSON"


def test_each_address_has_sixty_requests_that_refill_one_a_second(stranger):
    post(stranger, SAMPLE, b"{}")

    assert Bucket.objects.get().level_us == 59_000_000


def test_address_without_requests_left_is_told_when_to_ask_again(stranger):
    later = timezone.now() + timedelta(minutes=1)
    BucketFactory(name="stateless:127.0.0.1", level_us=0, updated_at=later)

    response = post(stranger, SCORE, EXAMPLE)

    assert response.status_code == 429
    assert response["Retry-After"] == "1"
    assert response.json()["type"].endswith("/problems/throttled/")


def test_limit_is_kept_for_each_address(stranger, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.0/8"]

    post(stranger, SAMPLE, b"{}", x_forwarded_for="198.51.100.7")

    assert Bucket.objects.get().name == "stateless:198.51.100.7"


def test_operator_can_keep_it_to_people_who_are_signed_in(stranger, settings):
    settings.QUALITY_PUBLIC_SCORING = False
    refused = post(stranger, SCORE, EXAMPLE)

    stranger.force_login(UserFactory())
    answered = post(stranger, SCORE, EXAMPLE)

    assert (refused.status_code, answered.status_code) == (401, 200)


def test_mangled_requests_never_end_in_an_error_of_ours(stranger):
    chance = random.Random(7)
    text = json.dumps(EXAMPLE)
    for _ in range(150):
        Bucket.objects.all().delete()
        spot = chance.randrange(len(text))
        junk = chance.choice(["", "9" * 30, "null", '"', "{", "-", "true", "1e999", "\\u0000"])
        body = (text[:spot] + junk + text[spot + chance.randrange(4) :]).encode()
        assert post(stranger, chance.choice([SCORE, SAMPLE, AGREE]), body).status_code in (200, 400)


# --- Samples -------------------------------------------------------------------------------------


def test_sample_gives_order_picks_and_hashes(stranger):
    body = {"seed": SEED, "ids": list(range(1001, 1013)), "n": 3}

    response = post(stranger, SAMPLE, body)

    order = [1012, 1002, 1011, 1006, 1008, 1003, 1010, 1009, 1004, 1007, 1005, 1001]
    assert response.json() == {
        "order": order,
        "picks": order[:3],
        "frame_n": 12,
        "frame_sha256": "d587847a329db6260cab9b04033cd6284b837a857de2fc9c628acededde176b5",
        "seed_sha256": "5947d7c33d783f94b3b4c1a96ebc8991ed28f1b069b71e03376cba8caa98a720",
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"ids": [5, 6, 5]}, ("ids[2]", "duplicate_key")),
        ({"ids": [5, "x"]}, ("ids[1]", "not_a_number")),
        ({"ids": [5, 1.5]}, ("ids[1]", "out_of_limits")),
        ({"ids": [5, None]}, ("ids[1]", "wrong_kind")),
        ({"ids": None}, ("ids", "wrong_kind")),
        ({"ids": list(range(20_001))}, ("ids", "too_large")),
        ({"seed": SEED.upper()}, ("seed", "out_of_limits")),
        ({"seed": ""}, ("seed", "wrong_kind")),
        ({"n": -1}, ("n", "out_of_limits")),
        ({"n": None}, ("n", "wrong_kind")),
        ({"more": 1}, ("more", "unknown_field")),
    ],
)
def test_bad_sample_is_refused_at_its_path(stranger, change, problem):
    response = post(stranger, SAMPLE, {"seed": SEED, "ids": [5, 6], "n": 1} | change)

    assert response.status_code == 400
    assert codes(response) == [problem]


# --- Agreement -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "figures"),
    [
        ("percent_agreement", {"value": 0.7}),
        ("kappa", {"value": 0.552239, "observed": 0.7, "expected": 0.33}),
        ("alpha_nominal", {"value": 0.571429}),
        ("alpha_ordinal", {"value": 0.785587}),
    ],
)
def test_agreement_matches_worked_examples(stranger, measure, figures):
    response = post(stranger, AGREE, {"measure": measure, "ratings": RATERS})

    answer = response.json()
    assert {name: answer[name] for name in figures} == figures
    assert (answer["raters"], answer["shared_items"], answer["reason"]) == (2, 10, None)


def test_icc_takes_scores(stranger):
    first = [60, 70, 80, 90, 65, 75, 85, 55, 50, 88]
    body = {"measure": "icc", "ratings": [first, [score + 10 for score in first]]}

    assert round(post(stranger, AGREE, body).json()["value"], 4) == 0.7993


def test_null_means_missing_and_no_variation_is_told(stranger):
    same = {"measure": "kappa", "ratings": [["a", "a", "a"], ["a", None, "a"]]}
    few = {"measure": "kappa", "ratings": [["a", None], [None, "b"]]}

    flat, empty = post(stranger, AGREE, same).json(), post(stranger, AGREE, few).json()

    assert (flat["value"], flat["shared_items"]) == (None, 2)
    assert flat["reason"] == "the ratings do not vary"
    assert (empty["value"], empty["reason"]) == (None, "fewer than 2 shared items")


@pytest.mark.parametrize(
    ("measure", "ratings", "problem"),
    [
        ("kappa", [["a", "b"], ["a"]], ("ratings[1]", "out_of_limits")),
        ("kappa", [["a"], ["a"], ["a"]], ("ratings", "out_of_limits")),
        ("icc", [[1, 2]], ("ratings", "out_of_limits")),
        ("icc", [[1, 2], [1, "x"]], ("ratings[1][1]", "not_a_number")),
        ("icc", [[1, 2], 7], ("ratings[1]", "wrong_kind")),
        ("alpha_nominal", [[1, {}], [1, 2]], ("ratings[0][1]", "wrong_kind")),
        ("alpha_nominal", [list(range(101)), list(range(101))], ("ratings", "too_large")),
        ("alpha_nominal", [["a"] * 2001] * 2, ("ratings[0]", "too_large")),
        ("guess", [["a"], ["a"]], ("measure", "out_of_limits")),
    ],
)
def test_bad_ratings_are_refused_at_their_path(stranger, measure, ratings, problem):
    response = post(stranger, AGREE, {"measure": measure, "ratings": ratings})

    assert response.status_code == 400
    assert problem in codes(response)
