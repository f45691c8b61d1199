"""Durable handlers: one job for each fact and handler, in the fact's transaction."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import events
from lib.events import Event
from ops import facts
from ops.event_codec import as_json, rebuild
from ops.models import EventRecord, JobRun
from tests.jobs import run_waiting_jobs

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Criterion:
    key: str
    is_failed: bool


@dataclass(frozen=True, kw_only=True)
class Judged(Event):
    evaluation_id: int
    agent_ids: tuple[int, ...]
    percent: Decimal | None
    on: date
    criteria: tuple[Criterion, ...] = ()
    changed: frozenset[str] = frozenset()
    counters: dict[str, int] | None = None
    reference: UUID | None = None


FACT = Judged(
    at=AT,
    by_id=None,
    evaluation_id=7,
    agent_ids=(1, 2),
    percent=Decimal("87.50"),
    on=date(2026, 3, 2),
    criteria=(Criterion(key="greeting", is_failed=True),),
    changed=frozenset({"b", "a"}),
    counters={"read": 3},
    reference=UUID(int=5),
)


@pytest.fixture
def handled(monkeypatch):
    """Facts that the one subscribed handler was given."""
    monkeypatch.setattr(events, "_durable", defaultdict(dict))
    monkeypatch.setattr(events, "_hints", defaultdict(list))
    monkeypatch.setattr(events, "_sink", [facts.enqueue_handlers])
    seen = []

    def handler(fact):
        seen.append(fact)

    events._durable[Judged] = {"tests.handler": handler, "tests.other": lambda fact: None}
    return seen


@pytest.mark.django_db
def test_a_durable_handler_gets_an_equal_fact(handled):
    events.publish(FACT)

    run_waiting_jobs()

    assert handled == [FACT]


@pytest.mark.django_db
def test_a_fact_is_kept_once_with_one_job_for_each_handler(handled):
    events.publish(FACT)
    events.publish(FACT)

    assert EventRecord.objects.count() == 1
    assert sorted(JobRun.objects.values_list("key", flat=True)) == [
        f"{FACT.event_id}:tests.handler",
        f"{FACT.event_id}:tests.other",
    ]


def test_a_field_that_a_class_lost_is_left_out():
    kept = as_json(FACT) | {"gone": 1}

    assert rebuild(Judged, kept) == FACT


def test_a_fact_cannot_carry_an_object():
    with pytest.raises(TypeError, match="object"):
        as_json({"a": object()})


@given(
    st.builds(
        Judged,
        at=st.datetimes(timezones=st.just(UTC)),
        by_id=st.none() | st.integers(),
        evaluation_id=st.integers(),
        agent_ids=st.lists(st.integers()).map(tuple),
        percent=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        on=st.dates(),
        changed=st.frozensets(st.text()),
        counters=st.none() | st.dictionaries(st.text(), st.integers()),
        reference=st.none() | st.uuids(),
    )
)
def test_any_fact_comes_back_as_it_was(fact):
    assert rebuild(Judged, as_json(fact)) == fact


@dataclass(frozen=True, kw_only=True)
class Overruled(Event):
    reason: str


@pytest.mark.django_db
def test_a_handler_of_several_facts_gets_each_as_its_own_class(handled, monkeypatch):
    seen = []

    def react(fact: Judged | Overruled) -> None:
        seen.append(fact)

    events.subscribe(Judged, react, durable=True)
    events.subscribe(Overruled, react, durable=True)
    overruled = Overruled(at=AT, by_id=None, reason="Another agent spoke.")
    events.publish(overruled)
    run_waiting_jobs()

    assert seen == [overruled]


def test_a_fact_that_nobody_reacts_to_has_no_handler(handled):
    with pytest.raises(KeyError):
        events.durable_handler("tests.nowhere.react", events.fact_name(Judged))
