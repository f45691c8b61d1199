"""Figures for a monitor with the token; nothing for anybody else."""

import re

import pytest

from ops import measures
from tests.factories.ops import JobRunFactory, WebhookAttemptFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def scrape(client, settings):
    settings.METRICS_TOKEN = "monitor"
    return lambda: client.get("/metrics", headers={"Authorization": "Bearer monitor"})


def test_nobody_without_the_token_finds_anything(client, settings):
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "monitor"
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404


def test_figures_have_one_form_and_no_id(scrape):
    JobRunFactory()
    WebhookAttemptFactory()
    scrape()
    measures.keep()

    text = scrape().content.decode()

    assert 'attune_jobs{job="ops.canary",state="waiting"} 1' in text
    assert re.search(r'attune_queue_age_seconds\{queue="default"\} \d', text)
    assert "attune_sign_in_locks 0" in text
    assert 'attune_request_seconds_bucket{route="ops:metrics",status="200",le="+Inf"}' in text
    value = r"(?:[a-z_.:]+|[1-5]\d\d|[0-9.]{1,4}|\+Inf)"
    labels = rf'\{{[a-z]+="{value}"(,[a-z]+="{value}")*\}}'
    form = re.compile(rf"# .+|[a-z_]+({labels})? [0-9.e+-]+")
    assert [line for line in text.splitlines() if not form.fullmatch(line)] == []


def test_scrape_costs_the_same_for_many_jobs(scrape, django_assert_max_num_queries):
    JobRunFactory.create_batch(20)

    with django_assert_max_num_queries(15):
        scrape()
