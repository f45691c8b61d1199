"""A person reads Attune in their own language: whole pages, or English ones."""

import json
import re
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver, reverse

from accounts.models import AuditEntry
from config.spoken_pages import OF_PEOPLE, OF_RESPONDENTS
from lib.browser_words import WORDS
from tests.factories.accounts import UserFactory
from tests.words import mark_what_is_said, texts_of, unsaid, words_of_the_records

pytestmark = [pytest.mark.django_db, pytest.mark.words]
COMMENT = re.compile(r"^//.*$", re.MULTILINE)
SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"


@pytest.fixture
def reader(client):
    """An agent who reads Spanish."""
    person = UserFactory(roles=["agent"], language="es")
    client.force_login(person)
    return person


def test_listed_pages_exist():
    for name in OF_PEOPLE | OF_RESPONDENTS:
        resolver = get_resolver()
        for part in name.split(":")[:-1]:
            resolver = resolver.namespace_dict[part][1]
        assert resolver.reverse_dict.getlist(name.split(":")[-1]), name


def test_person_is_spoken_to_in_their_own_language(client, reader):
    page = client.get("/", headers={"accept-language": "en"})

    assert page["Content-Language"] == "es"
    assert '<html lang="es"' in page.content.decode()
    assert "Nada le espera" in page.content.decode()


def test_person_without_a_language_is_spoken_to_as_the_browser_asks(client):
    client.force_login(UserFactory(roles=["agent"]))

    assert (
        "Nada le espera" in client.get("/", headers={"accept-language": "es-CO"}).content.decode()
    )
    assert "Nothing waits" in client.get("/", headers={"accept-language": "en"}).content.decode()


def test_page_that_is_not_whole_in_spanish_is_whole_in_english(client, reader):
    page = client.get(reverse("accounts:team_list"), headers={"accept-language": "es"})

    assert page["Content-Language"] == "en"
    texts = texts_of(page.content.decode())
    assert "Skip to content" in texts
    assert "Cerrar sesión" not in texts


def test_one_request_leaves_no_language_to_the_next(client, reader):
    client.get("/")
    client.logout()

    assert "Sign in" in client.get("/sign-in/").content.decode()


def test_person_chooses_a_language_on_the_profile_page(client):
    person = UserFactory(roles=["agent"])
    client.force_login(person)

    answer = client.post("/account/profile/", {"language": "es"}, follow=True)

    person.refresh_from_db()
    assert person.language == "es"
    assert "Desde ahora este es su idioma." in texts_of(answer.content.decode())
    entry = AuditEntry.objects.filter(verb="set_language").get()
    assert (entry.actor, entry.changed_fields) == (person, ["language"])


def test_language_that_attune_does_not_speak_is_refused(client, reader):
    answer = client.post("/account/profile/", {"language": "fr"})

    assert answer.status_code == 422
    reader.refresh_from_db()
    assert reader.language == "es"


def test_scripts_get_their_words_with_a_page_that_is_not_english(client, reader):
    html = client.get("/").content.decode()
    brought = json.loads(re.search(r'<script id="script-words"[^>]*>(.*?)</script>', html)[1])

    assert brought["Cancel"] == "Cancelar"
    assert set(brought) == set(WORDS)
    assert 'id="script-words"' not in client.get(reverse("accounts:team_list")).content.decode()


def test_words_of_scripts_are_those_that_scripts_say():
    code = "".join(path.read_text() for path in SCRIPTS.rglob("*.js"))

    assert [word for word in WORDS if f'"{word}"' not in code] == []
    for name in ("toast", "keys", "dialog", "rows", "copy"):
        said = re.findall(
            r'"([A-Z][a-z]+(?: [^"]*)?)"', COMMENT.sub("", (SCRIPTS / f"{name}.js").read_text())
        )
        keys = {"Escape", "Enter", "Shift", "Control", "Alt", "Meta", "Mod", "Ctrl"}
        assert [text for text in said if text not in WORDS and text not in keys] == [], name


def test_page_that_adds_a_passkey_is_wholly_marked(client, reader, monkeypatch):
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()
    mark_what_is_said(monkeypatch)

    page = client.get(reverse("mfa_add_webauthn"))

    assert page["Content-Language"] == "es"
    assert unsaid(page.content.decode(), words_of_the_records()) == []


# The others need a key, a factor, a fresh proof or a POST.
PLAIN = """home account_login account_reset_password account_reset_password_done
    account_reset_password_from_key_done account_change_password account_reauthenticate
    account_logout accounts:profile accounts:security mfa_activate_totp""".split()


@pytest.mark.parametrize("name", PLAIN)
def test_no_word_of_a_spoken_page_is_ours_and_unmarked(client, reader, monkeypatch, name):
    if name in ("account_login", "account_reset_password"):
        client.logout()
    mark_what_is_said(monkeypatch)

    page = client.get(reverse(name), follow=True)

    assert page.status_code == 200
    assert unsaid(page.content.decode(), words_of_the_records()) == []
