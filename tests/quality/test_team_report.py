"""The team quality report says what the page says, and is the same file for the same data."""

import pytest
from django.urls import reverse
from django.utils import timezone

from quality.accuracy_study import DISCLAIMER
from quality.models import Evaluation
from quality.slice_form import SliceForm
from quality.team_report import METHOD, team_report_html, team_report_pdf
from tests.factories.accounts import TeamFactory
from tests.quality.centers import Center

pytestmark = pytest.mark.django_db


@pytest.fixture
def center():
    center = Center()
    agent = center.person("agent", "Ana Lopez")
    for owner in ("agent", None, None, None, "tool", None):
        center.evaluated(agent, 90, answers=[(center.greet, owner), (center.verify, None)])
    return center


def report(center, make, **chosen):
    form = SliceForm(chosen, user=center.evaluator, without=("team", "faults"))
    assert form.is_valid(), form.errors
    rows = Evaluation.objects.visible_to(center.evaluator).filter(team=center.team)
    return make(center.team, rows, form, at=center.at)


def test_the_report_tells_filters_figures_method_and_disclaimer(center):
    html = report(center, team_report_html, agent="")

    for words in ("Drawn at random", "90.00", "strong evidence", "Ana Lopez", METHOD, DISCLAIMER):
        assert words in html
    assert "Tool: Greets" in html
    assert "Not configured" in html and "100.00 %" in html


def test_an_empty_period_says_so(center):
    today = str(timezone.localdate())

    html = report(center, team_report_html, from_on=today, until_on=today)

    assert "No evaluation counts" in html


def test_the_same_data_and_clock_give_the_same_bytes(center):
    first, second = (report(center, team_report_pdf) for _ in range(2))

    assert first == second and first.startswith(b"%PDF")


def test_the_report_is_served_to_the_team_only(client, center):
    client.force_login(center.person("supervisor", "Sue"))
    address = reverse("quality:team_report", args=[center.team.pk])

    response = client.get(address)

    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert client.get(address + "?color=red").status_code == 400
    other = reverse("quality:team_report", args=[TeamFactory().pk])
    assert client.get(other).status_code == 404
