"""Q-701, Q-703: the team page adds up in the database and shows evidence before names."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.crm.pages import queries
from tests.factories.accounts import TeamFactory
from tests.factories.quality import CriterionFactory, ScorecardVersionFactory, SectionFactory
from tests.quality.centers import Center

pytestmark = pytest.mark.django_db
SIX_AGENTS = {
    "Few": [99] * 4,
    "Steady": [90] * 10,
    "Twin": [90] * 10,
    "Fair": [88, 92, 75, 81, 95, 90, 67, 84],
    "Scattered": [100, 9.91, 63.96, 90.99, 0],
    "Best": [97] * 10,
}


@pytest.fixture
def center():
    return Center()


def test_agents_are_ranked_by_evidence_and_the_others_listed_below(center):
    for name, scores in SIX_AGENTS.items():
        agent = center.person("agent", name)
        for score in scores:
            center.evaluated(agent, score)

    study = center.study()

    places = [(place.number, place.item[1]) for place in study.places]
    assert places == [(1, "Best"), (2, "Steady"), (2, "Twin"), (4, "Fair")]
    assert [name for (_pk, name), _average in study.others] == ["Scattered", "Few"]
    assert study.average.n == 47
    assert study.pass_rate.n == 47 and study.pass_rate.k == 42


def test_only_counting_evaluations_of_the_period_are_added_up(center):
    agent = center.person("agent", "Ana")
    for _ in range(5):
        center.evaluated(agent, 90)
    center.evaluated(agent, 10, selection="manual")
    center.evaluated(agent, 10, purpose="double")
    center.evaluated(agent, 10, at=center.at - timedelta(days=200))

    assert (center.study().average.n, str(center.study().average.mean)) == (5, "90.00")
    assert center.study(selection="all").average.n == 6
    assert center.study(selection="manual").average.n == 1


def test_trainers_see_released_evaluations_only(center):
    agent, trainer = center.person("agent", "Ana"), center.person("trainer", "Tom")
    for _ in range(5):
        center.evaluated(agent, 90)
    center.evaluated(agent, 50, state="submitted", released_at=None)

    assert center.study(trainer).average.n == 5
    assert center.study(center.person("supervisor", "Sue")).average.n == 6


def test_failures_are_apart_by_whose_fault_they_were(center):
    ana, bob = center.person("agent", "Ana"), center.person("agent", "Bob")
    for owner in ("agent", "agent", "tool", None, None):
        center.evaluated(ana, 90, answers=[(center.greet, owner), (center.verify, None)])
    center.evaluated(bob, 90, answers=[(center.greet, "process"), (center.verify, "agent")])

    study = center.study()

    assert [row[:2] for row in study.failures.rows] == [("Greets", "2"), ("Verifies", "1")]
    assert [row[:2] for row in study.faults.rows] == [
        ("Process: Greets", "1"),
        ("Tool: Greets", "1"),
    ]
    assert (study.excused.k, study.excused.n) == (2, 12)
    greet = study.heat.rows[0]
    assert [(cell.n, cell.percent) for cell in greet.cells] == [(5, 40.0), (1, None)]


def test_a_criterion_of_two_versions_is_one(center):
    agent = center.person("agent", "Ana")
    for _ in range(3):
        center.evaluated(agent, 90, answers=[(center.greet, "agent")])
    center.publish()
    center.version = ScorecardVersionFactory(scorecard=center.version.scorecard, number=2)
    newer = CriterionFactory(
        section=SectionFactory(version=center.version), key="greet", text="Greets by name"
    )
    for _ in range(2):
        center.evaluated(agent, 90, answers=[(newer, None)])

    (row,) = center.study().heat.rows

    assert (row.text, row.cells[0].n, row.cells[0].percent) == ("Greets by name", 5, 60.0)


def test_the_trend_has_a_gap_where_fewer_than_five_were_evaluated(center):
    agent = center.person("agent", "Ana")
    for _ in range(5):
        center.evaluated(agent, 90)
    center.evaluated(agent, 40, at=center.at - timedelta(days=14))

    rows = [row for row in center.study().trend.rows if row[-1] != "0"]

    assert [(row[1], row[-1]) for row in rows] == [("–", "1"), ("90.0 %", "5")]


def test_a_long_period_by_day_is_coarsened_and_says_so(center):
    until = timezone.localdate()
    chosen = {"from_on": until - timedelta(days=1200), "until_on": until, "grain": "day"}

    study = center.study(**{name: str(value) for name, value in chosen.items()})

    assert "By week, because the period is too long to be drawn by day." in study.trend.note


def test_the_page_shows_figures_with_their_evidence(client, center):
    agent = center.person("agent", "Ana")
    for _ in range(6):
        center.evaluated(agent, 90, answers=[(center.greet, "agent"), (center.verify, None)])
    client.force_login(center.person("supervisor", "Sue"))

    page = client.get(center.url()).content.decode()

    assert "90.00" in page and "strong evidence" in page
    assert f"agent={agent.pk}" in page and "failed=greet" in page


def test_an_unknown_filter_is_refused(client, center):
    client.force_login(center.person("supervisor", "Sue"))

    response = client.get(center.url() + "?color=red")

    assert response.status_code == 400
    assert "There is no filter named color." in response.content.decode()
    assert client.get(center.url() + "?from_on=2026-13-01").status_code == 400
    assert client.get(center.url() + "?from_on=1990-01-01").status_code == 400


@pytest.mark.parametrize(("role", "status"), [("agent", 403), ("supervisor", 404)])
def test_another_team_is_not_found_and_agents_are_refused(client, center, role, status):
    client.force_login(center.person(role, "Pat"))

    other = reverse("quality:team_quality", args=[TeamFactory().pk])

    assert client.get(other).status_code == status


def test_the_list_names_own_teams_only(client, center):
    other = TeamFactory()
    client.force_login(center.person("trainer", "Tom"))

    page = client.get(reverse("quality:team_list")).content.decode()

    assert center.team.name in page and other.name not in page


def test_the_page_takes_as_many_queries_for_50_rows_as_for_1(client, center):
    client.force_login(center.person("supervisor", "Sue"))
    answers = [(center.greet, "agent"), (center.verify, None)]
    center.evaluated(center.person("agent", "First"), 90, answers=answers)
    queries(client, center.url())
    for_one = queries(client, center.url())
    for n in range(7):
        agent = center.person("agent", f"Agent {n}")
        for _ in range(7):
            center.evaluated(agent, 90, answers=answers)

    for_fifty = queries(client, center.url())

    assert for_fifty == for_one <= 22


def test_the_list_of_evaluations_opens_from_a_cell(client, center):
    agent = center.person("agent", "Ana")
    failed = center.evaluated(agent, 90, answers=[(center.greet, "agent")])
    passed = center.evaluated(agent, 90, answers=[(center.greet, None)])
    client.force_login(center.person("supervisor", "Sue"))

    page = client.get(reverse("quality:evaluation_list") + "?failed=greet").content.decode()

    assert failed.public_ref in page and passed.public_ref not in page
