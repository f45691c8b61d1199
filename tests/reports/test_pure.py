"""Pure arithmetic of reports: the printed examples, and what must hold for any input."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reports import kpis, periods, risk
from reports.definitions import (
    DEFAULTS,
    BadParameter,
    Definition,
    UnknownDefinition,
    alternatives,
    parse,
)
from reports.kinds import KINDS, SERVICE_LEVELS
from reports.kpis import VisitCounts
from reports.self_test import EXAMPLES, failures

COUNTS = st.integers(0, 10_000)
THRESHOLDS = st.one_of(
    st.integers(0, 600),
    st.integers(11, 1440).map(lambda minutes: minutes * 60),
    st.integers(25, 168).map(lambda hours: hours * 3600),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_printed_example_comes_out(example):
    got, is_right = example.result()

    assert is_right, f"{example.what}: {got}, not {example.expected}"


def test_self_test_names_what_no_longer_comes_out():
    assert failures() == []


# --- Definitions ---------------------------------------------------------------------------------


@st.composite
def slugs(draw):
    t = draw(THRESHOLDS)
    comparator = "lt" if 1 <= t <= 600 and draw(st.booleans()) else "lte"
    s = draw(st.integers(0, min(60, t)))
    windows = f"w{draw(st.integers(1, 90))}-{draw(st.sampled_from(['customer-any', 'queue-same']))}"
    return draw(
        st.sampled_from(
            [
                *(f"sl{n}-t{t}-{comparator}" for n in (1, 2, 3, 4, 7, 8)),
                *(f"sl{n}-t{t}-{comparator}-s{s}" for n in (5, 6)),
                f"slc-within-both-flow-t{t}-{comparator}-s{s}",
                f"slc-none-within-own-t{t}-{comparator}",
                "sl3-tq-lte",
                f"ab2-s{s}",
                f"fcr1-{windows}",
                f"rep1-{windows}",
                f"wp{draw(st.integers(1, 99))}",
                *(
                    "asa1",
                    "ata1",
                    "pat1",
                    "ab1",
                    "aht2",
                    "aht1-slot",
                    "tr1-blind",
                    "oc2",
                    "cea1-customer",
                ),
            ]
        )
    )


@given(slugs())
def test_slug_is_read_back_into_itself(slug):
    assert parse(slug).slug == slug


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "sl9-t20-lte",
        "sl3",
        "sl3-t020-lte",
        "sl3-t20-lte-s",
        "asa1 ",
        "SL3-t20-lte",
        "wp0",
        "wp100",
    ],
)
def test_unknown_slug_is_no_definition(slug):
    with pytest.raises(UnknownDefinition, match=r"No such definition\."):
        parse(slug)


@pytest.mark.parametrize(
    ("slug", "sentence"),
    [
        ("sl3-t604801-lte", "at most 604,800 seconds"),
        ("sl3-t601-lte", "whole minutes"),
        ("sl3-t86460-lte", "whole hours"),
        ("sl3-t660-lt", "1 to 600"),
        ("sl3-tq-lt", "use lte"),
        ("sl5-t20-lte", "needs a length of short abandons"),
        ("sl3-t20-lte-s5", "does not use short abandons"),
        ("sl6-t20-lte-s21", "not longer than the threshold"),
        ("ab2-s61", "at most 60 seconds"),
        ("fcr1-w91-customer-any", "1 to 90 days"),
    ],
)
def test_parameter_outside_its_limit_is_named(slug, sentence):
    with pytest.raises(BadParameter, match=sentence):
        parse(slug)


@pytest.mark.parametrize("key", KINDS)
def test_every_kpi_has_a_default_with_words(key):
    definition = parse(DEFAULTS[key])

    assert definition.key == key
    assert definition.label.startswith(KINDS[key].title)
    assert definition.formula[0]
    assert definition in alternatives(definition)


def test_all_eight_service_levels_stand_beside_any():
    shown = alternatives(parse("sl6-t30-lt-s4"))

    assert [one.name for one in shown] == [f"sl{number}" for number in range(1, 9)]
    assert {one.short for one in shown} == {None, 4}
    assert shown[5].slug == "sl6-t30-lt-s4"


# --- Service level ------------------------------------------------------------------------------


@st.composite
def visit_counts(draw):
    a, b, f = draw(COUNTS), draw(COUNTS), draw(COUNTS)
    within, short = draw(st.integers(0, b)), draw(st.integers(0, b))
    return VisitCounts(
        a,
        b,
        f,
        draw(st.integers(0, a)),
        within,
        draw(st.integers(0, f)),
        short=min(short, within),
        short_or_within=max(short, within),
    )


@given(visit_counts())
def test_service_levels_keep_their_order(counts):
    value = {
        variant: kpis.service_level(counts, Definition("sl", variant, switches=switches)).percent
        for variant, switches in SERVICE_LEVELS.items()
    }
    assume(all(percent is not None for percent in value.values()))

    assert value["2"] >= value["3"]
    assert value["1"] >= value["3"]
    assert value["6"] <= value["4"] + 1e-9
    assert all(0 <= percent <= 100 for percent in value.values())


def test_short_and_in_time_are_left_out_once():
    definition = parse("slc-none-both-own-t20-lte-s5")
    counts = VisitCounts(10, 8, 0, 6, abandoned_within=4, short=2, short_or_within=4)

    assert kpis.service_level(counts, definition) == kpis.Share(6, 14)


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=1))
def test_a_union_is_the_sum_of_both_parts(parts):
    shares = [kpis.Share(min(pair), max(pair)) for pair in parts]
    whole = sum(shares, kpis.Share(0, 0))

    assert whole.numerator == sum(share.numerator for share in shares)
    assert (whole.percent is None) == (whole.denominator == 0)


@given(st.integers(0, 604_800), THRESHOLDS)
def test_the_grid_is_exact_for_every_threshold(wait, threshold):
    assert (kpis.grid(wait) <= threshold) == (wait <= threshold)


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(1, 99))
def test_percentile_is_a_wait_that_enough_do_not_exceed(waits, percent):
    counts = {wait: waits.count(wait) for wait in waits}

    found = kpis.wait_percentile(counts, percent)

    assert found in waits
    assert 100 * sum(wait <= found for wait in waits) >= percent * len(waits)


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)).map(sorted)))
def test_union_of_spans_is_never_longer_than_the_interval(spans):
    covered = kpis.union_seconds([tuple(span) for span in spans], 100, 800)

    assert covered == len({second for a, b in spans for second in range(max(a, 100), min(b, 800))})


# --- Showing -------------------------------------------------------------------------------------


@given(st.floats(0, 100), st.sampled_from([70.0, 80.0, 99.5]))
def test_a_value_is_never_shown_on_or_across_its_target(value, target):
    assume(value != target)

    text = kpis.show(value, "percent", target).removesuffix(" %")

    if text.startswith("<"):
        assert value < target
    elif text.startswith(">"):
        assert value > target
    else:
        assert (float(text) > target) == (value > target)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (10.04, "points", "+10.0"),
        (-0.04, "points", "0.0"),
        (-12.25, "points", "−12.3"),
        (59.94, "seconds", "59.9 s"),
        (59.96, "seconds", "1:00"),
        (3600, "seconds", "1:00:00"),
        (33344, "count", "33,344"),
        (0.18, "ratio", "0.18"),
        (84.625, "score", "84.6"),
    ],
)
def test_units_have_their_own_looks(value, unit, shown):
    assert kpis.show(value, unit) == shown


def test_lower_is_better_is_judged_in_the_mirror():
    assert kpis.verdict(250, 240, 260, 100, 300, 420, "lower", 30) == "met"
    assert kpis.verdict(450, 430, 470, 100, 300, 420, "lower", 30) == "critical"
    assert kpis.verdict(300, None, None, 100, 300, None, "lower", 30) == "met"
    assert kpis.verdict(None, None, None, 0, 300, None, "lower", 30) == "none"


# --- Periods -------------------------------------------------------------------------------------

DAYS = st.dates(date(1996, 1, 1), date(2040, 12, 31))


@given(DAYS, st.integers(0, 400))
def test_the_period_before_ends_the_day_before(start, length):
    end = start + timedelta(days=length)

    begins, ends = periods.previous(start, end, "previous")

    assert ends == start - timedelta(days=1)
    if periods.whole_unit(start, end) is None:
        assert ends - begins == end - start


@pytest.mark.parametrize(
    ("start", "end", "rule", "before"),
    [
        ("2026-10-12", "2026-10-18", "weekdays", ("2025-10-13", "2025-10-19")),
        ("2024-02-29", "2024-02-29", "last_year", ("2023-02-28", "2023-02-28")),
        ("2024-02-01", "2024-02-29", "last_year", ("2023-02-01", "2023-02-28")),
        ("2026-01-01", "2026-12-31", "previous", ("2025-01-01", "2025-12-31")),
        ("2026-04-01", "2026-06-30", "previous", ("2026-01-01", "2026-03-31")),
    ],
)
def test_periods_to_compare_with(start, end, rule, before):
    found = periods.previous(date.fromisoformat(start), date.fromisoformat(end), rule)

    assert tuple(on.isoformat() for on in found) == before


@given(DAYS, st.integers(0, 2000), st.sampled_from(["day", "week", "month"]))
def test_steps_cover_the_period_and_fit_into_a_picture(start, length, by):
    period = periods.Period(start, start + timedelta(days=length))
    by = periods.fitting(period, by)

    found = periods.steps(period, by)

    assert found[0] <= period.start
    assert found[-1] <= period.end < periods.next_start(found[-1], by)
    assert len(found) <= periods.MOST_STEPS


# --- Risk ----------------------------------------------------------------------------------------


def test_a_satisfied_answer_relieves_only_what_is_older():
    today = date(2026, 6, 1)
    complaint = risk.Fact("R5", today - timedelta(days=9))
    relieved = risk.risk([complaint, risk.Fact("R9", today)], risk.RULES, today)
    not_relieved = risk.risk([complaint, risk.Fact("R9", complaint.on)], risk.RULES, today)

    assert (relieved.score, not_relieved.score) == (3, 18)


@given(st.lists(st.tuples(st.sampled_from(sorted(risk.RULES)), st.integers(0, 120))))
def test_points_add_up_to_the_score(given_facts):
    today = date(2026, 6, 1)
    facts = [risk.Fact(rule, today - timedelta(days=age)) for rule, age in given_facts]

    found = risk.risk(facts, risk.RULES, today)

    exact = sum(one.points for one in found.contributions)
    assert found.score == int(min(100, max(0, exact)) + risk.Fraction(1, 2))
    assert 0 <= found.score <= 100
