"""A survey speaks one language: that of its link, in its own words and in ours."""

from copy import deepcopy

import pytest
from django.utils import translation

from feedback.links import opt_out_link
from feedback.survey_letters import invitation_mail, sms_text
from feedback.survey_templates import TEMPLATES
from lib.sentences import said
from lib.speaking import spoken, spoken_language
from tests.factories.crm import ContactPointFactory
from tests.factories.feedback_surveys import SurveyVersionFactory
from tests.feedback.survey_worlds import Respondent, invited
from tests.words import mark_what_is_said, texts_of, unsaid, words_of_the_records

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "es", "ar", "pt")


def in_languages(**fields):
    """A survey with a wording in four languages, and the token of a link to it."""
    content = {
        **deepcopy(TEMPLATES["csat"].content),
        "languages": list(LANGUAGES),
        "title": {tag: f"T-{tag}" for tag in LANGUAGES},
    }
    version = SurveyVersionFactory(content=content)
    return invited(version=version, survey=version.survey, **fields)


@pytest.mark.parametrize(
    ("tag", "language"),
    [("es", "es"), ("es-MX", "es"), ("es_AR", "es"), ("en", "en"), ("ar", "en"), ("", "en")],
)
def test_our_words_stand_beside_a_language_that_has_them(tag, language):
    assert spoken_language(tag) == language


def test_page_speaks_the_language_of_its_link(client):
    _, token = in_languages(language="es")

    page = Respondent(token).open()

    assert page["Content-Language"] == "es"
    html = page.content.decode()
    assert '<html lang="es" dir="ltr"' in html
    assert "T-es" in html
    assert "Sobre esta encuesta" in texts_of(html)
    assert "About this survey" not in html


@pytest.mark.parametrize(
    ("query", "own", "tag", "direction", "send"),
    [
        ("?lang=es", "en", "es", "ltr", "Enviar"),
        ("?lang=es-MX", "en", "es", "ltr", "Enviar"),
        ("?lang=pt-BR", "es", "pt", "ltr", "Send"),
        ("?lang=xx", "es", "es", "ltr", "Enviar"),
        ("?lang=ar", "es", "ar", "rtl", "Send"),
        ("", "en", "en", "ltr", "Send"),
    ],
)
def test_query_wins_over_the_invitation(query, own, tag, direction, send):
    _, token = in_languages(language=own)

    html = Respondent(token).open(query).content.decode()

    assert f'<html lang="{tag}" dir="{direction}"' in html
    assert send in texts_of(html)


def test_browser_does_not_change_the_language_of_a_survey():
    _, token = in_languages(language="en")
    person = Respondent(token)
    person.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "es-MX"

    html = person.open().content.decode()

    assert '<html lang="en"' in html
    assert "Enviar" not in html


def test_faults_are_said_in_the_language_of_the_page():
    _, token = in_languages(language="es")
    person = Respondent(token)

    page = person.send(person.open())

    assert page.status_code == 422
    texts = texts_of(page.content.decode())
    assert "Responda esta pregunta." in texts
    assert "Por favor, revise esto" in texts


@pytest.mark.parametrize(("language", "words"), [("es", "Este enlace ya no sirve"), ("en", "over")])
def test_refusal_speaks_what_the_browser_reads(client, language, words):
    unknown = client.get("/s/" + "a" * 43, headers={"accept-language": language})
    again = client.get("/s/" + "b" * 43, headers={"accept-language": language})

    assert unknown.status_code == 404
    assert words in unknown.content.decode()
    assert f'<html lang="{language}"' in unknown.content.decode()
    assert unknown.content == again.content


def test_opting_out_speaks_the_language_of_the_invitation(client):
    invitation, _ = in_languages(language="es")
    address = "/s/" + opt_out_link(invitation.pk).partition("/s/")[2]

    before = client.get(address).content.decode()
    after = client.post(address, {"topic": "*"}).content.decode()

    assert "¿Quiere que dejemos de preguntar?" in texts_of(before)
    assert "No le preguntaremos más" in texts_of(after)


def test_messages_speak_the_language_of_the_invitation():
    point = ContactPointFactory(kind="email", value="ada@mail.example")
    invitation, token = in_languages(language="es", customer=point.customer, contact_point=point)

    mail = invitation_mail(invitation_id=invitation.pk, token=token, purpose="reminder")

    assert "Le escribimos hace unos días." in mail.body
    assert "No me pregunten más" in mail.body
    assert '<html lang="es"' in mail.alternatives[0].content
    assert sms_text(invitation, token).startswith("T-es: ")


def test_sentence_of_a_pure_module_is_said_again_in_another_language():
    sentence = said("Use at most {bound} characters.", bound=200)

    assert sentence == "Use at most 200 characters."
    assert str(ValueError(sentence)) == sentence
    with translation.override("es"):
        assert spoken(str(ValueError(sentence))) == "Use como máximo 200 caracteres."


def every_page(client):
    """What a respondent can meet, by name."""
    invitation, token = invited()
    person = Respondent(token)
    page = person.open()
    yield "form", page
    yield "faults", person.send(page)
    yield "once more", person.send(page, seconds_ago=0, csat="5")
    yield "thanks", person.send(page, csat="5")
    yield "answered", person.client.get(f"/s/{token}")
    yield "gone", client.get("/s/" + "a" * 43)
    yield "tampered", client.post(person.address, {"f": "forged"})
    yield "about", client.get("/s/about/")
    address = "/s/" + opt_out_link(invitation.pk).partition("/s/")[2]
    yield "opt out", client.get(address)
    yield "opted out", client.post(address, {"topic": "topic"})


def test_no_word_of_a_respondents_page_is_ours_and_unmarked(client, monkeypatch):
    mark_what_is_said(monkeypatch)

    pages = list(every_page(client))

    data = words_of_the_records()
    assert {name: unsaid(page.content.decode(), data) for name, page in pages} == {
        name: [] for name, _ in pages
    }
    # The reader does find words: unmarked, the same pages are full of them.
    monkeypatch.undo()
    plain = client.get("/s/about/").content.decode()
    assert unsaid(plain, data)
