"""Q-705: what the list shows leaves as CSV, with its filters, and no spreadsheet runs it."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from quality.models import Evaluation
from tests.quality.centers import Center

pytestmark = pytest.mark.django_db


@pytest.fixture
def center():
    return Center()


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def exported(client, name, **filters):
    return rows_of(client.get(reverse(f"quality:{name}"), filters))


def test_both_files_hold_what_the_filters_leave(client, center):
    ana, bob = center.person("agent", "Ana"), center.person("agent", "Bob")
    kept = center.evaluated(ana, 91.25, answers=[(center.greet, "agent"), (center.verify, None)])
    center.evaluated(bob, 50, answers=[(center.greet, None)])
    client.force_login(center.person("supervisor", "Sue"))

    (row,) = exported(client, "evaluation_export", agent=ana.pk)
    answers = exported(client, "answer_export", agent=ana.pk)

    assert (row["evaluation"], row["agent"], row["score_percent"]) == (
        kept.public_ref,
        "Ana",
        "91.2500",
    )
    assert [(one["criterion_key"], one["fault_owner"]) for one in answers] == [
        ("greet", "agent"),
        ("verify", ""),
    ]
    assert len(exported(client, "evaluation_export")) == 2


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_is_never_a_formula(client, center, first):
    center.evaluated(center.person("agent", f"{first}1+1"), 90)
    client.force_login(center.person("supervisor", "Sue"))

    (row,) = exported(client, "evaluation_export")

    assert row["agent"].startswith("'")


def test_rows_of_other_teams_stay_out(client, center):
    center.evaluated(center.person("agent", "Ana"), 90)
    other = Center()
    client.force_login(other.person("supervisor", "Oda"))

    assert exported(client, "evaluation_export") == []
    assert exported(client, "answer_export") == []


def test_agents_are_refused_and_see_no_button(client, center):
    ana = center.person("agent", "Ana")
    center.evaluated(ana, 90)
    client.force_login(ana)

    assert client.get(reverse("quality:evaluation_export")).status_code == 403
    assert "as CSV" not in client.get(reverse("quality:evaluation_list")).content.decode()


def test_a_wrong_filter_is_refused(client, center):
    client.force_login(center.person("supervisor", "Sue"))

    response = client.get(reverse("quality:answer_export"), {"agent": "nobody"})

    assert response.status_code == 400


def test_the_list_links_to_its_own_filters(client, center):
    ana = center.person("agent", "Ana")
    center.evaluated(ana, 90)
    client.force_login(center.person("supervisor", "Sue"))

    page = client.get(reverse("quality:evaluation_list"), {"agent": ana.pk}).content.decode()

    assert f"{reverse('quality:evaluation_export')}?agent={ana.pk}" in page


def test_the_file_takes_as_many_queries_for_50_rows_as_for_1(client, center):
    ana = center.person("agent", "Ana")
    client.force_login(center.person("supervisor", "Sue"))
    center.evaluated(ana, 90, answers=[(center.greet, None)])
    address = reverse("quality:evaluation_export")
    streamed_queries(client, address)
    for_one = streamed_queries(client, address)
    for _ in range(49):
        center.evaluated(ana, 90, answers=[(center.greet, None)])

    assert streamed_queries(client, address) == for_one
    assert Evaluation.objects.count() == 50


def streamed_queries(client, address):
    """Queries of the request and of the stream, which runs after it."""
    with CaptureQueriesContext(connection) as context:
        b"".join(client.get(address).streaming_content)
    return len(context)
