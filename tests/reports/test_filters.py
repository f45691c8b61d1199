"""What a page of figures can be narrowed to and grouped by: page, file and API say the same."""

import csv
import io
import os
from datetime import date, timedelta
from random import Random

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from crm.events import DispositionSet
from crm.models import Disposition, Interaction, InteractionDisposition
from reports import figures, handlers, printing, rollups
from reports.definitions import parse
from reports.evidence import evidence
from reports.forms import BY
from reports.models import DayDispositionFact, DayQueueFact, FactDay
from reports.periods import Period, moments
from reports.rows import key_text
from reports.slices import Slice
from reports.sums import Reader
from tests.factories.accounts import ApiTokenFactory
from tests.factories.crm import SegmentFactory
from tests.factories.reports import TrackedSegmentFactory
from tests.reports.worlds import MONDAY, Center

LATER = MONDAY + timedelta(days=30)
DAYS = "period=days&begin=2026-05-04&end=2026-05-06"
FILTER_SETS = int(os.environ.get("FILTER_SETS", "80"))
OF_QUARTERS = ("vol1", "sl3-tq-lte", "sl8-tq-lte", "asa1", "asa2", "asa3", "ata1", "ab1", "ab3")


@pytest.fixture
def center(db):
    center = Center()
    rollups.rebuild(center.days, at=LATER)
    return center


@pytest.fixture
def segment(center):
    """Three of the customers, tracked."""
    for customer in center.customers[:3]:
        customer.is_vip = True
        customer.save()
    rules = [{"field": "vip", "operator": "is", "value": "yes"}]
    segment = SegmentFactory(name="VIP", conditions={"match": "all", "rules": rules})
    TrackedSegmentFactory(segment=segment)
    rollups.rebuild(center.days, at=LATER)
    return segment


@pytest.fixture
def dispositions(center):
    """Every second interaction has one, every sixth two."""
    codes = [Disposition.objects.create(code=code, label=code) for code in ("billing", "moving")]
    for number, row in enumerate(Interaction.objects.order_by("pk")):
        for place, code in enumerate(codes):
            if number % (2 + 4 * place) == 0:
                InteractionDisposition.objects.create(interaction=row, disposition=code, at=LATER)
    rollups.rebuild(center.days, at=LATER)
    return codes


def slice_of(center, **more):
    return Slice(Period(center.days[0], center.days[-1]), **more)


# --- By quarter hour and hour -------------------------------------------------------------------


@pytest.mark.parametrize("by", ["interval", "hour"])
@pytest.mark.parametrize("slug", OF_QUARTERS)
def test_parts_of_days_add_up_to_the_days(center, by, slug):
    definition, reader = parse(slug), Reader(slice_of(center))

    parts = figures.measure(definition, reader, (by,))

    days = figures.value(definition, reader)
    assert sum(part.numerator for part in parts.values()) == days.numerator
    assert sum(part.n for part in parts.values()) == days.n
    step = 15 if by == "interval" else 60
    assert all(key[0].minute % step == 0 for key in parts)


@pytest.mark.parametrize(
    ("on", "by", "count"),
    [
        (date(2026, 3, 29), "interval", 92),
        (date(2026, 10, 25), "interval", 100),
        (date(2026, 3, 29), "hour", 23),
        (date(2026, 10, 25), "hour", 25),
    ],
)
def test_a_day_of_a_clock_change_has_the_hours_it_has(on, by, count):
    assert len(moments(Period(on, on), by, "Europe/Berlin")) == count


def test_an_hour_is_that_of_the_clock_of_the_site():
    found = moments(Period(date(2026, 5, 4), date(2026, 5, 4)), "hour", "Asia/Kathmandu")

    assert (len(found), found[0].minute) == (24, 15)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("by=interval&period=last_28", "By quarter hour, choose at most 7 days."),
        ("by=hour&period=last_90", "By hour, choose at most 31 days."),
    ],
)
def test_a_page_shows_no_more_parts_of_days_than_it_holds(client, center, query, sentence):
    client.force_login(center.admin)

    response = client.get(f"/reports/operations/?{query}")

    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_a_threshold_of_ones_own_is_not_told_by_quarter_hour(client, center):
    client.force_login(center.admin)

    page = client.get(f"/reports/operations/?{DAYS}&by=interval&def.sl=sl3-t45-lte")
    values = api(program(center.admin), "sl3-t45-lte", by="interval")

    sentence = "show it as sl3-tq-lte."
    assert sentence in page.content.decode()
    assert values.status_code == 400
    assert sentence in values.content.decode()


# --- By disposition ------------------------------------------------------------------------------


def test_dispositions_count_what_was_handled(center, dispositions):
    reader = Reader(slice_of(center, direction=""))

    found = figures.measure(parse("hand1"), reader, ("disposition",))

    rows = Interaction.objects.filter(leg_count=1)
    right = {
        (code.pk,): rows.filter(dispositions__disposition=code).count() for code in dispositions
    }
    right[(0,)] = rows.filter(dispositions=None).count()
    assert {key: measured.n for key, measured in found.items()} == right
    whole = figures.measure(parse("hand1"), reader)[()].n
    assert right[0,] + rows.filter(dispositions__disposition=dispositions[0]).count() == whole


def test_a_disposition_taken_back_is_not_counted(center, dispositions):
    InteractionDisposition.objects.update(superseded_at=LATER)

    rollups.rebuild(center.days, at=LATER)

    assert set(DayDispositionFact.objects.values_list("disposition_key", flat=True)) == {0}


def test_a_disposition_that_was_set_marks_its_day(client, center, dispositions):
    row = Interaction.objects.first()
    fact = DispositionSet(at=LATER, by_id=None, interaction_id=row.pk, leg_id=None, codes=())

    handlers.mark_disposition(fact)

    stale = FactDay.objects.dirty()
    (worked,) = stale.filter(family="people")
    assert worked.on_date == row.started_at.date()
    assert stale.filter(family="repeats").count() == 3
    assert not stale.exclude(family__in=("people", "repeats")).exists()


def test_the_table_by_disposition_says_that_lines_overlap(client, center, dispositions):
    client.force_login(center.admin)

    body = client.get(f"/reports/operations/?{DAYS}&by=disposition").content.decode()

    assert "An interaction with two dispositions stands in both lines." in body
    assert "None given" in body
    assert "billing" in body


# --- Segments ------------------------------------------------------------------------------------


def test_a_segment_has_figures_of_its_own(center, segment):
    everybody, members = slice_of(center), slice_of(center, segment=segment.pk)
    for slug in ("vol1", "sl3-tq-lte", "sl3-t45-lte", "asa1", "wp80", "ab2-s5"):
        definition = parse(slug)

        measured = figures.value(definition, Reader(members))

        assert measured.n == evidence(definition, members).counts().get("", 0), slug
        assert 0 < measured.n < figures.value(definition, Reader(everybody)).n, slug


def test_sums_never_mix_a_segment_with_everybody(center, segment):
    piece = slice_of(center)
    before = {slug: figures.value(parse(slug), Reader(piece)) for slug in OF_QUARTERS}

    DayQueueFact.objects.filter(segment_key=segment.pk).delete()

    assert before == {slug: figures.value(parse(slug), Reader(piece)) for slug in OF_QUARTERS}


def test_what_people_do_is_not_told_of_segments(center, segment):
    piece = slice_of(center, segment=segment.pk)
    for slug in ("aht1", "aht2", "tr1", "fcr1-w7-customer-any", "oc1", "hand1"):
        assert figures.why_not(parse(slug), piece).startswith("Segments are counted in queues")
        assert figures.value(parse(slug), Reader(piece)).n == 0


def test_members_of_now_do_not_make_facts_wrong(center, segment):
    center.customers[0].is_vip = False
    center.customers[0].save()

    assert rollups.check_days(center.days, at=LATER).findings == []


def test_a_segment_whose_field_is_gone_has_nobody(center, segment):
    segment.conditions = {"match": "all", "rules": [{"field": "custom.gone", "operator": "is"}]}
    segment.save()

    rollups.rebuild(center.days, at=LATER)

    assert not DayQueueFact.objects.filter(segment_key=segment.pk).exists()
    assert DayQueueFact.objects.filter(segment_key=0).exists()


@pytest.mark.parametrize(("is_there", "status"), [(True, 422), (False, 400)])
def test_only_tracked_segments_are_filters(client, center, segment, is_there, status):
    other = SegmentFactory() if is_there else None
    client.force_login(center.admin)

    response = client.get(f"/reports/operations/?{DAYS}&segment={other.pk if other else 999}")

    assert response.status_code == status
    if is_there:
        assert "Turn on tracking first." in response.content.decode()


def test_the_page_says_whose_figures_they_are(client, center, segment):
    client.force_login(center.supervisor)

    body = client.get(f"/reports/operations/?{DAYS}&segment={segment.pk}").content.decode()

    assert "VIP, members when the figures were made" in body
    assert "Segments are counted in queues alone" in body


def test_tracking_makes_every_day_anew_and_ends_at_twenty(client, center):
    client.force_login(center.admin)
    url = reverse("admin:reports_trackedsegment_add")
    for number in range(20):
        TrackedSegmentFactory(segment=SegmentFactory(name=f"Number {number}"))
    rows = TrackedSegmentFactory._meta.model.objects
    other = SegmentFactory()

    refused = client.post(url, {"segment": other.pk})
    rows.last().delete()
    taken = client.post(url, {"segment": other.pk})

    assert "At most 20 segments are tracked." in refused.content.decode()
    assert (taken.status_code, rows.count()) == (302, 20)
    assert FactDay.objects.dirty().filter(family="queues").count() == len(center.days)


# --- Page, file and API --------------------------------------------------------------------------


def program(owner):
    token = ApiTokenFactory(owner=owner, scopes=["kpis:read"])
    return Client(headers={"Authorization": f"Bearer {token.text}"})


def api(client, slug, **more):
    asked = {"definition": slug, "from": "2026-05-04", "to": "2026-05-06", **more}
    return client.get("/api/v1/kpis/values/", asked)


def chosen_at_random(rng, center, segment):
    """Filters as somebody might click them together, and the days they are about."""
    choices = {
        "queue": [queue.pk for queue in center.queues],
        "channel": ["voice", "chat", "email"],
        "direction": ["outbound", "any"],
        "team": [team.pk for team in center.teams],
        "agent": [agent.pk for agent in center.agents],
        "segment": [segment.pk],
        "def.sl": ["sl1-t20-lte", "sl8-tq-lte", "sl6-t45-lte-s5"],
        "def.aht": ["aht2", "aht1-active", "aht2-slot"],
        "def.fcr": ["fcr2-w1-customer-any", "fcr1-w7-disposition-any"],
    }
    days = sorted(rng.choices(center.days, k=2)) if rng.random() < 0.5 else center.days[::2]
    return days, {
        name: rng.choice(choices[name])
        for name in rng.sample(sorted(choices), rng.choice((0, 1, 1, 2, 3)))
    }


def on_page(response):
    """(value, n) by key of a line and definition, and the same by name of the line."""
    by_key, by_name = {}, {}
    for line in response.context.get("table") or []:
        for column, found in zip(response.context["columns"], line.values, strict=True):
            told = None if found.value is None else round(found.value, 6), found.n
            by_key[key_text(line.key), column.slug] = told
            by_name[line.name, column.slug] = told
    return by_key, by_name


def in_file(response):
    text = b"".join(response).decode("utf-8-sig").split("\n", 1)[1]
    rows = csv.reader(io.StringIO(text))
    next(rows)
    return {
        (name, slug): (float(value) if value else None, int(n))
        for name, slug, _unit, value, _numerator, _denominator, n, _low, _high in rows
    }


def in_api(client, columns, by, days, asked):
    filters = {name: value for name, value in asked.items() if not name.startswith("def.")}
    filters |= {"from": days[0], "to": days[-1]}
    found = {}
    for definition in columns:
        if figures.why_not_by(definition, by):
            continue
        answer = api(client, definition.slug, by=by, **filters)
        assert answer.status_code == 200, answer.content
        for row in answer.json()["results"]:
            value = None if row["value"] is None else float(row["value"])
            found[row["key"], definition.slug] = value, row["n"]
    return found


@pytest.mark.parametrize("by", sorted(BY))
def test_page_and_file_and_api_tell_the_same(client, center, segment, dispositions, by):
    rng = Random(by)
    client.force_login(center.admin)
    for _round in range(FILTER_SETS // len(BY)):
        caller = program(center.admin)  # Each token has an allowance of its own.
        days, asked = chosen_at_random(rng, center, segment)
        query = {"period": "days", "begin": days[0], "end": days[-1], "by": by, **asked}

        page = client.get("/reports/operations/", query)
        file = client.get("/reports/operations/export.csv", query)

        by_key, by_name = on_page(page)
        assert in_file(file) == by_name, query
        told = in_api(caller, page.context.get("columns") or [], by, days, asked)
        lines = {key for key, _slug in by_key}
        for (key, slug), cell in by_key.items():
            assert told.get((key, slug), (None, 0)) == cell, (query, key, slug)
        assert all(cell[1] == 0 for (key, _slug), cell in told.items() if key not in lines), query


def test_programs_are_told_what_was_left_out_by_reason(center):
    (row,) = api(program(center.admin), "sl3-t20-lte").json()["results"]
    (about_people,) = api(program(center.admin), "sl3-t20-lte", agent=center.agents[0].pk).json()[
        "results"
    ]

    counts = evidence(parse("sl3-t20-lte"), slice_of(center)).counts()
    assert row["n"] == counts.pop("")
    assert row["excluded"] == counts
    assert (about_people["value"], about_people["excluded"]) == (None, None)
    assert about_people["note"] == "Waiting belongs to queues, not to people."


def test_programs_read_at_most_ten_thousand_rows(center):
    answer = api(program(center.admin), "vol1", by="interval", **{"from": "2026-01-01"})

    assert answer.status_code == 400
    assert "Narrow the filter." in answer.content.decode()


def test_a_document_and_the_quality_of_data_stand_beside_a_segment(client, center, segment):
    query = f"{DAYS}&segment={segment.pk}"
    (document,) = printing.gather(
        "operations", printing.Order(QueryDict(query), center.admin, LATER)
    )
    client.force_login(center.admin)

    page = client.get(f"/reports/data-quality/?{query}")

    assert "VIP, members when the figures were made" in document.html
    assert page.status_code == 200
