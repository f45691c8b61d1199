"""Every answer carries the security headers, whatever kind it is."""

import re

import pytest

from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
KINDS = {
    "page": "/team/",
    "admin": "/admin/accounts/user/",
    "sign-in page": "/account/password/",
    "absent": "/no/such/page/",
    "refused method": "/sign-out/?x=1",
    "static": "/static/css/tokens.css",
    "health": "/healthz",
}


@pytest.fixture
def as_admin(client):
    client.force_login(UserFactory(roles=["admin"]))
    return client


@pytest.mark.parametrize("kind", KINDS)
def test_answer_carries_the_headers(as_admin, kind):
    answer = as_admin.get(KINDS[kind])
    answer.close()

    assert {name: answer.get(name) for name in ALWAYS} == ALWAYS
    assert "microphone=()" in answer["Permissions-Policy"]
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("kind", ["page", "admin", "sign-in page", "absent"])
def test_pages_are_kept_in_no_cache(as_admin, kind):
    assert "no-store" in as_admin.get(KINDS[kind])["Cache-Control"]


@pytest.mark.parametrize("kind", ["page", "admin", "sign-in page"])
def test_pages_have_neither_inline_scripts_nor_inline_styles(as_admin, kind):
    page = as_admin.get(KINDS[kind]).content.decode()

    assert re.findall(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", page) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)[^>]*>", page) == []


@pytest.mark.parametrize("link", ["/sign-in/reset/1-abc/"])
def test_token_pages_send_no_referrer(client, link):
    assert client.get(link)["Referrer-Policy"] == "no-referrer"
