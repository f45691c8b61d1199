"""People come by a link that works once, that scanners do not burn, and that nobody can guess."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.models import AccountInvitation, AuditEntry, User
from tests.factories.accounts import AccountInvitationFactory, UserFactory
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db
JOIN = {"full_name": "Ben Stone", "password": "another battery staple"}


@pytest.fixture
def client():
    client = Client()
    client.force_login(UserFactory(roles=["admin"]))
    return client


def invite(client, email="Ben@attune.example", roles=("agent",)):
    return client.post("/team/invitations/", {"email": email, "full_name": "", "roles": roles})


def link_in_the_mail():
    run_waiting_jobs(job="ops.send_mail")
    return re.search(r"http://127.0.0.1:8000(/invitation/\S+)", mail.outbox[-1].body)[1]


def test_invited_person_chooses_a_password_and_signs_in(client):
    invite(client)
    guest = Client()

    opened = guest.get(link_in_the_mail())
    assert (opened.status_code, opened["Location"]) == (303, "/invitation/")
    guest.post("/invitation/", JOIN)

    user = User.objects.get(email="ben@attune.example")
    assert user.roles == {"agent"}
    signed_in = guest.post("/sign-in/", {"login": user.email, "password": JOIN["password"]})
    assert signed_in["Location"] == "/"
    assert {"invite_person", "create_user"} <= set(
        AuditEntry.objects.values_list("verb", flat=True)
    )


def test_looking_at_the_link_uses_nothing_up(client):
    invite(client)
    link = link_in_the_mail()

    for _ in range(3):
        scanner = Client()
        scanner.get(link, follow=True)
        scanner.head(link)
        scanner.post("/invitation/", {})

    assert AccountInvitation.objects.get().used_at is None
    assert not User.objects.filter(email="ben@attune.example").exists()


def test_every_dead_link_is_answered_alike(client):
    invite(client)
    link, now = link_in_the_mail(), timezone.now()
    used = Client()
    used.get(link)
    used.post("/invitation/", JOIN)

    answers = [
        Client().get(link),
        Client().get("/invitation/" + "A" * 43 + "/"),
        Client().get("/invitation/1/"),
        Client().get(link.upper()),
        Client().get("/invitation/"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    pages = {
        re.sub(r'nonce="[^"]*"|"X-CSRFToken": "[^"]*"|Token: [^<]*', "", a.content.decode())
        for a in answers[:3]
    }
    assert len(pages) == 1
    assert AccountInvitation.objects.get().used_at >= now


def test_secret_stands_in_the_mail_alone(client):
    invite(client)
    token = link_in_the_mail().split("/")[2]

    stored = AccountInvitation.objects.get()
    assert token not in str(vars(stored))
    assert token not in client.get("/team/invitations/").content.decode()


def test_new_link_kills_the_older_one(client):
    invite(client)
    old = link_in_the_mail()
    pk = AccountInvitation.objects.get().pk

    client.post(f"/team/invitations/{pk}/resend/")

    new = link_in_the_mail()
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 303


def test_revoked_and_expired_links_are_dead(client):
    invite(client)
    link = link_in_the_mail()
    AccountInvitation.objects.update(expires_at=timezone.now())

    assert Client().get(link).status_code == 404


def test_nobody_is_invited_twice_or_while_having_an_account(client):
    invite(client)
    again = invite(client)
    taken = invite(client, UserFactory().email)

    assert (again.status_code, taken.status_code) == (422, 422)
    assert AccountInvitation.objects.count() == 1


def test_weak_password_comes_back_with_the_form(client):
    invite(client)
    guest = Client()
    guest.get(link_in_the_mail())

    answer = guest.post("/invitation/", JOIN | {"password": "password1234"})

    assert answer.status_code == 422
    assert guest.post("/invitation/", JOIN).status_code == 302


def test_link_makes_one_account_however_often_it_is_sent():
    invitation = AccountInvitationFactory()
    at = timezone.now()
    join = {"token_sha256": invitation.token_sha256, **JOIN}

    actions.accept_invitation(**join, at=at)

    with pytest.raises(actions.NoInvitation):
        actions.accept_invitation(**join, at=at + timedelta(seconds=1))
