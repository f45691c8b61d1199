"""Entries of the timeline: written once, seen by whom they are meant for, made anew the same."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from crm import timeline
from crm.models import TimelineEntry
from crm.timeline import EntryKind, Fact
from tests.factories.accounts import UserFactory
from tests.factories.crm import STARTED_AT, CustomerFactory, TimelineEntryFactory

pytestmark = pytest.mark.django_db
CONTENT = ("customer_id", "at", "kind", "title", "target_type", "target_id", "about_id")


@pytest.fixture(autouse=True)
def own_kinds(monkeypatch):
    monkeypatch.setattr(timeline, "_kinds", {})


def told(customer, title="Evaluated", **fields):
    timeline.add(
        "test", customer_id=customer.pk, at=STARTED_AT, title=title, target=customer, **fields
    )


def test_one_fact_makes_one_entry():
    customer = CustomerFactory()
    timeline.register(EntryKind("test", "Tests"))

    told(customer)
    told(customer)

    assert list(TimelineEntry.objects.values_list("customer_id", "title")) == [
        (customer.pk, "Evaluated")
    ]


def test_rebuilding_gives_the_same_entries_and_leaves_other_kinds():
    customer, other = CustomerFactory(), TimelineEntryFactory(kind="other")
    fact = Fact(customer.pk, STARTED_AT, "Evaluated", target=timeline.target_of(customer))
    timeline.register(EntryKind("test", "Tests", rebuild=lambda: iter([fact])))
    told(customer)
    before = list(TimelineEntry.objects.values_list(*CONTENT))

    call_command("rebuild_timeline")

    assert sorted(TimelineEntry.objects.values_list(*CONTENT)) == sorted(before)
    assert TimelineEntry.objects.filter(pk=other.pk).exists()


def test_an_entry_is_seen_by_whom_its_verb_reaches():
    customer, agent, colleague = CustomerFactory(), *UserFactory.create_batch(2, roles=["agent"])
    admin = UserFactory(roles=["admin"])
    timeline.register(EntryKind("test", "Tests", audience="quality.view_evaluation"))
    told(customer, about_id=agent.pk)

    seen = [len(TimelineEntry.objects.visible_to(user)) for user in (agent, colleague, admin)]

    assert seen == [1, 0, 1]


def test_a_kind_that_is_gone_still_has_words():
    assert timeline.kind_named("old_thing").title == "Old thing"
    assert EntryKind("x", "X", url_name="crm:customer_detail").url_of("abc") == ""
    assert EntryKind("x", "X", url_name="crm:customer_detail").url_of("7").startswith("/customers/")


def test_taking_a_fact_back_removes_its_entry():
    customer = CustomerFactory()
    timeline.register(EntryKind("test", "Tests"))
    told(customer)
    later = STARTED_AT + timedelta(days=1)
    timeline.add("test", customer_id=customer.pk, at=later, title="Again", target=customer)

    timeline.remove("test", target=customer)

    assert not TimelineEntry.objects.exists()
