"""Second factors: codes that work once, who must have one, and what ends with them."""

import time
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import actions
from accounts.models import AuditEntry, User
from accounts.one_time_codes import accepted_step, code_at, secret_bytes, step_of
from accounts.sessions import SIGNED_IN
from lib import encryption
from tests.factories.accounts import RightGrantFactory, UserFactory
from tests.jobs import run_waiting_jobs

SECRET = b"12345678901234567890"
BASE32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PASSWORD = "correct horse battery"
NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924")]
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert code_at(SECRET, step_of(seconds)) == code
    assert secret_bytes(BASE32) == SECRET


def test_neighboring_steps_pass_and_none_twice():
    code = code_at(SECRET, 100)

    assert [accepted_step(SECRET, code, 30 * step, 0) for step in (98, 99, 100, 101, 102)] == [
        None,
        100,
        100,
        100,
        None,
    ]
    assert accepted_step(SECRET, code, 3000, 100) is None
    assert accepted_step(SECRET, "100 200 ü", 3000, 0) is None


# --- At the door ----------------------------------------------------------------------------------


@pytest.fixture
def person():
    user = actions.create_user(
        email="amy@attune.example", full_name="Amy", password=PASSWORD, by=None, at=NOW
    )
    Authenticator.objects.create(
        user=user, type="totp", data={"secret": encryption.encrypt(BASE32)}
    )
    return user


def with_password(client):
    return client.post("/sign-in/", {"login": "amy@attune.example", "password": PASSWORD})


def code_now(shift=0):
    return code_at(SECRET, step_of(int(time.time())) + shift)


def test_password_alone_leads_to_the_second_question(person):
    client = Client()

    answer = with_password(client)

    assert answer["Location"] == reverse("mfa_authenticate")
    assert client.get("/")["Location"].startswith("/sign-in/")
    assert client.post(reverse("mfa_authenticate"), {"code": code_now()}).status_code == 302
    assert client.get("/").status_code == 200


def test_same_code_opens_once(person):
    first, second, code = Client(), Client(), code_now()
    with_password(first)
    with_password(second)

    assert first.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert second.post(reverse("mfa_authenticate"), {"code": code}).status_code == 422
    assert second.get("/").status_code == 302


def test_five_wrong_codes_lead_back_to_the_password(person):
    client = Client()
    with_password(client)

    answers = [client.post(reverse("mfa_authenticate"), {"code": "x"}) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [422] * 4 + [302]
    assert client.get(reverse("mfa_authenticate")).status_code == 302


def test_app_is_added_with_a_code_and_its_secret_is_sealed(django_capture_on_commit_callbacks):
    user = UserFactory()
    client = Client()
    client.force_login(user)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    code = code_at(secret_bytes(secret), step_of(int(time.time())))

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("mfa_activate_totp"), {"code": code})
    codes = client.get(answer["Location"]).content.decode()
    run_waiting_jobs(job="ops.send_mail")

    factor = Authenticator.objects.get(user=user, type="totp")
    assert secret not in str(factor.data)
    assert "Your recovery codes" in codes
    assert AuditEntry.objects.filter(verb="add_factor", actor=user).exists()
    assert any("authenticator app was added" in letter.body for letter in mail.outbox)


def test_removal_ends_every_other_session(person):
    here, there = Client(), Client()
    for client in (here, there):
        client.force_login(person)

    here.post(reverse("mfa_deactivate_totp"))

    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302
    assert not Authenticator.objects.filter(user=person).exists()


def test_sign_out_everywhere_keeps_this_browser(person):
    here, there = Client(), Client()
    for client in (here, there):
        client.force_login(person)

    here.post(reverse("accounts:sessions_end"))

    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)


# --- Who must have one ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["admin", "supervisor", "evaluator"])
def test_role_that_needs_a_factor_opens_security_alone(role, settings):
    settings.MFA_ROLES = ["admin", "supervisor"]
    client = Client()
    client.force_login(UserFactory(roles=[role]))

    assert client.get("/")["Location"] == "/account/security/"
    assert "Add a second factor" in client.get("/account/security/").content.decode()
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_agent_needs_none_and_holder_of_a_right_does(settings):
    settings.MFA_ROLES = ["admin"]
    agent, holder = Client(), Client()
    agent.force_login(UserFactory(roles=["agent"]))
    holder.force_login(RightGrantFactory(user=UserFactory(roles=["agent"])).user)

    assert agent.get("/").status_code == 200
    assert holder.get("/")["Location"] == "/account/security/"


def test_factor_opens_the_rest_without_a_further_query(settings, django_assert_num_queries):
    settings.MFA_ROLES = ["admin"]
    user = UserFactory(roles=["admin"])
    Authenticator.objects.create(user=user, type="totp", data={"secret": "sealed"})
    user = User.objects.get(pk=user.pk)

    with django_assert_num_queries(1):
        assert (user.roles, user.has_second_factor) == ({"admin"}, True)


# --- Fresh proof ----------------------------------------------------------------------------------


def stale(client):
    session = client.session
    session[SIGNED_IN] = int(time.time()) - 601
    session.save()


def test_granting_a_role_asks_who_signed_in_long_ago_and_goes_on_afterwards():
    admin = actions.create_user(
        email="amy@attune.example", full_name="Amy", password=PASSWORD, roles=["admin"],
        by=None, at=NOW,
    )  # fmt: skip
    client = Client()
    client.force_login(admin)
    stale(client)
    other = UserFactory()
    url = reverse("accounts:person_grant_role", args=[other.pk])

    asked = client.post(url, {"grant-role": "agent", "grant-reason": "New here."})
    assert asked["Location"].startswith("/account/confirm/?next=")
    assert not other.groups.exists()
    client.post(asked["Location"], {"password": PASSWORD, "next": url})

    assert [group.name for group in other.groups.all()] == ["agent"]
