"""Recognition for programs: own rows, the verbs' refusals, and one wish once."""

from uuid import uuid4

import pytest
from django.test import Client

from feedback.models import Kudos, Redemption
from tests.factories.accounts import ApiTokenFactory
from tests.factories.recognition import RewardFactory
from tests.feedback.recognition_worlds import MESSAGE, Crew, balance

URL = "/api/v1/recognition/"
SCOPES = ["recognition:read", "recognition:write"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    return Crew()


def program_of(person):
    token = ApiTokenFactory(owner=person, scopes=SCOPES)
    return Client(headers={"Authorization": f"Bearer {token.text}"})


def post(client, path, key=None, **body):
    headers = {"Idempotency-Key": key or uuid4().hex}
    return client.post(URL + path, body, content_type="application/json", headers=headers)


def thanks(crew, **more):
    return {"recipients": [crew.ben.pk], "values": [crew.value.pk], "message": MESSAGE} | more


def test_thanks_are_given_once_for_a_key(crew):
    client = program_of(crew.ann)

    first = post(client, "kudos/", "one", **thanks(crew, points_each=5))
    second = post(client, "kudos/", "one", **thanks(crew, points_each=5))

    assert (first.status_code, second.status_code) == (201, 201)
    assert Kudos.objects.count() == 1
    assert balance(crew.ben) == 5
    assert [row["id"] for row in client.get(URL + "kudos/").json()["results"]] == [
        first.json()["id"]
    ]


def test_what_does_not_fit_is_400_and_a_limit_409(crew):
    client = program_of(crew.ann)

    bad = post(client, "kudos/", **thanks(crew, message="Call 020 7946 0958 for more, please."))
    over = post(client, "kudos/", **thanks(crew, points_each=101))

    assert (bad.status_code, over.status_code) == (400, 409)
    assert bad.json()["errors"][0]["pointer"] == "/message"


def test_order_is_placed_approved_by_another_and_seen_by_neither_stranger(crew):
    crew.fill(crew.ann, 100)
    mine, leader, stranger = (program_of(p) for p in (crew.ann, crew.supervisor, Crew().ann))
    placed = post(mine, "redemptions/", reward=RewardFactory().pk).json()

    assert post(mine, f"redemptions/{placed['id']}/approve/").status_code == 403
    assert post(stranger, f"redemptions/{placed['id']}/cancel/").status_code == 404
    assert post(leader, f"redemptions/{placed['id']}/approve/").json()["state"] == "approved"
    assert Redemption.objects.get().decided_by == crew.supervisor


def test_points_are_those_of_the_person_alone(crew):
    crew.fill(crew.ann, 7)
    crew.fill(crew.ben, 9)

    (row,) = program_of(crew.ann).get(URL + "points/").json()["results"]

    assert (row["amount"], row["balance_after"]) == (7, 7)


def test_board_metrics_and_unknown_filters_are_refused(crew):
    assert program_of(crew.ann).get(URL + "kudos/?volume=1").status_code == 400
