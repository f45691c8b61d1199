"""Pages of figures: what they show, whom they refuse, and what they cost."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.models import QueueVisit
from reports import access, rollups
from reports.models import DayLegFact
from reports.periods import Period
from reports.slices import Slice
from reports.today import Watch, waiting_now
from tests.factories.crm import AgentStateSpanFactory
from tests.factories.reports import (
    AnnotationFactory,
    QueueThresholdFactory,
    SpecialDayFactory,
    TargetFactory,
)
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


@pytest.mark.parametrize(
    ("role", "url", "most"),
    [
        ("supervisor", "/reports/operations/", 20),
        ("supervisor", "/reports/today/", 8),
        ("admin", "/reports/today/", 8),
    ],
)
def test_boards_of_the_day_cost_few_queries(client, center, role, url, most):
    client.force_login(getattr(center, role))
    client.get(url)

    with CaptureQueriesContext(connection) as queries:
        client.get(url)

    assert len(queries) <= most, [one["sql"][:120] for one in queries]


def test_who_waits_is_late_by_the_threshold_of_the_queue(client, center):
    now = timezone.now()
    slow, other = center.queues
    QueueThresholdFactory(queue=slow, threshold_seconds=900, effective_on=MONDAY.date())
    for queue in (slow, other):
        visit = QueueVisit.objects.filter(queue=queue, interaction__direction="inbound").first()
        entered_at = now - timedelta(minutes=5)
        QueueVisit.objects.filter(pk=visit.pk).update(
            entered_at=entered_at, left_at=None, outcome=""
        )
    waiting = waiting_now(Slice(Period(now.date(), now.date())), now.date(), now)

    assert (waiting[slow.pk]["late"], waiting[other.pk]["late"]) == (0, 1)
    assert waiting[slow.pk]["n"] == waiting[other.pk]["n"] == 1


def test_a_supervisor_reads_queues_that_the_team_owns_or_works_on(center):
    own, other = center.queues
    fact = DayLegFact.objects.filter(team_key=center.teams[0].pk).first()
    fact.on_date = timezone.localdate()

    assert access.queue_names_of(center.supervisor) == {own.pk: own.name}
    for key in (0, other.pk):
        fact.pk, fact.queue_key = None, key
        fact.save()
    assert access.queue_names_of(center.supervisor) == {
        0: "",
        own.pk: own.name,
        other.pk: other.name,
    }
    assert access.queues_of(center.supervisor) == {0, own.pk, other.pk}
    assert access.queues_of(center.admin) is None


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


@pytest.mark.parametrize(("definition", "has_people"), [("sl3-t20-lte", False), ("aht1", True)])
def test_only_lists_of_work_name_agents(client, center, definition, has_people):
    url = f"/reports/number/?definition={definition}&{DAYS}"
    _response, body = page(client, center.admin, url)

    assert 'data-label="Wait"' in body
    assert ('data-label="Agent"' in body) is has_people
    assert reverse("reports:number_export") in body


def test_an_agent_opens_the_definition_of_an_own_number_and_finds_the_way_back(client, center):
    agent = center.agents[0]
    _response, number = page(
        client, agent, f"/reports/number/?definition=aht1&{DAYS}&agent={agent.pk}"
    )
    _response, definition = page(client, agent, "/reports/kpis/aht1/")

    assert reverse("reports:definition_detail", args=["aht1"]) in number
    assert reverse("reports:own_scorecard") in number
    assert reverse("reports:operations") not in number
    assert reverse("reports:number_export") not in number  # A file for who runs operations.
    assert "Handle time" in definition


@pytest.mark.parametrize(
    ("definition", "board"),
    [
        ("csat1", "Customers’ voice"),
        ("fcr3", "Customers’ voice"),
        ("qa1", "quality board"),
        ("tc1", "training board"),
    ],
)
def test_a_figure_of_another_app_says_where_it_stands(client, center, definition, board):
    _response, body = page(client, center.admin, f"/reports/number/?definition={definition}")

    assert board in body
    assert "n = 0" not in body


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
    seen = seen_in(client.get("/reports/today/"))

    with CaptureQueriesContext(connection) as queries:
        again = part_of_today(client, seen)
    assert len(queries) == 4  # Who asks takes three of them.
    other = part_of_today(client, "0-0")

    assert (again.status_code, other.status_code) == (204, 200)
    assert b"<html" not in other.content


def seen_in(response):
    return re.search(r"seen=([0-9a-f]*-[0-9a-f]{12})", response.content.decode())[1]


def part_of_today(client, seen):
    return client.get(f"/reports/today/?seen={seen}", headers={"HX-Request": "true"})


def test_the_day_is_sent_again_when_anything_changed(client, center):
    client.force_login(center.admin)
    seen = seen_in(client.get("/reports/today/"))
    today = timezone.localdate()

    rollups.rebuild([today], at=timezone.now())
    built = Watch.at(timezone.now())
    span = AgentStateSpanFactory(started_at=timezone.now() - timedelta(minutes=1), ended_at=None)
    agents = part_of_today(client, seen)
    visit = QueueVisit.objects.filter(interaction__direction="inbound").first()
    QueueVisit.objects.filter(pk=visit.pk).update(
        entered_at=timezone.now(), left_at=None, outcome=""
    )
    waiting = part_of_today(client, seen_in(agents))

    assert built.state != seen.partition("-")[0]
    assert (agents.status_code, waiting.status_code) == (200, 200)
    assert str(span.get_state_display()) in agents.content.decode()
    assert seen_in(waiting).startswith("-")
    assert rollups.cutoff(timezone.now())[1] == 0


def test_the_day_says_up_to_when_its_facts_are_made(client, center):
    marked_at = timezone.now() - timedelta(minutes=40)
    rollups.mark([timezone.localdate()], at=marked_at, families=["people"])

    assert Watch.at(timezone.now()).cutoff == marked_at == rollups.cutoff(timezone.now())[0]


def test_nothing_recorded_says_what_to_do(client, db, center):
    _response, body = page(client, center.admin, "/reports/operations/?period=yesterday")

    assert "No visits in this period" in body


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_every_point_of_a_trend_opens_its_number(client, center, by):
    client.force_login(center.admin)
    asked = client.get(f"/reports/operations/?{DAYS}&by={by}")
    chart = asked.context["pictures"][0]

    for (_label, shown, *_rest), link in zip(chart.rows, chart.links, strict=True):
        opened = client.get(link)
        assert opened.status_code == 200
        assert opened.context["number"].shown == shown
    assert chart.links[0].replace("&", "&amp;") in asked.content.decode()
