"""What processes count is added up in the database, and no request waits for it."""

import pytest
from django.core.signals import request_finished
from django.db import OperationalError

from crm.redaction import redact
from lib import counters
from ops import measures
from ops.jobs import running
from ops.models import Measure
from tests.factories.ops import JobRunFactory

pytestmark = pytest.mark.django_db
HOME = '{route="ops:healthz",status="200"}'


@pytest.fixture(autouse=True)
def serving(monkeypatch):
    """This process keeps what it counts, as a web process does, and begins at nothing."""
    before = counters.take()
    monkeypatch.setattr(measures, "_next_at", [0.0])
    monkeypatch.setattr(measures, "close_old_connections", lambda: None)
    yield
    counters.take()
    counters.put_back(before)


def totals():
    return {(one.name, one.labels): one.total for one in Measure.objects.all()}


def test_totals_of_several_processes_add_up():
    measures.store({("rows", ""): 2, ("rows", '{kind="bad"}'): 0.5})
    measures.store({("rows", ""): 3})

    assert totals() == {("rows", ""): 5, ("rows", '{kind="bad"}'): 0.5}


def test_requests_are_counted_by_route_and_status_and_kept_later(client):
    client.get("/healthz")
    client.get("/no/such/page/")

    assert totals() == {}
    measures.keep()
    kept = totals()
    assert kept["attune_request_seconds_count", HOME] == 1
    assert (
        kept["attune_request_seconds_bucket", '{route="ops:healthz",status="200",le="+Inf"}'] == 1
    )
    assert kept["attune_request_queries_total", HOME] == 0
    assert kept["attune_request_seconds_count", '{route="none",status="404"}'] == 1


def test_queries_of_a_request_are_counted(client, caplog):
    with caplog.at_level("INFO", logger="attune.requests"):
        client.get("/readyz")

    measures.keep()
    (line,) = [record for record in caplog.records if record.name == "attune.requests"]
    (total,) = [n for (name, _), n in totals().items() if name == "attune_request_queries_total"]
    assert line.queries == total > 0


def test_counts_are_kept_after_a_request_at_most_every_ten_seconds(
    monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(measures.time, "monotonic", lambda: 100.0)
    counters.add("rows")
    with django_assert_num_queries(1):
        measures.keep_when_due()

    counters.add("rows")
    with django_assert_num_queries(0):
        measures.keep_when_due()
    monkeypatch.setattr(measures.time, "monotonic", lambda: 110.0)
    measures.keep_when_due()

    assert totals() == {("rows", ""): 2}


def test_process_that_serves_nobody_keeps_nothing(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(measures, "_next_at", [])
    counters.add("rows")

    with django_assert_num_queries(0):
        measures.keep_when_due()


def test_process_that_serves_keeps_when_a_request_has_ended(client, monkeypatch):
    monkeypatch.setattr(measures.atexit, "register", lambda function: None)
    measures.begin()

    try:
        client.get("/healthz")
    finally:
        request_finished.disconnect(measures.keep_when_due)

    assert totals()["attune_request_seconds_count", HOME] == 1


def test_counts_wait_while_the_database_is_away(monkeypatch):
    def away(sums):
        raise OperationalError("away")

    counters.add("rows")
    with monkeypatch.context() as patch:
        patch.setattr(measures, "store", away)
        measures.keep()

    measures.keep()

    assert totals() == {("rows", ""): 1}


def test_attempts_of_jobs_are_counted_by_how_they_ended():
    running.run(str(JobRunFactory(job="ops.canary").pk))
    running.run(str(JobRunFactory(job="ops.nowhere").pk))

    kept = totals()
    name = "attune_job_attempt_seconds_count"
    assert kept[name, '{job="ops.canary",outcome="good"}'] == 1
    measures.keep()
    assert totals()[name, '{job="ops.nowhere",outcome="failed"}'] == 1


def test_masked_cards_are_counted_once():
    text = redact("My card is 4111 1111 1111 1111, or 5555-5555-5555-4444.")
    redact(text)

    measures.keep()

    assert totals() == {("attune_masked_cards_total", ""): 2}


def test_every_family_is_told_with_its_totals():
    measures.store(
        {
            ("attune_masked_cards_total", ""): 12_345_678,
            ("attune_request_seconds_sum", HOME): 0.25,
            ("attune_forgotten", ""): 1,
        }
    )

    found = list(measures.lines())

    assert "attune_masked_cards_total 12345678" in found
    assert f"attune_request_seconds_sum{HOME} 0.25" in found
    assert "attune_sign_in_failures_total 0" in found
    assert [line for line in found if "forgotten" in line] == []
