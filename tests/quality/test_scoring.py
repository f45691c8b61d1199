"""The worked examples of docs/algorithms/scoring.md, each told there in words."""

import pytest

from tests.quality.scorecards import TEN, card, criterion, result, section, weighted

FORTY = [40, 20, 20, 20]
THIRTY = [40, 30, 30]
HALF = {"yes": 2, "half": 1, "no": 0}


def percents(found, *keys):
    return tuple(found[key] for key in keys)


def weights(found, keys):
    return "/".join(found["criteria"][key]["weight_percent"] for key in keys)


# --- Weight modes and N/A ------------------------------------------------------------------------


def test_v1_criterion_weights_add_up():
    assert result(weighted(FORTY), "a=ten b=five c=five d=zero")["score_percent"] == "60.00"


def test_v2_equal_shares_the_weight_of_what_does_not_apply():
    found = result(weighted(FORTY, na_policy="equal"), "a=ten b=five c=five d=-")

    assert weights(found, "abc") == "46.6667/26.6667/26.6667"
    assert found["score_percent"] == "73.33"


def test_v3_fixed_keeps_all_weights():
    version = weighted(FORTY, na_policy="fixed", na_fixed_percent=0)

    found = result(version, "a=ten b=five c=five d=-")

    assert weights(found, "abcd") == "40.0000/20.0000/20.0000/20.0000"
    assert found["score_percent"] == "60.00"
    assert found["criteria"]["d"]["state"] == "imputed"


def test_v4_proportional_scales_what_is_left():
    found = result(weighted(THIRTY), "a=ten b=zero c=-")

    assert weights(found, "ab") == "57.1429/42.8571"
    assert found["score_percent"] == "57.14"


@pytest.mark.parametrize(("policy", "expected"), [("proportional", "68.75"), ("equal", "70.00")])
def test_v5_sections_share_too(policy, expected):
    version = card(
        section("A", criterion("a", points=TEN), criterion("a2", points=TEN), weight=50),
        section("B", criterion("b", points=TEN), weight=30),
        section("C", criterion("c", points=TEN), weight=20),
        mode="section_percent",
        na_policy=policy,
    )

    assert result(version, "a=ten a2=zero b=ten c=-")["score_percent"] == expected


def test_v6_a_critical_failure_voids_the_score_and_keeps_the_raw_one():
    version = weighted(FORTY)
    first = version["sections"][0]["criteria"][0]
    first["fail_trigger"] = "option"
    first["options"][0]["critical_scope"] = "evaluation"

    found = result(version, "a=ten b=five c=five d=zero")

    assert percents(found, "score_percent", "raw_percent", "outcome") == ("0.00", "60.00", "failed")


def groups(mode, *group_weights):
    first, second = group_weights
    return card(
        section("one", criterion("a", 1), criterion("b", 1), weight=first),
        section("two", criterion("c", 1), weight=second),
        mode=mode,
    )


def test_v7_scaled_points_multiply_by_section():
    assert result(groups("scaled_points", 40, 20), "a=yes b=no c=yes")["score_percent"] == "60.00"


def test_v9_section_percent_averages_each_section():
    assert result(groups("section_percent", 40, 20), "a=yes b=no c=yes")["score_percent"] == "66.67"


# --- Critical effects ----------------------------------------------------------------------------


def nested(scope):
    verify = criterion("verify", 30, critical_family="compliance", fail_trigger="option")
    verify["options"][1]["critical_scope"] = scope
    inner = section("A1", verify, criterion("log", 10))
    return card(
        section("A", criterion("greet", 20), sections=[inner]),
        section("B", criterion("solve", 40)),
        pass_percent=60,
    )


@pytest.mark.parametrize(
    ("scope", "percent", "outcome", "section_a"),
    [
        ("evaluation", "0.00", "failed", "50.00"),
        ("section", "40.00", "failed", "0.00"),
        ("subsection", "60.00", "passed", "33.33"),
        ("outcome", "70.00", "failed", "50.00"),
    ],
)
def test_v8_each_scope_takes_its_part(scope, percent, outcome, section_a):
    found = result(nested(scope), "greet=yes verify=no log=yes solve=yes")

    assert percents(found, "score_percent", "raw_percent", "outcome") == (percent, "70.00", outcome)
    assert percents(found["sections"]["A"], "raw_percent", "percent") == ("50.00", section_a)
    assert found["critical_fired"] == [
        {"source": "criterion", "key": "verify", "scope": scope, "family": "compliance"}
    ]


@pytest.mark.parametrize("policy", ["proportional", "equal"])
def test_v10_nothing_applicable_gives_null(policy):
    found = result(weighted(FORTY, na_policy=policy), "a=- b=- c=- d=-")

    assert percents(found, "score_percent", "outcome") == (None, "not_scored")


def test_v10_nothing_applicable_gives_null_under_fixed():
    version = weighted(FORTY, na_policy="fixed", na_fixed_percent=100)

    assert percents(result(version, "a=- b=- c=- d=-"), "score_percent", "outcome") == (
        None,
        "not_scored",
    )


# --- Fault owners --------------------------------------------------------------------------------


def test_v11_a_fault_of_the_process_costs_the_agent_nothing():
    found = result(nested("evaluation"), "greet=no verify=no/process log=yes solve=yes")

    assert percents(found, "score_percent", "outcome", "interaction_percent") == (
        "71.43",
        "passed",
        "0.00",
    )
    assert found["critical_percent"] is None
    assert found["criteria"]["verify"]["state"] == "excused"


@pytest.mark.parametrize(("policy", "expected"), [("proportional", "42.86"), ("equal", "45.00")])
def test_v12_excused_weight_follows_the_policy(policy, expected):
    version = weighted(THIRTY, {"yes": 1, "no": 0}, na_policy=policy)

    found = result(version, "a=no b=no/tool c=yes")

    assert percents(found, "score_percent", "interaction_percent") == (expected, "30.00")


def test_v13_under_fixed_the_excused_drop_out_and_the_not_applicable_stay():
    version = weighted(THIRTY, {"yes": 1, "no": 0}, na_policy="fixed", na_fixed_percent=50)

    found = result(version, "a=- b=no/tool c=yes")

    assert percents(found, "score_percent", "interaction_percent") == ("71.43", "50.00")


# --- Kinds of criteria ---------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "expected"), [(0, "100.00"), (3, "50.00"), ("3", "50.00")])
def test_v14_numbers_score_by_range(value, expected):
    ranges = [(0, 0, 10), (1, 4, 5), (5, 10, 1)]
    rows = [
        {"key": str(low), "range_from": low, "range_to": high, "points": points}
        for low, high, points in ranges
    ]
    holds = {"key": "a", "kind": "number", "weight": 100, "max_points": 10, "options": rows}

    found = result(card(section("main", holds)), {"a": {"number": value}})

    assert found["score_percent"] == expected


@pytest.mark.parametrize(
    ("picked", "expected"),
    [(["six", "seven"], "100.00"), (["two", "six"], "80.00"), (["none"], "0.00")],
)
def test_v15_picked_options_add_up_to_the_maximum(picked, expected):
    points = {"six": 6, "seven": 7, "two": 2, "none": 0}
    version = card(section("main", criterion("a", 100, points, kind="multi", max_points=10)))

    assert result(version, {"a": {"options": picked}})["score_percent"] == expected


# --- Bonus and deductions ------------------------------------------------------------------------


def test_v16_bonus_points_count_as_earned_alone():
    version = card(
        section(
            "main",
            criterion("a", points={"yes": 10, "no": 0}),
            criterion("b", points={"full": 20, "part": 15}),
            criterion("c", points={"yes": 5, "no": 0}, is_bonus=True),
        ),
        mode="points",
    )

    found = result(version, "a=yes b=part c=yes")

    assert percents(found, "earned_points", "possible_points", "score_percent") == (
        "30",
        "30",
        "100.00",
    )


def test_v17_a_bonus_criterion_adds_its_weight():
    version = weighted(FORTY)
    version["sections"][0]["criteria"].append(criterion("e", 5, is_bonus=True))

    found = result(version, "a=ten b=five c=five d=zero e=yes")

    assert found["score_percent"] == "65.00"
    assert found["criteria"]["e"]["contribution_percent"] == "5.0000"


@pytest.mark.parametrize(("deduction", "expected"), [(15, "25.00"), (25, "0.00")])
def test_v18_deductions_never_go_below_zero(deduction, expected):
    version = card(
        section(
            "main",
            criterion("a", points={"full": 20, "zero": 0}),
            criterion("b", points={"fine": 0, "bad": -deduction}),
        ),
        mode="points",
    )

    assert result(version, "a=full b=bad")["score_percent"] == expected


def test_v19_a_bonus_section_adds_up_to_the_cap():
    version = card(
        section("A", criterion("a"), weight=60),
        section("B", criterion("b"), weight=40),
        section("C", criterion("c", points=HALF), weight=20, is_bonus=True),
        mode="section_percent",
        cap_percent=110,
    )

    found = result(version, "a=yes b=yes c=half")

    assert found["score_percent"] == "110.00"
    assert found["sections"]["C"]["percent"] == "50.00"


# --- Triggers ------------------------------------------------------------------------------------


def test_v20_category_ratings_can_fall_below_a_limit():
    scale = {"1": 1, "2": 2, "3": 3}
    trigger = {
        "fail_trigger": "below_percent",
        "fail_below_percent": 50,
        "fail_scope": "evaluation",
    }
    version = card(
        section("main", criterion("a", 1, scale, **trigger), criterion("b", 1, scale)),
        mode="category",
    )

    found = result(version, "a=1 b=3")

    assert percents(found, "score_percent", "raw_percent", "outcome") == ("0.00", "50.00", "failed")


@pytest.mark.parametrize(
    ("answers", "expected", "fired"),
    [("a=yes a2=no b=yes", "70.00", 0), ("a=no a2=no b=yes", "40.00", 1)],
)
def test_v21_a_section_fires_strictly_below_its_limit(answers, expected, fired):
    version = card(
        section(
            "A",
            criterion("a", 30),
            criterion("a2", 30),
            fail_below_percent=50,
            fail_scope="section",
        ),
        section("B", criterion("b", 40)),
    )

    found = result(version, answers)

    assert found["score_percent"] == expected
    assert len(found["critical_fired"]) == fired


# --- Conditions ----------------------------------------------------------------------------------


def test_v22_a_hidden_criterion_carries_no_weight():
    shown_if = {"criterion": "hold", "op": "in", "value": ["yes"]}
    version = card(
        section(
            "main",
            criterion("hold", 20),
            criterion("asked", 30, condition=shown_if),
            criterion("solve", 50),
        )
    )

    found = result(version, "hold=no solve=yes")

    assert found["criteria"]["asked"]["state"] == "hidden"
    assert weights(found, ["hold", "solve"]) == "28.5714/71.4286"
    assert found["score_percent"] == "71.43"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"channel": "voice", "hold_seconds": 61}, "60.00"),
        ({"channel": "voice", "hold_seconds": 60}, "100.00"),
        ({"channel": "voice"}, "100.00"),
    ],
)
def test_v23_facts_show_and_hide(facts, expected):
    shown_if = {
        "all": [
            {"fact": "channel", "op": "eq", "value": "voice"},
            {"fact": "hold_seconds", "op": "gt", "value": 60},
        ]
    }
    version = card(section("main", criterion("a", 60), criterion("b", 40, condition=shown_if)))

    assert result(version, "a=yes b=no", facts)["score_percent"] == expected


# --- Rounding, pass mark, bands ------------------------------------------------------------------


def out_of(possible, earned, **more):
    points = {"got": earned, "full": possible}
    return result(
        card(section("main", criterion("a", points=points)), mode="points", **more), "a=got"
    )


@pytest.mark.parametrize(
    ("earned", "possible", "decimals", "expected"), [(1, 8, 0, "13"), (1, 32, 2, "3.13")]
)
def test_v24_halves_round_up(earned, possible, decimals, expected):
    assert out_of(possible, earned, decimals=decimals)["score_percent"] == expected


BANDS = [
    {"label": label, "from_percent": start}
    for label, start in [("Issue", 0), ("Improvement", 26), ("Meets", 51), ("Exceeds", 76)]
]


def test_v25_the_rounded_figure_meets_the_mark():
    found = out_of(200, 159, decimals=0, pass_percent=80, bands=BANDS)

    assert percents(found, "score_percent", "outcome", "band") == ("80", "passed", "Exceeds")


@pytest.mark.parametrize(("earned", "expected"), [(25, "Issue"), (26, "Improvement")])
def test_v25_a_band_begins_at_its_percent(earned, expected):
    assert out_of(100, earned, decimals=0, bands=BANDS)["band"] == expected


def test_v26_category_weights_need_no_total():
    version = weighted([".05", "0.5", 1, 2, 2][1:], mode="category", points={"top": 1, "bottom": 0})
    version["sections"][0]["criteria"].append(criterion("small", "0.05", {"top": 1, "bottom": 0}))

    found = result(version, "small=top a=top b=bottom c=bottom d=bottom")

    assert found["score_percent"] == "9.91"


@pytest.mark.parametrize(
    ("rating", "expected"), [("1", "0.00"), ("2", "33.33"), ("3", "66.67"), ("4", "100.00")]
)
def test_v26_a_rating_is_its_place_on_the_scale(rating, expected):
    version = weighted([1], {str(n): n for n in range(1, 5)}, mode="category")

    assert result(version, f"a={rating}")["score_percent"] == expected
