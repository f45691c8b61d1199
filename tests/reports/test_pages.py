"""Pages of figures: what they show, whom they refuse, and what they cost."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports import rollups
from tests.factories.reports import AnnotationFactory, SpecialDayFactory, TargetFactory
from tests.reports.worlds import MONDAY, Center

DAYS = "period=days&begin=2026-05-04&end=2026-05-06"
FIGURES = (
    f"/reports/operations/?{DAYS}",
    f"/reports/operations/?{DAYS}&by=agent&compare=none",
    f"/reports/number/?definition=sl3-t20-lte&{DAYS}",
    f"/reports/number/?definition=sl3-t20-lte&{DAYS}&tab=excluded",
    f"/reports/number/?definition=aht1&{DAYS}&tab=show_as",
    f"/reports/difference/?a=sl1-t20-lte&b=sl6-t20-lte-s5&{DAYS}",
    f"/reports/data-quality/?{DAYS}",
    "/reports/today/",
)
DEFINITIONS = (
    f"/reports/kpis/sl3-tq-lte/?{DAYS}",
    "/reports/kpis/",
    "/reports/kpis/self-test/",
)
PAGES = (*FIGURES, *DEFINITIONS)


@pytest.fixture
def center(db):
    center = Center(interactions=70)
    rollups.rebuild(center.days, at=MONDAY)
    return center


def page(client, person, url):
    client.force_login(person)
    response = client.get(url)
    body = b"".join(response) if response.streaming else response.content
    return response, body.decode()


@pytest.mark.parametrize("url", PAGES)
def test_page_opens_for_a_supervisor_within_its_queries(client, center, url):
    client.force_login(center.supervisor)
    client.get("/reports/kpis/")  # The site and the session are known then.

    with CaptureQueriesContext(connection) as queries:
        response = client.get(url)

    assert response.status_code == 200
    assert len(queries) <= 28


def test_more_traffic_costs_no_more_queries(client, center):
    client.force_login(center.admin)
    client.get(PAGES[0])
    with CaptureQueriesContext(connection) as few:
        client.get(PAGES[0])
    for number in range(60):
        center.interaction(1000 + number)
    rollups.rebuild(center.days, at=MONDAY)

    with CaptureQueriesContext(connection) as many:
        client.get(PAGES[0])

    assert len(few) == len(many)


def test_dashboards_read_no_raw_rows_but_those_who_wait(client, center):
    client.force_login(center.admin)

    with CaptureQueriesContext(connection) as queries:
        client.get(PAGES[0])

    raw = [one["sql"] for one in queries if re.search(r'FROM "crm_(?!savedview)', one["sql"])]
    assert len(raw) == 1
    assert '"left_at" IS NULL' in raw[0]


def test_every_number_opens_its_page(client, center):
    _response, body = page(client, center.admin, PAGES[0])

    links = re.findall(r'<a class="number" href="([^"]+)" data-definition="([^"]+)" data-n', body)
    assert len(links) >= 7
    for url, slug in links:
        response, opened = page(client, center.admin, url.replace("&amp;", "&"))
        assert response.status_code == 200
        assert slug in opened
        assert "differ" not in opened


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("colour=red", 400, "There is no filter named colour."),
        ("queue=999999", 400, "queue"),
        ("def.sl=asa1", 400, "asa1 is no definition of sl."),
        ("def.sl=nonsense", 400, "No such definition."),
        ("def.sl=sl3-t601-lte", 400, "whole minutes"),
        ("by=weather", 400, "by"),
        ("period=days&begin=2026-05-06&end=2026-05-04", 422, "The last day lies before the first."),
        ("period=days&begin=2024-01-01&end=2026-05-04", 422, "Choose at most 731 days."),
        ("period=days&begin=31+February&end=2026-05-04", 422, "Enter a valid date."),
        ("period=days&begin=2026-05-04", 422, "Choose the last day."),
    ],
)
def test_an_address_that_does_not_fit_is_told_why(client, center, query, status, sentence):
    response, body = page(client, center.supervisor, f"/reports/operations/?{query}")

    assert response.status_code == status
    assert sentence in body


@pytest.mark.parametrize("definition", ["", "nonsense", "sl3-t601-lte"])
def test_a_number_without_a_definition_is_refused(client, center, definition):
    response, _body = page(client, center.admin, f"/reports/number/?definition={definition}")

    assert response.status_code == 400


def test_an_agent_opens_the_definition_of_an_own_number_and_finds_the_way_back(client, center):
    agent = center.agents[0]
    _response, number = page(
        client, agent, f"/reports/number/?definition=aht1&{DAYS}&agent={agent.pk}"
    )
    _response, definition = page(client, agent, "/reports/kpis/aht1/")

    assert reverse("reports:definition_detail", args=["aht1"]) in number
    assert reverse("reports:own_scorecard") in number
    assert reverse("reports:operations") not in number
    assert "Handle time" in definition


def test_an_unknown_definition_has_no_page(client, center):
    response, body = page(client, center.admin, "/reports/kpis/sl3-t601-lte/")

    assert response.status_code == 404
    assert "whole minutes" in body


def test_a_supervisor_sees_only_queues_of_own_teams(client, center):
    _response, body = page(client, center.supervisor, f"/reports/operations/?{DAYS}")

    assert center.queues[0].name in body
    assert center.queues[1].name not in body


def test_another_queue_cannot_be_asked_for(client, center):
    url = f"/reports/operations/?{DAYS}&queue={center.queues[1].pk}"

    assert page(client, center.supervisor, url)[0].status_code == 400


def test_an_agent_has_no_dashboard(client, center):
    for url in FIGURES:
        assert page(client, center.agents[0], url)[0].status_code == 403


def test_people_figures_have_no_waiting(client, center):
    url = f"/reports/operations/?{DAYS}&agent={center.agents[0].pk}"

    _response, body = page(client, center.supervisor, url)

    assert "Waiting belongs to queues, not to people." in body


def test_a_target_is_judged_by_the_interval(client, center):
    TargetFactory(target_value=5, limit_value=1, effective_on="2026-01-01")

    _response, body = page(client, center.admin, PAGES[0])

    assert "Target met" in body
    assert "target ≥ 5.0 %" in body


def test_notes_stand_on_the_trend(client, center):
    AnnotationFactory(text="New telephone system")
    SpecialDayFactory(on_date="2026-05-05", note="May holiday")

    _response, body = page(client, center.admin, PAGES[0])

    assert "New telephone system" in body
    assert "May holiday" in body


def test_the_file_holds_what_the_page_shows(client, center):
    _response, body = page(client, center.admin, f"/reports/operations/export.csv?{DAYS}")

    lines = body.splitlines()
    assert lines[0].startswith('\ufeff"Figures up to')
    assert lines[1].startswith('"queue","definition","unit","value","numerator","denominator","n"')
    assert len(lines) == 2 + 6 * 2


def test_reasons_can_be_read_one_by_one(client, center):
    url = f"/reports/number/?definition=sl3-t20-lte&{DAYS}&tab=excluded"

    _response, body = page(client, center.admin, url)

    reasons = re.findall(r"tab=excluded&amp;reason=([a-z_]+)", body)
    assert {"flowed_out", "duration_missing", "outbound"} <= set(reasons)
    for reason in reasons:
        response, opened = page(client, center.admin, f"{url}&reason={reason}")
        assert response.status_code == 200
        assert "row-link" in opened


def test_the_unchanged_day_is_not_sent_again(client, center):
    client.force_login(center.admin)
    digest = re.search(r"seen=([0-9a-f]{12})", client.get("/reports/today/").content.decode())[1]

    again = client.get(f"/reports/today/?seen={digest}", headers={"HX-Request": "true"})
    other = client.get("/reports/today/?seen=0", headers={"HX-Request": "true"})

    assert (again.status_code, other.status_code) == (204, 200)
    assert b"<html" not in other.content


def test_nothing_recorded_says_what_to_do(client, db, center):
    _response, body = page(client, center.admin, "/reports/operations/?period=yesterday")

    assert "No visits in this period" in body
