"""Facts are what raw rows say, whatever happens in between."""

import json
import signal
import time
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from crm import repeats
from crm.events import InteractionRecorded
from crm.models import Interaction, InteractionDisposition, QueueVisit
from ops import jobs
from ops.jobs import enqueue
from reports import figures, handlers, rollups
from reports.definitions import parse
from reports.evidence import evidence
from reports.models import DayQueueFact, DayRepeatFact, DayWaitCount, FactDay
from reports.periods import Period
from reports.rollups import building, marking
from reports.rollups.repeats import horizon
from reports.slices import Slice
from reports.sums import Reader
from tests.factories.crm import SegmentFactory
from tests.factories.reports import QueueThresholdFactory
from tests.races import ended, in_child, together
from tests.reports.worlds import MONDAY, Center

LATER = MONDAY + timedelta(days=30)
SLUGS = (
    *("sl3-tq-lte", "sl1-t20-lte", "sl2-t20-lt", "sl4-t660-lte", "sl5-t20-lte-s5"),
    *("sl6-t20-lte-s3", "sl7-t20-lte", "sl8-t86400-lte", "slc-none-both-flow-t3-lte-s3"),
    *("asa1", "asa2", "asa3", "ata1", "pat1", "ab1", "ab2-s5", "ab3", "vol1"),
    *("aht1", "aht2", "aht1-active", "aht2-active", "aht1-slot", "aht2-slot", "tr1"),
    *("fcr1-w1-customer-any", "fcr2-w1-customer-any"),
    *("fcr1-w1-queue-any", "rep1-w7-customer-same"),
    *("fcr1-w1-disposition-any", "fcr2-w1-disposition-any", "rep1-w7-disposition-any"),
)


@pytest.fixture
def center(db):
    return Center()


def built(center, at=LATER):
    rollups.rebuild(center.days, at=at)
    return Slice(Period(center.days[0], center.days[-1]))


def test_every_figure_has_the_evidence_it_counts(center):
    center.dispose()
    piece = built(center)
    reader = Reader(piece)
    for slug in SLUGS:
        definition = parse(slug)
        measured, found = figures.value(definition, reader), evidence(definition, piece)

        counts = found.counts()

        counted = measured.denominator if definition.key != "pat" else None
        if definition.key == "vol":
            counted = measured.numerator
        if counted is not None:
            assert counts.get("", 0) == counted, slug
        if definition.is_share:
            assert found.hits() == measured.numerator, slug
        everyone = found.rows.count() + (found.before_queue.count() if found.before_queue else 0)
        assert sum(counts.values()) == everyone, slug


def test_narrowed_figures_still_have_their_evidence(center):
    period, team, queue = built(center).period, center.teams[0].pk, center.queues[0].pk
    pieces = [
        Slice(period, channel="chat"),
        Slice(period, queues=frozenset({queue})),
        Slice(period, team=team, owned=frozenset({queue})),
        Slice(period, agent=center.agents[2].pk),
    ]
    for piece in pieces:
        for slug in ("aht1", "aht2", "aht2-slot", "tr1", "fcr1-w1-customer-any", "sl3-t20-lte"):
            definition = parse(slug)

            measured = figures.value(definition, Reader(piece))

            assert measured.n == evidence(definition, piece).counts().get("", 0), (piece, slug)
    assert figures.why_not(parse("sl3-t20-lte"), pieces[-1]).startswith("Waiting belongs")
    assert figures.value(parse("sl3-t20-lte"), Reader(pieces[-1])).value is None


def test_any_threshold_is_exact(center):
    piece = built(center)
    for t in (0, 2, 3, 20, 600, 660, 720, 89_999 // 3600 * 3600, 90_000, 604_800):
        measured = figures.value(parse(f"sl3-t{t}-lte"), Reader(piece))

        visits = QueueVisit.objects.filter(
            outcome="answered", wait_seconds__lte=t, interaction__direction="inbound"
        )
        assert measured.numerator == visits.count()


def test_days_add_up_to_the_whole(center):
    reader = Reader(built(center))
    for slug in SLUGS:
        definition = parse(slug)
        days = figures.measure(definition, reader, ("day",)).values()

        whole = figures.value(definition, reader)

        assert whole.numerator == sum(day.numerator for day in days)
        if definition.key != "vol":
            assert whole.denominator == sum(day.denominator for day in days)


def contacts_of_chains():
    rows = Interaction.objects.filter(
        direction="inbound", outcome="handled", customer__isnull=False
    ).order_by("started_at", "pk")
    never = InteractionDisposition.objects.filter(
        disposition__is_no_repeat=True, superseded_at__isnull=True
    )
    return rows.exclude(pk__in=never.values("interaction"))


def test_repeats_by_disposition_share_one_that_is_in_force(center):
    center.dispose()
    InteractionDisposition.objects.filter(pk__in=range(1, 9999, 7)).update(superseded_at=LATER)
    reader = Reader(built(center))

    measured = figures.value(parse("rep1-w7-disposition-any"), reader)

    given = defaultdict(set)
    for row in InteractionDisposition.objects.filter(superseded_at__isnull=True):
        given[row.interaction_id].add(row.disposition_id)
    rows = [row for row in contacts_of_chains() if given[row.pk]]
    repeats_found = sum(
        any(
            one.customer_id == row.customer_id
            and given[one.pk] & given[row.pk]
            and timedelta() <= row.started_at - one.started_at < timedelta(days=7)
            for one in rows[:at]
        )
        for at, row in enumerate(rows)
    )
    assert (measured.numerator, measured.denominator) == (repeats_found, len(rows))
    assert 0 < repeats_found < figures.value(parse("rep1-w7-customer-any"), reader).numerator


def test_what_is_said_to_be_no_repeat_counts_in_no_chain(center):
    before = figures.value(parse("rep1-w7-customer-any"), Reader(built(center)))

    center.dispose()
    after = figures.value(parse("rep1-w7-customer-any"), Reader(built(center)))

    assert after.denominator == contacts_of_chains().count() < before.denominator


def test_repeats_are_those_of_the_customer_record(center):
    reader = Reader(built(center))

    measured = figures.value(parse("fcr1-w1-customer-any"), reader)
    net = figures.value(parse("fcr2-w1-customer-any"), reader)

    rows = contacts_of_chains()
    contacts = [repeats.Contact(row.customer_id, row.started_at) for row in rows]
    known = horizon(LATER)
    right = repeats.resolution(contacts, 86_400, known.data_from, known.data_until)
    assert measured.denominator == right.gross.eligible
    assert measured.denominator - measured.numerator == right.gross.repeated
    assert net.denominator == right.net.eligible


def test_a_new_threshold_counts_from_its_day_on(center):
    piece = built(center)
    before = figures.measure(parse("sl3-tq-lte"), Reader(piece), ("day", "queue"))

    QueueThresholdFactory(
        queue=center.queues[0], threshold_seconds=3, short_seconds=3, effective_on=center.days[1]
    )
    built(center)

    after = figures.measure(parse("sl3-tq-lte"), Reader(piece), ("day", "queue"))
    changed = {key for key in before if before[key] != after[key]}
    assert changed
    assert all(key[0] >= center.days[1] and key[1] == center.queues[0].pk for key in changed)
    found = evidence(parse("sl3-tq-lte"), piece)
    assert found.hits() == figures.value(parse("sl3-tq-lte"), Reader(piece)).numerator


def test_a_day_of_another_zone_moves_the_facts(center, settings):
    built(center)
    settings.TIME_ZONE = "America/New_York"

    rollups.rebuild([center.days[0] - timedelta(days=1), *center.days], at=LATER)

    assert rollups.check_days(center.days, at=LATER).findings == []
    assert DayQueueFact.objects.filter(on_date=center.days[0] - timedelta(days=1)).exists()


# --- Marks ---------------------------------------------------------------------------------------


def test_refresh_takes_the_newest_day_first_and_leaves_young_marks(center):
    rollups.mark(center.days, at=LATER, families=["queues"])
    rollups.mark([date(2026, 6, 1)], at=LATER + timedelta(seconds=9), families=["queues"])

    assert rollups.refresh(seconds=0, at=LATER + timedelta(seconds=10)) == 0
    assert rollups.refresh(seconds=30, at=LATER + timedelta(seconds=10)) == 3
    assert FactDay.objects.dirty().get().on_date == date(2026, 6, 1)


def test_days_that_the_job_made_stay_made_when_it_breaks(center, monkeypatch):
    class Broken:
        def write(self, span):
            if span.on_date == center.days[0]:
                raise ZeroDivisionError

    monkeypatch.setitem(building.FAMILIES, "queues", (*building.FAMILIES["queues"], Broken()))
    FactDay.objects.all().delete()
    rollups.mark(center.days, at=timezone.now() - timedelta(minutes=1), families=["queues"])
    run = enqueue("reports.refresh_facts", key="a")

    jobs.run(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.error_class) == ("waiting", "ZeroDivisionError")
    assert run.cursor == {"days": len(center.days) - 1}
    assert FactDay.objects.dirty().get().on_date == center.days[0]


def test_a_recorded_interaction_marks_its_day_and_the_repeats_around_it(center):
    built(center)
    row = center.interaction(999)
    fact = InteractionRecorded(
        at=LATER,
        by_id=None,
        interaction_id=row.pk,
        channel=row.channel,
        queue_id=row.queue_id,
        agent_ids=(),
        started_at=row.started_at,
        ended_at=None,
        outcome=row.outcome,
    )

    handlers._marked.clear()
    handlers.mark_recorded(fact)
    handlers.mark_recorded(fact)

    stale = FactDay.objects.dirty()
    assert stale.get(family="queues").on_date == row.started_at.date()
    assert stale.get(family="queues").marked == 2
    assert stale.filter(family="repeats").count() == 3


def test_a_lost_fact_is_found_by_the_sweep(center):
    built(center)
    row = center.interaction(999)
    day = row.started_at.date()
    assert rollups.check_days([day], families=["queues"], at=timezone.now()).findings != []
    FactDay.objects.update(built=1, marked=1)

    marking.sweep(timezone.now() - timedelta(minutes=1), at=timezone.now() - timedelta(minutes=1))
    rollups.refresh(seconds=60)

    assert rollups.check_days(center.days, at=timezone.now()).findings == []
    assert not FactDay.objects.dirty().exists()


def test_windows_that_closed_are_judged_again(center):
    built(center, at=MONDAY + timedelta(days=3))
    FactDay.objects.update(built_at=MONDAY + timedelta(days=3, hours=1))

    marking.mark_closed_windows(at=MONDAY + timedelta(days=12))

    assert FactDay.objects.dirty().filter(family="repeats").count() == 3
    assert not FactDay.objects.dirty().exclude(family="repeats").exists()


# --- Checking and commands -----------------------------------------------------------------------


def test_a_corrupted_cell_is_found_told_and_repaired(center):
    built(center)
    DayWaitCount.objects.filter(pk=DayWaitCount.objects.first().pk).update(visits=77)

    out = StringIO()
    with pytest.raises(SystemExit) as ending:
        call_command("check_rollups", stdout=out)

    told = {row["family"]: row for row in json.loads(out.getvalue())}
    assert ending.value.code == 1
    assert told["queues"]["mismatches"] == 2
    assert told["people"]["mismatches"] == 0
    rollups.refresh(seconds=60, at=timezone.now() + timedelta(minutes=1))
    call_command("check_rollups", stdout=StringIO())


def test_rebuilding_twice_is_rebuilding_once(center):
    call_command("rebuild_rollups", stdout=StringIO())
    before = list(DayRepeatFact.objects.order_by("pk").values_list("rule", "contacts"))

    call_command("rebuild_rollups", "--family", "repeats", stdout=StringIO())

    assert sorted(DayRepeatFact.objects.values_list("rule", "contacts")) == sorted(before)


def test_an_unknown_family_is_wrong_use(center):
    with pytest.raises(CommandError) as error:
        call_command("rebuild_rollups", "--family", "nonsense", stdout=StringIO())

    assert error.value.returncode == 2


def test_the_command_prints_what_pages_show(center):
    built(center)
    out = StringIO()
    call_command(
        *("kpis", "--definition", "sl3-t20-lte", "--from", "2026-05-04", "--to", "2026-05-06"),
        *("--by", "queue"),
        stdout=out,
    )

    rows = json.loads(out.getvalue())
    whole = figures.value(parse("sl3-t20-lte"), Reader(Slice(Period(*center.days[::2]))))
    assert sum(row["numerator"] for row in rows) == whole.numerator
    assert {row["key"] for row in rows} == {queue.pk for queue in center.queues}
    assert set(rows[0]) >= {"definition", "value", "low", "high", "n", "verdict", "cutoff_at"}


def printed(*options):
    out = StringIO()
    call_command("kpis", "--from", "2026-05-04", "--to", "2026-05-06", *options, stdout=out)
    return json.loads(out.getvalue())


def test_the_command_takes_the_filters_of_the_page(center):
    piece = built(center)
    team, agent = center.teams[0], center.agents[2]
    chosen = replace(piece, channel="chat", direction="", team=team.pk, agent=agent.pk)

    by_name = printed(
        *("--def.aht", "aht2", "--def.tr", "tr1", "--channel", "chat", "--direction", "any"),
        *("--team", team.name, "--agent", agent.email),
    )
    by_id = printed(
        *("--definition", "aht2", "--channel", "chat", "--direction", "any"),
        *("--team", str(team.pk), "--agent", str(agent.pk)),
    )

    assert [row["definition"] for row in by_name] == ["aht2", "tr1"]
    assert by_name[0] | {"cutoff_at": ""} == by_id[0] | {"cutoff_at": ""}
    right = figures.value(parse("aht2"), Reader(chosen))
    assert (by_id[0]["n"], by_id[0]["numerator"]) == (right.n, right.numerator)
    assert by_id[0]["n"] > 0
    hours = printed("--definition", "vol1", "--by", "hour", "--queue", center.queues[0].name)
    assert len(hours) == 72
    assert "excluded" in hours[0]


def test_the_command_sees_with_the_rights_of_a_person(center):
    built(center)

    own = printed("--definition", "vol1", "--by", "queue", "--as", center.supervisor.email)

    assert [row["key"] for row in own] == [center.queues[0].pk]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--definition", "aht1", "--queue", "No such"), "no queue with the name"),
        (("--definition", "aht1", "--team", "999999"), "not one of the available choices"),
        (("--definition", "aht1", "--channel", "pigeon"), "not one of the available choices"),
        (("--definition", "aht1", "--direction", "up"), "not one of the available choices"),
        (("--def.sl", "aht1"), "aht1 is no definition of sl."),
        (("--definition", "aht1", "--by", "hour"), "Kept by day"),
        (("--definition", "rr1"), "Say with --as whose rights count"),
        (("--definition", "rr1", "--as", "nobody@example.com"), "nobody with the e-mail"),
        ((), "Name a definition"),
    ],
)
def test_the_command_refuses_with_a_sentence(db, options, sentence):
    with pytest.raises(CommandError) as error:
        printed(*options)

    assert sentence in str(error.value)
    assert error.value.returncode == 2


def test_the_command_refuses_an_untracked_segment_and_too_many_days(db):
    SegmentFactory(name="Gold")

    with pytest.raises(CommandError, match="Turn on tracking first"):
        printed("--definition", "vol1", "--segment", "Gold")
    with pytest.raises(CommandError, match="731 days"):
        printed("--definition", "vol1", "--to", "2029-05-06")


@pytest.mark.parametrize("slug", ["sl9", "sl3-t601-lte"])
def test_the_command_refuses_what_is_no_definition(slug, db):
    with pytest.raises(CommandError):
        call_command("kpis", "--definition", slug, "--from", "2026-05-04", "--to", "2026-05-06")


# --- Races and crashes ---------------------------------------------------------------------------


def build_at_once(_number):
    return building.build("queues", MONDAY.date(), at=LATER)


def rounds():
    """Two workers at one day, again and again; what differed in the end, and what failed."""
    failed = []
    for _round in range(6):
        rollups.mark([MONDAY.date()], at=LATER, families=["queues"])
        results = together(build_at_once, 2)
        failed += [one for one in results if isinstance(one, Exception)]
        built_by = [one for one in results if one is True]
        if len(built_by) != 1:
            failed.append(built_by)
    return failed


@pytest.mark.race
def test_two_workers_make_a_day_once(race_database):
    Center(interactions=30, days=1)

    assert rounds() == []
    assert rollups.check_days([MONDAY.date()], at=LATER).findings == []


@pytest.mark.race
def test_two_workers_without_the_lock_meet(race_database, monkeypatch):
    Center(interactions=30, days=1)
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "fact_day")

    assert rounds()


@pytest.mark.race
def test_a_change_while_facts_are_made_is_made_again(race_database, monkeypatch):
    Center(interactions=30, days=1)
    rollups.mark([MONDAY.date()], at=LATER, families=["queues"])
    monkeypatch.setenv("ATTUNE_TEST_FAILPOINT", "facts.after_table:sleep:0.2")

    def build_or_mark(number):
        if number == 0:
            return build_at_once(number)
        time.sleep(0.3)
        return rollups.mark([MONDAY.date()], at=LATER, families=["queues"])

    assert together(build_or_mark, 2) == [True, None]

    assert FactDay.objects.get(family="queues").is_dirty


@pytest.mark.race
def test_a_worker_killed_between_tables_leaves_the_day_as_it_was(race_database):
    center = Center(interactions=30, days=1)
    rollups.rebuild(center.days, at=LATER)
    before = list(DayQueueFact.objects.order_by("pk").values_list("queue_key", "answered"))
    center.interaction(999, days=1)
    rollups.mark(center.days, at=LATER, families=["queues"])

    child = in_child(lambda: build_at_once(0), ATTUNE_TEST_FAILPOINT="facts.after_table:kill")
    assert ended(child) == -signal.SIGKILL

    connections.close_all()
    assert list(DayQueueFact.objects.order_by("pk").values_list("queue_key", "answered")) == before
    rollups.refresh(seconds=60, at=LATER + timedelta(minutes=1))
    assert rollups.check_days(center.days, at=LATER).findings == []
