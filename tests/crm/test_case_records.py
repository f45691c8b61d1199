"""Cases beside their own pages: the customer's timeline, a person's export, an erasure."""

from datetime import UTC, datetime, timedelta

import pytest

from crm import sla_rates, timeline
from crm.actions import case_messages, cases, clocks, promises
from crm.models import Case, Note, Promise, TimelineEntry
from crm.privacy.erasing import ERASERS
from crm.privacy.exporting import EXPORTERS
from tests.factories.accounts import UserFactory
from tests.factories.crm import CustomerFactory
from tests.factories.crm_cases import SlaPolicyFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def customer():
    return CustomerFactory()


@pytest.fixture
def case(customer):
    """Opened, resolved and opened again, with a promise that was withdrawn."""
    by = UserFactory()
    case = cases.open_case(subject="Canary", description="Canary", customer=customer, by=by, at=AT)
    case_messages.write_note(case=case, body="Canary", by=by, at=AT)
    cases.resolve_case(case=case, by=by, at=AT + DAY)
    cases.reopen_case(case=case, by=by, at=AT + 2 * DAY)
    promise = promises.make_promise(text="Canary", customer=customer, due_at=AT + DAY, by=by, at=AT)
    later = AT + timedelta(hours=1)
    promises.withdraw_promise(promise=promise, reason="No longer wanted.", by=by, at=later)
    return case


def told(customer):
    rows = TimelineEntry.objects.filter(customer=customer, kind__in=["case", "promise"])
    return sorted(rows.values_list("at", "title", "summary", "target_id"))


def test_the_timeline_says_what_happened_and_is_made_anew_the_same(customer, case):
    entries = told(customer)

    assert [title for _, title, _, _ in entries] == [
        "Case opened",
        "Promise made",
        "Promise withdrawn",
        "Case resolved",
        "Case reopened",
    ]
    timeline.rebuild()
    assert told(customer) == entries


def test_an_erasure_leaves_states_and_no_words(customer, case):
    for eraser in ERASERS:
        while eraser.erase(customer.pk, 100):
            pass

    assert (Case.objects.get().subject, Case.objects.get().description) == ("Erased", "")
    assert (Note.objects.get().body, Promise.objects.get().text) == ("Erased", "Erased")
    assert Case.objects.get().reopened_count == 1
    assert [eraser.erase(customer.pk, 100) for eraser in ERASERS] == [0] * len(ERASERS)


def test_a_person_gets_their_cases(customer, case):
    rows = {exporter.name: list(exporter.rows(customer.pk)) for exporter in EXPORTERS}

    assert rows["cases"][0]["subject"] == "Canary"
    assert rows["promises"][0]["state"] == "withdrawn"
    assert rows["notes"][0]["body"] == "Canary"


def test_excused_misses_are_told_apart(customer):
    SlaPolicyFactory(targets={"resolution": 3600})
    boss = UserFactory(roles=["admin"])
    for hours, is_excused in ((1, False), (2, False), (2, True), (0, False)):
        case = cases.open_case(subject="Late", by=None, at=AT)
        cases.resolve_case(case=case, by=None, at=AT + timedelta(hours=hours))
        if is_excused:
            clocks.excuse_breach(
                clock=case.clocks.get(), reason="Strike of the carrier.", by=boss, at=AT + DAY
            )

    (rate,) = sla_rates.by_metric(boss, AT, AT + DAY)

    assert (rate.met, rate.missed, rate.excused) == (2, 1, 1)
    assert str(rate.percent) == "66.67"
    assert sla_rates.by_team(boss, AT, AT + DAY)[0][0] == "No team"
    assert sla_rates.by_metric(boss, AT + DAY, AT + 2 * DAY) == []
