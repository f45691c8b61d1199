"""The scorecard, its sides, its charts and its refusals are wholly in the reader's language."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from reports import rollups
from tests.factories.recognition import BadgeAwardFactory, KudosFactory, KudosRecipientFactory
from tests.factories.reports import TargetFactory
from tests.factories.training import AssignmentFactory, AttemptFactory, EnrollmentFactory
from tests.feedback.survey_worlds import AskingWorld, answer, member
from tests.quality.centers import Center as QualityCenter
from tests.reports.worlds import MONDAY, Center
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records

pytestmark = [pytest.mark.django_db, pytest.mark.words]
DAYS = "?period=days&begin=2026-05-04&end=2026-05-06"
OWN = "/reports/me/"


def working(query=DAYS):
    def read():
        center = Center(interactions=70)
        rollups.rebuild(center.days, at=MONDAY)
        TargetFactory(definition="aht1", target_value=1, limit_value=2)
        TargetFactory(definition="tr1", target_value=99, limit_value=100)
        return center.agents[0], OWN + query

    return read


def another():
    """As the supervisor reads it, with a neighbor in the list."""
    center = Center(interactions=70)
    rollups.rebuild(center.days, at=MONDAY)
    for one in center.agents:
        User.objects.filter(pk=one.pk).update(full_name=f"Q{one.pk}")
    path = reverse("reports:agent_scorecard", args=[center.agents[0].pk])
    return center.supervisor, path + DAYS


def judged():
    center = QualityCenter()
    ana = center.person("agent", "Ana")
    for _ in range(6):
        center.evaluated(ana, 90, answers=[(center.greet, "agent"), (center.verify, None)])
    center.evaluated(ana, 20, state="disputed")
    return ana, OWN + "?period=year"


def newcomer():
    return User.objects.get(pk=member("agent", AskingWorld().team).pk), OWN


def sides():
    """Figures of all kinds, the team's beside them."""
    world = AskingWorld()
    for value in (5, 5, 4, 1, 5, 4):
        answer(world, value)
    for _ in range(4):
        member("agent", world.team)
    now = timezone.now()
    AssignmentFactory(person=world.agent, due_on=timezone.localdate() - timedelta(days=3))
    for _ in range(5):
        enrollment = EnrollmentFactory(person=world.agent, state="completed", completed_at=now)
        AttemptFactory(enrollment=enrollment, state="graded", submitted_at=now, percent=80)
    KudosRecipientFactory(kudos=KudosFactory(posted_at=now), agent=world.agent)
    BadgeAwardFactory(agent=world.agent)
    return world.agent, sides_of(world.agent)


def no_sides():
    world = AskingWorld()
    answer(world, 5)
    return world.agent, sides_of(world.agent)


def sides_of(agent):
    today = timezone.localdate()
    days = f"?period=days&begin={today - timedelta(days=20)}&end={today}"
    return reverse("reports:agent_sides", args=[agent.pk]) + days


WORLDS = {
    "working": (200, working()),
    "this week": (200, working("?period=week")),
    "another definition": (200, working(f"{DAYS}&def.aht=aht2")),
    "another": (200, another),
    "judged": (200, judged),
    "newcomer": (200, newcomer),
    "sides": (200, sides),
    "no sides": (200, no_sides),
    "no first day": (422, working("?period=days&end=2026-05-06")),
    "turned days": (422, working("?period=days&begin=2026-05-06&end=2026-05-04")),
    "long": (422, working("?period=days&begin=2016-05-06&end=2026-05-04")),
    "no day": (422, working("?period=days&begin=x&end=2026-05-04")),
    "no filter": (400, working("?color=red")),
    "no definition": (400, working("?def.aht=tr1")),
}


@pytest.mark.parametrize("world", WORLDS)
def test_no_word_of_a_scorecard_is_ours_and_unmarked(client, monkeypatch, world):
    status, make = WORLDS[world]
    reader, path = make()
    mark_what_is_said(monkeypatch)

    page = in_spanish(client, reader, path)

    assert page.status_code == status
    assert page["Content-Language"] == "es"
    names = {"color", "aht", "tr"}
    assert unsaid(page.content.decode(), words_of_the_records() | names) == []


@pytest.mark.parametrize("world", WORLDS)
def test_no_english_of_ours_is_on_a_scorecard(client, world):
    reader, path = WORLDS[world][1]()

    assert english_left(in_spanish(client, reader, path).content.decode()) == set()


def test_period_is_told_with_the_short_months_of_the_language(client):
    page = in_spanish(client, *working()()).content.decode()

    assert "4 May a 6 May 2026" in page
    assert "Cifras hasta el" in page
