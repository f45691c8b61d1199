"""One door for everyone: who is let in, who is told nothing, and where it leads."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.urls import reverse

from accounts import actions
from accounts.adapter import NO_MATCH
from accounts.models import AuditEntry

AT = datetime(2026, 3, 16, 9, tzinfo=UTC)
PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return actions.create_user(
        email="Amy@Attune.example",
        full_name="Amy Stone",
        password=PASSWORD,
        roles=["agent"],
        by=None,
        at=AT,
    )


def sign_in(client, email="amy@attune.example", password=PASSWORD, **fields):
    return client.post("/sign-in/", {"login": email, "password": password, **fields})


@pytest.mark.parametrize("email", ["amy@attune.example", "AMY@ATTUNE.EXAMPLE"])
def test_right_password_opens_the_start_page(client, agent, email):
    answer = sign_in(client, email)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def test_full_width_password_is_the_same_password(client, agent):
    assert sign_in(client, password="ｃｏｒｒｅｃｔ horse battery").status_code == 302


def test_strangers_and_wrong_passwords_get_the_same_answer(client, agent):
    closed = actions.create_user(
        email="ben@attune.example", full_name="Ben", password=PASSWORD, by=None, at=AT
    )
    actions.deactivate_user(user=closed, by=None, at=AT)

    answers = [
        sign_in(client, "amy@attune.example", "wrong wrong wrong"),
        sign_in(client, "eve@attune.example", "wrong wrong wrong"),
        sign_in(client, "ben@attune.example", PASSWORD),
        sign_in(client, "amy@attune.example", "x" * 129),
    ]

    assert [answer.status_code for answer in answers] == [422] * 4
    assert all(str(NO_MATCH) in answer.content.decode() for answer in answers)
    pages = {
        re.sub(r'value="[^"]*"|nonce="[^"]*"|"X-CSRFToken": "[^"]*"', "", a.content.decode())
        for a in answers
    }
    assert len(pages) == 1


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/account/password/", "/account/password/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https:evil.example", "/"),
        ("https://testserver/x", "/"),
        ("javascript:alert(1)", "/"),
        ("/no/such/page/", "/"),
        ("/" + "a" * 500, "/"),
    ],
)
def test_next_leads_only_to_own_pages(client, agent, wanted, reached):
    answer = sign_in(client, next=wanted)

    assert (answer.status_code, answer["Location"]) == (302, reached)


def test_page_without_sign_in_leads_to_the_door_and_back(client):
    answer = client.get("/account/password/?tab=1")

    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=/account/password/%3Ftab%3D1"


def test_fragment_without_sign_in_takes_its_page_to_the_door(client):
    answer = client.get(
        "/account/password/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/account/confirm/"},
    )

    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/sign-in/?next=/account/confirm/"


def test_admin_is_entered_through_the_same_door(client, agent):
    assert client.get("/admin/")["Location"] == "/sign-in/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/sign-in/?next=/admin/"

    sign_in(client)

    assert client.get("/admin/").status_code == 403


def test_refusal_page_says_why(client, agent):
    sign_in(client)

    answer = client.get("/admin/")

    assert answer.status_code == 403
    assert "Your roles do not include this page" in answer.content.decode()


def test_nobody_signs_up(client):
    assert client.get("/sign-up/").status_code == 404
    assert client.get("/accounts/signup/").status_code == 404


def test_sign_out_ends_the_session(client, agent):
    sign_in(client)

    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/")["Location"] == "/sign-in/?next=/"


def test_reset_link_works_once_and_from_our_own_address(client, agent, settings):
    settings.BASE_URL = "https://attune.example"
    client.post("/sign-in/reset/", {"email": "amy@attune.example"}, headers={"host": "localhost"})
    link = re.search(r"https://attune\.example(/sign-in/reset/\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True).request["PATH_INFO"]
    new = "another battery staple"

    answer = client.post(form, {"password1": new, "password2": new})

    assert answer["Location"] == reverse("account_reset_password_from_key_done")
    assert sign_in(client, password=new).status_code == 302
    assert client.get(link).status_code == 404
    assert AuditEntry.objects.filter(verb="set_password", actor=agent).count() == 1


def test_reset_answers_the_same_for_strangers(client, agent):
    known = client.post("/sign-in/reset/", {"email": "amy@attune.example"})
    unknown = client.post("/sign-in/reset/", {"email": "eve@attune.example"})

    assert known["Location"] == unknown["Location"]
    assert [message.to for message in mail.outbox] == [["amy@attune.example"]]


@pytest.mark.parametrize("link", ["/sign-in/reset/1-abc/", "/sign-in/reset/zz-abc-def/"])
def test_unknown_reset_links_share_one_page(client, link):
    answer = client.get(link)

    assert answer.status_code == 404
    assert "This link no longer works" in answer.content.decode()


@pytest.mark.parametrize("password", ["short", "x" * 129, "password1234", "amy@attune.example"])
def test_weak_passwords_are_refused(client, agent, password):
    sign_in(client)

    answer = client.post(
        "/account/password/",
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    )

    assert answer.status_code == 422


def test_changed_password_ends_other_sessions(client, agent, django_user_model):
    from django.test import Client

    elsewhere = Client()
    sign_in(client)
    sign_in(elsewhere)
    new = "another battery staple"

    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_deactivation_ends_sessions_at_the_next_request(client, agent):
    sign_in(client)

    actions.deactivate_user(user=agent, by=None, at=AT)

    assert client.get("/").status_code == 302


def test_ended_role_is_gone_with_the_next_request(client, agent):
    actions.grant_role(user=agent, role="admin", by=None, at=AT)
    other = actions.create_user(
        email="zoe@attune.example", full_name="Zoe", roles=["admin"], by=None, at=AT
    )
    sign_in(client)
    assert client.get("/admin/").status_code == 200

    actions.end_role(user=agent, role="admin", by=other, at=AT)

    assert client.get("/admin/").status_code == 403
