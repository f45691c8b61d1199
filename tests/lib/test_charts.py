"""Charts draw what the table says, escape what they are given, and hold in light and dark."""

import math
import re
from xml.etree import ElementTree

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st

from lib import charts, contrast
from lib.charts.drawing import COLORS, TONES, cut, text_width
from lib.charts.scales import axis

HOSTILE = "<script>alert(1)</script>\"&'\x00".replace("\x00", "")
VALUES = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=40)
SURFACES = ["#ffffff", "#f4f6f8", "#14181d", "#1b2027", "#0d1014"]


def line_of(values, **options):
    labels = [f"Day {number}" for number in range(len(values))]
    return charts.line(labels, [charts.Series("Value", values)], title="Values", **options)


def every_chart(text="Service level", values=(81.24, None, 60.0)):
    """One of each kind, with the text wherever text can stand."""
    labels = [text, f"{text} 2", f"{text} 3"]
    counts = [3, 2, 1]
    target = charts.Target(80, text)
    common = {"title": text, "message": text, "note": text}
    return {
        "line": charts.line(
            labels,
            [charts.Series(text, values), charts.Series(f"{text} b", values, values, values)],
            target=target,
            annotations=[(1, text)],
            **common,
        ),
        "sparkline": charts.sparkline(labels, values, title=text, target=80),
        "bars": charts.bars(labels, values, reference=values, target=target, **common),
        "lying bars": charts.bars(labels, values, lying=True, target=target, **common),
        "stacked_bars": charts.stacked_bars(labels, [(text, values), ("b", counts)], **common),
        "histogram": charts.histogram([0, 1, 5, 9], counts, threshold=target, **common),
        "pareto": charts.pareto(labels, counts, **common),
        "heat_map": charts.heat_map(labels, labels, [values] * 3, **common),
        "interval_dots": charts.interval_dots(
            labels, values, values, values, counts, target=target, min_n=3, **common
        ),
        "waterfall": charts.waterfall(
            [charts.Step(text, 100, is_total=True), charts.Step(text, -20.5)], **common
        ),
    }


KINDS = list(every_chart())


def test_the_last_label_of_a_heat_map_stays_on_the_sheet():
    days = [f"{day} Feb" for day in range(1, 29)]
    sheet = charts.heat_map(["IN"], days, [[50.0] * 28], title="t", width=560).svg
    x = float(re.search(r'<text x="([\d.]+)"[^>]*>28 Feb<', sheet)[1])

    assert x + text_width("28 Feb") / 2 <= 560


def test_every_kind_of_the_contract_is_there():
    contract = "line bars stacked_bars histogram heat_map interval_dots pareto sparkline waterfall"

    assert set(contract.split()) <= set(charts.__all__)


@pytest.mark.parametrize("kind", KINDS)
def test_picture_is_named_and_holds_nothing_active(kind):
    svg = every_chart()[kind].svg
    root = ElementTree.fromstring(svg)

    assert root.attrib["role"] == "img"
    assert root[0].tag == "title" and root[0].text
    assert root[1].tag == "desc" and root[1].text
    assert not re.search(r"<(style|script|foreignObject|image|use|a)\b|http|style=|\son\w+=", svg)
    assert len(svg) < 40_000


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_is_escaped_everywhere(kind):
    chart = every_chart(HOSTILE)[kind]

    whole = str(chart)

    assert "<script" not in whole
    ElementTree.fromstring(chart.svg)
    ElementTree.fromstring(f"<div>{whole.replace('&#x27;', '')}</div>")


@pytest.mark.parametrize("kind", KINDS)
def test_same_data_gives_the_same_bytes(kind):
    assert every_chart()[kind].svg == every_chart()[kind].svg


@pytest.mark.parametrize("kind", KINDS)
def test_table_has_a_cell_for_every_column(kind):
    columns, rows = every_chart()[kind].table

    assert rows
    assert all(len(row) == len(columns) for row in rows)


def test_sparkline_is_drawn_to_the_tenth_of_a_pixel():
    chart = charts.sparkline(["a", "b", "c"], [1, 3, 2], title="Trend", width=40, height=20)

    assert chart.svg == (
        '<svg class="chart-svg" role="img" width="40" height="20" viewBox="0 0 40 20" '
        'font-family="Inter, system-ui, sans-serif" font-size="11" font-variant="tabular-nums" '
        'fill="currentColor"><title>Trend: 3 values from 1.0 to 3.0</title>'
        "<desc>The same numbers stand in the table beside the chart.</desc>"
        '<path d="M4 16L20 4L36 10" fill="none" stroke="#1b86ad" stroke-width="1.5" '
        'stroke-linejoin="round"/><circle cx="36" cy="10" r="2.2" fill="#1b86ad" stroke="#1b86ad" '
        'stroke-width="1.5"/></svg>'
    )


def test_table_tells_what_the_line_shows():
    series = charts.Series("Service level", [81.25, None], [78, None], [84.26, None], [120, 0])

    chart = charts.line(
        ["1 Mar", "2 Mar"], [series], title="By day", show=charts.percent, label_header="Day"
    )

    assert chart.table == (
        ("Day", "Service level", "low", "high", "n"),
        (("1 Mar", "81.3 %", "78.0 %", "84.3 %", "120"), ("2 Mar", "–", "–", "–", "0")),
    )


@given(VALUES)
def test_no_point_is_drawn_for_a_missing_value(values):
    marks = line_of(values).svg.count("<circle")

    assert marks == sum(value is not None for value in values)


@given(VALUES)
def test_all_points_lie_inside_the_picture(values):
    root = ElementTree.fromstring(line_of(values).svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])

    for circle in root.iter("circle"):
        assert 0 <= float(circle.attrib["cx"]) <= width
        assert 0 <= float(circle.attrib["cy"]) <= height


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30), st.booleans())
def test_axis_holds_all_values_between_round_ticks(values, from_zero):
    for show in (charts.number, charts.percent, charts.seconds):
        scale = axis(values, show, from_zero=from_zero)

        assert scale.low <= min(values) and max(values) <= scale.high
        assert 2 <= len(scale.ticks) <= 9
        assert list(scale.ticks) == sorted(set(scale.ticks))


def test_values_close_together_cut_the_axis_and_the_note_says_so():
    chart = line_of([91.0, 94.5], show=charts.percent)

    assert chart.note == "The axis starts at 90 %."
    assert "The axis" not in line_of([20.0, 94.5], show=charts.percent).note


def test_bars_always_begin_at_zero():
    chart = charts.bars(["a", "b"], [91.0, 94.5], title="Share", show=charts.percent)

    assert chart.note == ""
    assert ">0 %<" in chart.svg


def test_point_on_too_little_is_hollow():
    series = charts.Series("QA", [80, 90], counts=[3, 40])

    svg = charts.line(["a", "b"], [series], title="QA", min_n=5).svg

    circles = [circle.attrib["fill"] for circle in ElementTree.fromstring(svg).iter("circle")]
    assert circles == ["none", COLORS[0]]


def test_lines_differ_by_dash_and_shape_too():
    values = [1, 2]
    chart = charts.line(
        ["a", "b"], [charts.Series("x", values), charts.Series("y", values)], title="Two"
    )

    dashes = [
        path.attrib.get("stroke-dasharray")
        for path in ElementTree.fromstring(chart.svg).iter("path")
    ]
    assert dashes[0] is None and "6 4" in dashes


def test_pareto_sorts_and_adds_up():
    chart = charts.pareto(["few", "many", "none"], [1, 3, 0], title="Causes")

    assert chart.rows == (
        ("many", "3", "75.0 %", "75.0 %"),
        ("few", "1", "25.0 %", "100.0 %"),
        ("none", "0", "0.0 %", "100.0 %"),
    )
    assert chart.message == "Causes: 2 of 3 make up 80.0 %"


def test_pareto_ends_with_those_without_a_name():
    chart = charts.pareto(["few", "many"], [1, 3], others=4, title="Causes")

    assert chart.rows == (
        ("many", "3", "37.5 %", "37.5 %"),
        ("few", "1", "12.5 %", "50.0 %"),
        ("All others", "4", "50.0 %", "100.0 %"),
    )


def test_waterfall_levels_follow_from_the_steps():
    steps = [
        charts.Step("Possible", 100, is_total=True),
        charts.Step("No recap", -5),
        charts.Step("Recovery", 4),
        charts.Step("Score", 99, is_total=True),
    ]

    assert charts.waterfall(steps, title="Score").rows == (
        ("Possible", "", "100.0"),
        ("No recap", "−5.0", "95.0"),
        ("Recovery", "+4.0", "99.0"),
        ("Score", "", "99.0"),
    )


@pytest.mark.parametrize(
    "draw",
    [
        lambda: charts.line([], [], title="t"),
        lambda: line_of([None, None]),
        lambda: charts.sparkline([], [], title="t"),
        lambda: charts.bars([], [], title="t"),
        lambda: charts.bars(["a"], [None], title="t", lying=True),
        lambda: charts.stacked_bars(["a"], [("x", [0])], title="t"),
        lambda: charts.histogram([0, 1], [0], title="t"),
        lambda: charts.pareto([], [], title="t"),
        lambda: charts.heat_map(["a"], ["b"], [[None]], title="t"),
        lambda: charts.interval_dots(["a"], [None], [None], [None], title="t"),
        lambda: charts.waterfall([], title="t"),
    ],
)
def test_nothing_to_show_is_said(draw):
    chart = draw()

    assert "no data" in chart.message
    ElementTree.fromstring(chart.svg)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "draw",
    [
        lambda value: line_of([value]),
        lambda value: charts.sparkline(["a"], [value], title="t"),
        lambda value: charts.bars(["a"], [value], title="t"),
        lambda value: charts.stacked_bars(["a"], [("x", [value])], title="t"),
        lambda value: charts.histogram([0, value], [1], title="t"),
        lambda value: charts.pareto(["a"], [value], title="t"),
        lambda value: charts.heat_map(["a"], ["b"], [[value]], title="t"),
        lambda value: charts.interval_dots(["a"], [1], [value], [2], title="t"),
        lambda value: charts.waterfall([charts.Step("a", value)], title="t"),
    ],
)
def test_numbers_that_are_none_are_refused(draw, wrong):
    with pytest.raises(ValueError):
        draw(wrong)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: charts.line(["a"], [charts.Series("x", [1, 2])], title="t"),
        lambda: charts.line(["a"] * 401, [charts.Series("x", [1] * 401)], title="t"),
        lambda: charts.histogram([0, 0, 1], [1, 1], title="t"),
        lambda: charts.stacked_bars(["a"], [("x", [-1])], title="t"),
        lambda: charts.pareto(["a"], [-1], title="t"),
        lambda: charts.heat_map(["a"], ["b", "c"], [[1]], title="t"),
    ],
)
def test_data_that_do_not_fit_are_refused(draw):
    with pytest.raises(ValueError):
        draw()


def test_four_hundred_points_stay_small():
    assert len(line_of([number % 17 for number in range(400)]).svg) < 20_000


@pytest.mark.parametrize("color", [*COLORS, *TONES.values()])
def test_colors_hold_on_light_and_dark(color):
    assert all(contrast.ratio(color, surface) >= 3 for surface in SURFACES)


@pytest.mark.parametrize(
    ("show", "value", "text"),
    [
        (charts.percent, 79.95, "80.0 %"),
        (charts.percent, None, "–"),
        (charts.coefficient, 0.8125, "0.813"),
        (charts.coefficient, None, "–"),
        (charts.number, -0.04, "0.0"),
        (charts.number, -12.25, "−12.3"),
        (charts.count, 33344, "33,344"),
        (charts.signed, 4, "+4.0"),
        (charts.signed, -0.01, "0.0"),
        (charts.signed, -4, "−4.0"),
        (charts.seconds, 40.7743, "40.8 s"),
        (charts.seconds, 59.96, "1:00"),
        (charts.seconds, 350, "5:50"),
        (charts.seconds, 3910, "1:05:10"),
        (charts.seconds, -350, "−5:50"),
    ],
)
def test_numbers_are_shown_as_people_read_them(show, value, text):
    assert show(value) == text


@given(st.text(max_size=60), st.floats(5, 300))
def test_cut_text_fits_its_room(text, room):
    shown = cut(text, room)

    assert shown in (text, "…") or text_width(shown) <= room + 0.001
    assert shown == text or shown.endswith("…")


def test_templates_put_charts_in_as_they_are():
    chart = charts.sparkline(["a"], [1], title="Trend & more")
    template = engines["django"].from_string("{{ chart }}{{ chart.svg }}")

    written = template.render({"chart": chart})

    assert written == f"{chart}{chart.svg}"
    assert "<caption>Trend &amp; more</caption>" in written


@pytest.mark.parametrize(
    ("highest", "ticks"), [(1, (0, 1)), (3, (0, 1, 2, 3)), (12, (0, 5, 10, 15))]
)
def test_counts_have_no_ticks_between_whole_numbers(highest, ticks):
    assert axis([highest], charts.count, from_zero=True).ticks == ticks


def test_intervals_are_bands_bars_or_nothing_and_always_in_the_table():
    drawn = {}
    for interval in ("band", "bars", ""):
        one = charts.Series("QA", [80, 90], [70, None], [88, None], interval=interval)
        chart = charts.line(["a", "b"], [one], title="QA")
        drawn[interval] = (chart.svg.count('fill-opacity="0.16"'), chart.svg.count('"0.55"'))
        assert [list(row) for row in chart.table[1]] == [
            ["a", "80.0", "70.0", "88.0"],
            ["b", "90.0", "–", "–"],
        ]

    assert drawn == {"band": (1, 0), "bars": (0, 1), "": (0, 0)}
