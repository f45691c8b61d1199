"""Q-601: an agent sees own averages with their evidence, the team's only in good company."""

import pytest
from django.urls import reverse
from django.utils import timezone

from quality.own_study import own_study
from tests.crm.pages import queries
from tests.factories.quality import CriterionFactory
from tests.quality.centers import Center

pytestmark = pytest.mark.django_db


@pytest.fixture
def center():
    return Center()


def study(agent):
    return own_study(agent, timezone.localdate(), timezone.now())


def test_the_teams_average_hides_below_three_others(center):
    ana, *others = [center.person("agent", name) for name in ("Ana", "Bob", "Cai", "Dee")]
    for agent in (ana, *others[:2]):
        for _ in range(5):
            center.evaluated(agent, 90)
    assert study(ana).team_average is None

    center.evaluated(others[2], 50)

    assert (study(ana).team_average.n, str(study(ana).team_average.mean)) == (16, "87.50")


def test_only_own_released_random_results_count(center):
    ana, bob = center.person("agent", "Ana"), center.person("agent", "Bob")
    for _ in range(5):
        center.evaluated(ana, 90)
    center.evaluated(bob, 10)
    center.evaluated(ana, 10, state="submitted", released_at=None)
    center.evaluated(ana, 10, selection="manual")

    assert (study(ana).average.n, str(study(ana).average.mean)) == (5, "90.00")


def test_best_and_weakest_need_five_answers_and_never_overlap(center):
    ana = center.person("agent", "Ana")
    section = center.greet.section
    rare = CriterionFactory(section=section, key="rare", text="Rare")
    bonus = CriterionFactory(section=section, key="bonus", text="Beyond", is_bonus=True)
    for owner in ("agent", "agent", None, None, None):
        answers = [(center.greet, owner), (center.verify, None), (bonus, "agent")]
        center.evaluated(ana, 90, answers=answers)
    center.evaluated(ana, 90, answers=[(rare, "agent")])

    found = study(ana)

    assert [(mean.text, mean.n, mean.percent) for mean in found.best] == [("Verifies", 5, 100.0)]
    assert [(mean.text, mean.n, mean.percent) for mean in found.weakest] == [("Greets", 5, 60.0)]


def test_below_five_the_page_shows_no_figure(client, center):
    ana = center.person("agent", "Ana")
    for _ in range(4):
        center.evaluated(ana, 91.37)
    client.force_login(ana)

    page = client.get(reverse("quality:my_results")).content.decode()

    assert "Not enough evidence" in page and "1 more random one needed" in page


def test_the_page_takes_as_many_queries_for_50_results_as_for_5(client, center):
    ana = center.person("agent", "Ana")
    client.force_login(ana)
    for _ in range(5):
        center.evaluated(ana, 90, answers=[(center.greet, None)])
    queries(client, reverse("quality:my_results"))
    for_five = queries(client, reverse("quality:my_results"))
    for _ in range(45):
        center.evaluated(ana, 90, answers=[(center.greet, "agent")])

    assert queries(client, reverse("quality:my_results")) == for_five <= 18
