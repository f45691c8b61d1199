"""Single sign-on against an issuer over TLS: who is let in, and what proves nothing."""

import re
import ssl
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from accounts import actions, guessing
from accounts.models import AuditEntry, SignInIdentity
from accounts.sessions import SIGNED_IN
from bench.chaos.issuer import CLIENT_ID, CLIENT_SECRET, KID, issuing
from lib import encryption
from tests.accounts.test_factors import BASE32
from tests.factories.accounts import SignInIdentityFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, tzinfo=UTC)


@pytest.fixture
def issuer(tmp_path, settings, monkeypatch):
    with issuing(tmp_path) as one:
        trusting = ssl.create_default_context(cafile=one.receiver.certificate)
        monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = one.url, CLIENT_ID
        settings.OIDC_CLIENT_SECRET, settings.OIDC_DOMAINS = CLIENT_SECRET, ["attune.example"]
        settings.OIDC_NETWORKS, settings.OIDC_NAME = ["127.0.0.0/8", "::1/128"], "Example ID"
        yield one


@pytest.fixture
def amy():
    return actions.create_user(
        email="Amy@Attune.example", full_name="Amy Stone", roles=["agent"], by=None, at=AT
    )


def go_and_return(client, issuer, wanted=""):
    """Press the button, let the issuer nod, come back."""
    there = client.get(reverse("accounts:single_sign_on"), {"next": wanted} if wanted else {})
    return client.get(issuer.authorize(there["Location"]))


def is_in(client):
    return client.get("/").status_code == 200


def refusals():
    rows = AuditEntry.objects.filter(verb="refuse_single_sign_on").order_by("pk")
    return [entry.payload.after["refused"] for entry in rows.select_related("payload")]


def test_button_stands_on_the_sign_in_page_where_there_is_an_issuer(client, issuer, settings):
    assert "Sign in with Example ID" in client.get("/sign-in/").content.decode()

    settings.OIDC_ISSUER = ""
    assert "Example ID" not in client.get("/sign-in/").content.decode()
    assert client.get(reverse("accounts:single_sign_on")).status_code == 404


def test_attempt_carries_state_nonce_and_challenge(client, issuer):
    answer = client.get(reverse("accounts:single_sign_on"))

    asked = {name: one[0] for name, one in parse_qs(urlsplit(answer["Location"]).query).items()}
    assert answer["Location"].startswith(f"{issuer.url}/authorization_endpoint?")
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/sign-in/single/back/"
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


def test_first_sign_in_binds_the_account_with_the_verified_email(client, issuer, amy):
    answer = go_and_return(client, issuer, "/account/security/")

    assert (answer.status_code, answer["Location"]) == (302, "/account/security/")
    assert is_in(client)
    assert SignInIdentity.objects.get().user == amy
    assert AuditEntry.objects.filter(verb="bind_identity").count() == 1
    assert issuer.sent["client_secret"] == CLIENT_SECRET
    assert len(issuer.sent["code_verifier"]) == 43


def test_bound_person_is_known_by_the_subject_alone(client, issuer, amy):
    SignInIdentityFactory(user=amy, issuer=issuer.url, subject="subject-1")
    issuer.claims = {"email": "new.name@other.example", "email_verified": False}

    go_and_return(client, issuer)

    assert is_in(client)


def other_key(claims):
    key = rsa.generate_private_key(65537, 2048)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": KID})


def unsigned(claims):
    return jwt.encode(claims, None, algorithm="none", headers={"kid": KID})


def signed_with_the_secret(claims):
    secret = CLIENT_SECRET.ljust(32, "x")
    return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": KID})


@pytest.mark.parametrize(
    ("claims", "sign"),
    [
        ({"aud": "somebody-else"}, None),
        ({"aud": [CLIENT_ID, "other"]}, None),
        ({"aud": [CLIENT_ID, "other"], "azp": "other"}, None),
        ({"iss": "https://evil.example"}, None),
        ({"nonce": "another"}, None),
        ({"nonce": None}, None),
        ({"exp": int(time.time()) - 600}, None),
        ({"exp": None}, None),
        ({"sub": None}, None),
        ({"email_verified": False}, None),
        ({"email_verified": "true"}, None),
        ({"email": "amy@evil.example"}, None),
        ({"email": "nobody@attune.example"}, None),
        ({"email": None}, None),
        ({}, unsigned),
        ({}, other_key),
        ({}, signed_with_the_secret),
        ({}, lambda claims: "not a token"),
    ],
)
def test_what_proves_nothing_gets_one_page_and_stands_in_the_trail(
    client, issuer, amy, claims, sign
):
    issuer.claims, issuer.sign = claims, sign

    answer = go_and_return(client, issuer)

    assert answer.status_code == 403
    assert "This sign-in did not work" in answer.content.decode()
    assert not is_in(client)
    assert (len(refusals()), SignInIdentity.objects.count()) == (1, 0)


def test_refusals_look_alike(client, issuer, amy):
    pages = set()
    for claims in ({"email": "nobody@attune.example"}, {"aud": "other"}, {"nonce": "x"}):
        issuer.claims = claims
        page = go_and_return(client, issuer).content
        pages.add(re.sub(rb"[A-Za-z0-9]{64}", b"", page))  # The token of the page's forms.

    assert len(pages) == 1


@pytest.mark.parametrize("query", ["", "?state=x&code=y", "?code=code-1", "?error=access_denied"])
def test_answer_without_an_attempt_is_refused(client, issuer, amy, query):
    assert client.get(reverse("accounts:single_sign_on_back") + query).status_code == 403


def test_answer_holds_once_and_in_its_own_browser_only(client, issuer, amy):
    there = client.get(reverse("accounts:single_sign_on"))
    back = issuer.authorize(there["Location"])

    assert Client().get(back).status_code == 403
    assert client.get(back).status_code == 302
    client.logout()
    assert client.get(back).status_code == 403


def test_refusing_issuer_and_silent_issuer_are_refused(client, issuer, amy, settings):
    issuer.status = 400
    assert go_and_return(client, issuer).status_code == 403

    settings.OIDC_ISSUER = "https://localhost:1"
    assert client.get(reverse("accounts:single_sign_on")).status_code == 403
    assert "cannot be reached" in refusals()[-1]


def test_closed_account_and_second_identity_are_refused(client, issuer, amy):
    SignInIdentityFactory(user=amy, issuer=issuer.url, subject="another")
    assert go_and_return(client, issuer).status_code == 403

    SignInIdentity.objects.update(subject="subject-1")
    actions.deactivate_user(user=amy, by=None, at=AT)
    assert go_and_return(client, issuer).status_code == 403
    assert refusals() == [
        "The account is bound to somebody else at the issuer.",
        "The account is closed.",
    ]


def with_app(user):
    secret = encryption.encrypt(BASE32)
    Authenticator.objects.create(user=user, type="totp", data={"secret": secret})


def test_own_second_factor_is_asked_unless_the_issuer_asks_for_one(client, issuer, amy, settings):
    with_app(amy)

    assert go_and_return(client, issuer)["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)

    settings.OIDC_ENFORCES_MFA = True
    go_and_return(client, issuer)
    assert is_in(client)


def test_missing_factor_is_demanded_unless_the_issuer_asks_for_one(client, issuer, settings):
    settings.MFA_ROLES = ["supervisor"]
    UserFactory(email="amy@attune.example", roles=["supervisor"])

    go_and_return(client, issuer)
    assert client.get("/team/")["Location"] == reverse("accounts:security")

    settings.OIDC_ENFORCES_MFA = True
    other = Client()
    go_and_return(other, issuer)
    assert other.get("/team/").status_code == 200


def test_issuer_gives_fresh_proof_to_who_is_signed_in(client, issuer, amy):
    go_and_return(client, issuer)
    session = client.session
    session[SIGNED_IN] = session[SIGNED_IN] - 3600
    session["account_authentication_methods"] = []
    session.save()
    there = client.get(reverse("accounts:single_sign_on"), {"next": "/account/security/"})
    asked = urlsplit(there["Location"]).query

    answer = client.get(issuer.authorize(there["Location"]))

    assert "prompt=login" in asked
    assert answer["Location"] == "/account/security/"
    assert client.session["account_authentication_methods"][-1]["reauthenticated"] is True

    issuer.claims = {"auth_time": int(time.time()) - 3600}
    assert go_and_return(client, issuer).status_code == 403


def test_network_whose_answers_fail_too_often_waits(client, issuer, monkeypatch):
    monkeypatch.setattr(guessing, "OF_A_NETWORK", (2, guessing.OF_A_NETWORK[1]))
    back = reverse("accounts:single_sign_on_back")

    assert [client.get(back).status_code for _ in range(3)] == [403, 403, 429]
