"""Machines open every link of every message in every way; then one person presses once.

No visit of a machine becomes an answer, a draft, an opt-out, a spent link, an alert or a fact.
"""

import re
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from feedback import sending
from feedback.models import (
    Alert,
    Draft,
    InvitationToken,
    Response,
    Suppression,
    SurveyVersion,
)
from feedback.survey_templates import TEMPLATES
from ops.models import EventRecord
from tests.factories.feedback_surveys import AlertRuleFactory, InvitationFactory
from tests.feedback.survey_worlds import AskingWorld, Respondent, fresh

pytestmark = pytest.mark.django_db
MACHINES = (
    *("Barracuda Sentinel", "", "Mozilla/5.0 HeadlessChrome/120"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120 Safari/537.36",
)
PREFETCHES = (
    {"sec-purpose": "prefetch"},
    {"sec-purpose": "prefetch;prerender"},
    {"purpose": "preview"},
    {"x-moz": "prefetch"},
)
URL = re.compile(r"http://127\.0\.0\.1:8000(/s/[^\s\"'<>]+)")


def sent_message(template):
    """A mail of the template on its way to a customer, and its invitation."""
    AlertRuleFactory()
    world = AskingWorld()
    content = deepcopy(TEMPLATES[template].content)
    SurveyVersion.objects.filter(survey=world.survey).delete()
    version = SurveyVersion.objects.create(survey=world.survey, number=1, content=content)
    SurveyVersion.objects.filter(pk=version.pk).update(
        state="published", published_at=timezone.now(), published_by=world.supervisor
    )
    customer = world.customer()
    invitation = InvitationFactory(
        version=version,
        customer=customer,
        contact_point=customer.contact_points.get(),
        program=world.program,
        state="queued",
        sent_at=None,
        message_id="",
        expires_at=None,
        disposition="",
    )
    sending.send_invitation(
        invitation_id=invitation.pk, purpose="first", at=timezone.now() - timedelta(hours=1)
    )
    return outbox.outbox[-1], fresh(invitation)


def addresses(message):
    html = message.alternatives[0][0]
    parts = [message.body, html, message.extra_headers["List-Unsubscribe"]]
    return sorted({url.replace("&amp;", "&") for part in parts for url in URL.findall(part)})


def machine_visits(url):
    """Everything a scanner does with a link, following what the page offers."""
    for agent in MACHINES:
        client = Client(headers={"user-agent": agent})
        for method in (client.get, client.head, client.options):
            method(url)
        for headers in PREFETCHES:
            client.get(url, headers=headers)
        page = client.get(url, follow=True)
        for link in re.findall(r'href="(/s/[^"]+)"', page.content.decode()):
            client.get(link.replace("&amp;", "&"))
        here = page.redirect_chain[-1][0] if page.redirect_chain else url
        if "/s/u/" not in url:
            press_at_once(client, here.partition("?")[0], page.content.decode())


def press_at_once(client, address, page):
    """An empty POST, and the form as it is, filled, the moment that it was shown."""
    client.post(address)
    note = re.search(r'name="f" value="([^"]+)"', page)
    if note:
        client.post(address, {"f": note[1], "go": "next"})
        ratings = re.findall(r'type="radio" name="(q-[a-z_]+)" value="(\d+)"', page)
        client.post(address, {"f": note[1], "go": "next"} | dict(ratings))


@pytest.mark.parametrize("template", sorted(set(TEMPLATES) - {"pulse"}))
def test_no_visit_of_a_machine_counts_and_one_press_of_a_person_does(template):
    message, invitation = sent_message(template)
    found = addresses(message)
    token = next(url for url in found if "?r=" in url).split("/s/")[1].split("?")[0]
    facts = EventRecord.objects.count()

    for url in found:
        machine_visits(url)

    assert not Response.objects.exists()
    assert not Draft.objects.exists()
    assert not Suppression.objects.exists()
    assert not Alert.objects.exists()
    assert EventRecord.objects.count() == facts
    assert InvitationToken.objects.filter(revoked_at=None).count() == 1
    assert fresh(invitation).state == "sent"

    invitation.visits.all().delete()
    key = invitation.version.questionnaire.key
    person = Respondent(token)
    page = person.open(f"?r={key.scale_max}")
    person.send(page, **{key.code: str(key.scale_max)})

    assert Response.objects.get().state == "accepted"
    assert fresh(invitation).state == "answered"


def test_a_followed_trap_makes_an_answer_suspect():
    message, invitation = sent_message("csat")
    token = next(url for url in addresses(message) if "?r=" in url).split("/s/")[1].split("?")[0]
    machine = Respondent(token)
    page = machine.open()
    machine.client.get(re.search(r'href="(/s/f/[^"]+/more/)"', page.content.decode())[1])

    machine.send(page, csat="1")

    assert Response.objects.get().state == "suspect"
    assert fresh(invitation).state == "sent"


def test_every_rating_opened_at_once_is_a_sign():
    message, _ = sent_message("csat")
    ratings = [url for url in addresses(message) if "?r=" in url]
    token = ratings[0].split("/s/")[1].split("?")[0]
    for url in ratings:
        Client().get(url)
    person = Respondent(token)

    person.send(person.open(), csat="3")

    assert "all_ratings" in Response.objects.get().automation_signals


def test_no_page_names_a_foreign_host_and_each_weighs_little(settings):
    from django.contrib.staticfiles import finders

    message, _ = sent_message("csat")
    token = next(url for url in addresses(message) if "?r=" in url).split("/s/")[1].split("?")[0]
    page = Respondent(token).open().content

    names = re.findall(r'(?:href|src)="/static/([^"]+)"', page.decode())
    weight = len(page) + sum(len(Path(finders.find(name)).read_bytes()) for name in names)

    assert len(names) + 1 <= 4
    assert weight < 60_000
    assert not re.findall(r'(?:href|src)="https?://(?!127)', page.decode())
