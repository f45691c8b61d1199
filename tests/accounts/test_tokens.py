"""Settings, Tokens: issued once in clear, for oneself or a service account, and revoked."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.models import ApiToken, AuditEntry
from tests.factories.accounts import ApiTokenFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST, NEW = "/settings/tokens/", "/settings/tokens/new/"


@pytest.fixture
def admin():
    return UserFactory(roles=["admin"])


@pytest.fixture
def client(admin):
    client = Client()
    client.force_login(admin)
    return client


def entered(owner, **values):
    return {
        "name": "Sync",
        "owner": owner.pk,
        "scopes": ["interactions:read"],
        "life": "90",
        "networks": "203.0.113.0/24\n2001:db8::/32",
    } | values


def test_new_token_is_shown_once_and_kept_as_a_digest(client, admin):
    answer = client.post(NEW, entered(admin)).content.decode()

    token = ApiToken.objects.get()
    text = answer.partition("att_" + token.public_id)[2][:44]
    assert len(text) == 44
    assert text[1:] not in client.get(LIST).content.decode()
    assert token.networks == ["203.0.113.0/24", "2001:db8::/32"]
    assert token.secret_sha256 not in str(AuditEntry.objects.get().payload.after)


@pytest.mark.parametrize(
    "values",
    [
        {"scopes": ["everything:write"]},
        {"scopes": []},
        {"life": "4000"},
        {"networks": "203.0.113.9/24"},
        {"networks": "here"},
        {"name": "x" * 81},
    ],
)
def test_bad_values_come_back_with_the_form(client, admin, values):
    answer = client.post(NEW, entered(admin, **values))

    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_nobody_gets_a_token_that_acts_as_another_person(client, admin):
    other = UserFactory(roles=["admin"])

    assert client.post(NEW, entered(other)).status_code == 422
    with pytest.raises(actions.NotYoursToHand):
        issue(other, admin)


def test_service_account_may_have_tokens(admin):
    token, _text = issue(UserFactory(kind="service"), admin)

    assert token.issued_by == admin


@pytest.mark.parametrize("life", [timedelta(0), timedelta(days=365, seconds=1)])
def test_token_expires_within_a_year(admin, life):
    with pytest.raises(actions.BadLife):
        issue(admin, admin, life=life)


def issue(owner, by, life=timedelta(days=1)):
    now = timezone.now()
    return actions.issue_token(
        owner=owner, name="Sync", scopes=[], expires_at=now + life, by=by, at=now
    )


def test_revoked_token_is_refused_and_the_act_written_down_once(client):
    token = ApiTokenFactory()
    url = reverse("accounts:token_revoke", args=[token.pk])

    first, second = client.post(url), client.post(url)

    token.refresh_from_db()
    assert (first.status_code, second.status_code) == (302, 302)
    assert not token.is_in_force(timezone.now())
    assert AuditEntry.objects.filter(verb="revoke_token").count() == 1


def test_list_costs_the_same_for_one_token_and_for_many(client, django_assert_num_queries):
    ApiTokenFactory()
    with django_assert_num_queries(4):
        client.get(LIST)
    ApiTokenFactory.create_batch(10)
    with django_assert_num_queries(4):
        client.get(LIST)


def test_empty_list_says_what_to_do(client):
    assert "No token yet" in client.get(LIST).content.decode()
