"""What the gate asks of programs, and what every resource of the API does alike."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from ops.models import Bucket
from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.factories.crm import InteractionFactory
from tests.factories.ops import BucketFactory

URL = "/api/v1/interactions/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def token():
    return ApiTokenFactory(owner=UserFactory(roles=["admin"]), scopes=["interactions:read"])


def get(text, url=URL, **headers):
    return Client().get(url, headers={"Authorization": f"Bearer {text}"} | headers)


def without_what_differs(response):
    body = response.json()
    del body["request_id"]
    return response.status_code, response["WWW-Authenticate"], body


def test_token_opens_what_its_owner_may_see(token):
    InteractionFactory()

    response = get(token.text)

    assert response.status_code == 200
    assert len(response.json()["results"]) == 1


def test_whatever_is_wrong_with_a_token_is_answered_alike(token):
    now = timezone.now()
    scopes = ["interactions:read"]
    admin = token.owner
    bad = [
        "",
        "att_",
        token.text.upper(),
        token.text[:-1],
        token.text + "x",
        token.text[:-1] + ("A" if token.text[-1] != "A" else "B"),
        "x" * 10_000,
        "att_aaaaaaaa_" + "a" * 43,
        ApiTokenFactory(owner=admin, scopes=scopes, expires_at=now).text,
        ApiTokenFactory(owner=admin, scopes=scopes, revoked_at=now).text,
        ApiTokenFactory(owner=admin, scopes=scopes, networks=["203.0.113.0/24"]).text,
        ApiTokenFactory(owner=closed_account(), scopes=scopes).text,
    ]

    answers = {str(without_what_differs(get(text))) for text in bad}

    assert len(answers) == 1
    assert "unauthorized" in answers.pop()


def closed_account():
    return UserFactory(roles=["admin"], is_active=False, deactivated_at=timezone.now())


def test_cookie_and_token_in_the_address_open_nothing(token):
    client = Client()
    client.force_login(token.owner)

    assert client.get(URL).status_code == 401
    assert client.get(f"{URL}?token={token.text}").status_code == 401


def test_scope_and_verb_are_both_needed(token):
    no_scope = ApiTokenFactory(owner=token.owner, scopes=["interactions:write"])
    no_verb = ApiTokenFactory(owner=UserFactory(), scopes=["interactions:read"])

    refused = get(no_scope.text)

    assert refused.status_code == 403
    assert refused.json()["detail"] == "This token does not have the scope interactions:read."
    assert get(no_verb.text).status_code == 403


def test_networks_are_kept(token):
    token.networks = ["127.0.0.0/8"]
    token.save()

    assert get(token.text).status_code == 200


def test_use_is_remembered_once_a_minute(token, django_assert_num_queries):
    get(token.text)
    first = ApiToken.objects.get().last_used_at

    get(token.text)

    assert first is not None
    assert ApiToken.objects.get().last_used_at == first


def test_method_type_and_wish_are_refused_as_problems(token):
    headers = {"Authorization": f"Bearer {token.text}"}

    post = Client().post(URL, "{}", content_type="application/json", headers=headers)
    page = get(token.text, Accept="text/html")

    assert (post.status_code, post["Allow"]) == (405, "GET, HEAD")
    assert page.status_code == 406
    assert {post["Content-Type"], page["Content-Type"]} == {"application/problem+json"}


def test_token_has_a_hundred_requests_that_refill_ten_a_second(token):
    get(token.text)

    bucket = Bucket.objects.get(name=f"token:{token.pk}")
    assert bucket.level_us == 9_900_000


def test_token_without_requests_left_is_told_when_to_ask_again(token):
    later = timezone.now() + timedelta(minutes=1)
    BucketFactory(name=f"token:{token.pk}", level_us=0, updated_at=later)

    response = get(token.text)

    assert response.status_code == 429
    assert response["Retry-After"] == "1"


def test_guessers_are_slowed_and_stop_nobody_beside_them(token):
    statuses = [get("att_aaaaaaaa_" + "a" * 43).status_code for _ in range(32)]

    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert get(token.text).status_code == 200


def test_unknown_and_foreign_parameters_are_named(token):
    for query in ("colour=red", "started_at__gte=2020-01-01", "_connector=OR", "format=json"):
        response = get(token.text, f"{URL}?{query}")

        assert response.status_code == 400
        assert response.json()["type"].endswith("/problems/unknown-parameter/")
        assert response.json()["errors"][0]["pointer"] == "?" + query.partition("=")[0]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=1000000000",
        "limit=ten",
        "order=id",
        "channel=smoke",
        "channel=voice&channel=chat",
        "customer=x",
        "customer=" + ",".join("1" for _ in range(51)),
        "source=" + "x" * 201,
        "started_from=0001-01-01T00:00:00%2B14:00",
        "started_from=yesterday",
        "cursor=forged",
    ],
)
def test_bad_values_are_told_and_never_break(token, query):
    response = get(token.text, f"{URL}?{query}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["detail"]


def test_cursor_belongs_to_its_filters_order_and_token(token):
    InteractionFactory.create_batch(3)
    cursor = get(token.text, f"{URL}?limit=1").json()["next"]
    other = ApiTokenFactory(owner=token.owner, scopes=["interactions:read"])

    assert get(token.text, f"{URL}?limit=2&cursor={cursor}").status_code == 200
    assert get(token.text, f"{URL}?cursor={cursor}&order=started_at").status_code == 400
    assert get(token.text, f"{URL}?cursor={cursor}&channel=voice").status_code == 400
    assert get(other.text, f"{URL}?cursor={cursor}").status_code == 400


def test_pages_show_every_row_that_stays_once(token):
    rows = InteractionFactory.create_batch(7)
    seen, cursor = [], ""
    while cursor is not None:
        page = get(token.text, f"{URL}?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        seen += [row["id"] for row in page.json()["results"]]
        cursor = page.json()["next"]
        if len(seen) == 2:
            InteractionFactory()
            rows[0].delete()

    assert len(seen) == len(set(seen))
    assert {row.pk for row in rows[1:]} <= set(seen)


def test_record_unchanged_is_not_sent_again(token):
    url = f"{URL}{InteractionFactory().pk}/"
    first = get(token.text, url)

    again = get(token.text, url, **{"If-None-Match": first["ETag"]})

    assert first["ETag"].startswith('"1.')
    assert (again.status_code, again.content) == (304, b"")


def test_what_one_may_not_see_is_not_there(token):
    agent = ApiTokenFactory(owner=UserFactory(roles=["agent"]), scopes=["interactions:read"])
    url = f"{URL}{InteractionFactory().pk}/"

    foreign = get(agent.text, url)
    absent = get(token.text, f"{URL}999999999999999999999/")

    assert (foreign.status_code, absent.status_code) == (404, 404)
