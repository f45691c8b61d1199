"""Effect reports: who is in, who is left out, what may be said, and pages that say it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lib import charts
from ops.models import JobRun
from tests.factories.training import CourseTieFactory, EffectReportFactory
from tests.jobs import run_waiting_jobs
from tests.training.judged import DAY, START, JudgedWorld
from training import effect_page, effect_rank
from training import effect_study as study
from training.actions import agenda, coaching
from training.actions import effects as actions
from training.effect_data import Definition, Reached, Seen
from training.models import CoachingSession, CourseTie, EffectReport

THE_DAY = date(2026, 5, 4)
ASKED = Definition("coaching", THE_DAY, THE_DAY, criteria=("solve",))
BEFORE = [62, 70, 58, 65, 72, 60, 68, 55, 64, 66]
AFTER = [70, 74, 63, 66, 80, 61, 75, 60, 70, 65]
C_BEFORE = [63, 69, 59, 66, 71, 61, 67, 56, 65, 64]
C_AFTER = [65, 68, 63, 67, 70, 64, 69, 59, 66, 64]


def seen(day, value):
    return Seen(THE_DAY + timedelta(days=day), float(value), "random", 1)


def person(number, before, after, n=5):
    rows = [seen(-day, before) for day in range(1, n + 1)]
    return number, rows + [seen(day, after) for day in range(1, 6)]


def study_of(coached, control, *, n=5):
    """A section over people with constant values on both sides."""
    people = dict(person(number, *pair, n=n) for number, pair in enumerate(coached))
    others = dict(person(100 + number, *pair) for number, pair in enumerate(control))
    groups = study.grouped(
        dict.fromkeys(people, THE_DAY), set(others), THE_DAY, people | others, ASKED
    )
    singles = [[one.value for one in rows[:5]] for rows in (people | others).values()]
    return study.section("solve", groups, singles)


def pairs(before, after, count=10):
    return list(zip(before, after, strict=True))[:count]


def test_the_headline_is_that_of_the_algorithm():
    found = study_of(pairs(BEFORE, AFTER), pairs(C_BEFORE, C_AFTER))
    head, did = found["estimates"]["ancova"], found["estimates"]["did"]

    assert (head["value"], head["low"], head["high"]) == (2.9911, 0.5766, 5.4056)
    assert (did["value"], did["low"], did["high"]) == (3.0, 0.5766, 5.4234)
    assert found["estimates"]["naive"]["value"] == 4.4
    assert found["verdict"] == "better_than_uncoached"


@pytest.mark.parametrize(
    ("coached", "control", "naive", "headline", "verdict"),
    [
        (4, 10, False, False, "not_enough"),
        (5, 10, True, False, "above_luck_no_control"),
        (9, 10, True, False, "above_luck_no_control"),
        (10, 9, True, False, "above_luck_no_control"),
        (10, 10, True, True, "better_than_uncoached"),
    ],
)
def test_what_is_shown_depends_on_how_many_there_are(coached, control, naive, headline, verdict):
    found = study_of(pairs(BEFORE, AFTER, coached), pairs(C_BEFORE, C_AFTER, control))

    assert (found["estimates"]["naive"] is not None) is naive
    assert (found["estimates"]["ancova"] is not None) is headline
    assert found["verdict"] == verdict


def test_everybody_coached_is_in_or_left_out_with_a_reason():
    people = dict([person(1, 50, 60), person(2, 50, 60, n=4), person(3, 50, 60)])
    people[3] = people[3][:8]
    groups = study.grouped(dict.fromkeys(people, THE_DAY), set(), THE_DAY, people, ASKED)
    found = study.section("solve", groups, [])

    assert [one["agent_id"] for one in found["coached"]] == [1]
    assert found["left_out"] == [
        {"agent_id": 2, "reason": "few_before"},
        {"agent_id": 3, "reason": "few_after"},
    ]


def test_the_day_itself_counts_for_neither_side():
    rows = [seen(day, 50) for day in (-90, -91, 0, 1, 90, 91)]
    (one,) = study.members({1: THE_DAY}, {1: rows}, ASKED)

    assert (len(one.before), len(one.after)) == (1, 2)


def test_other_selection_or_version_after_is_warned_of():
    number, rows = person(1, 50, 60)
    changed = [Seen(one.day, one.value, "targeted", 2) for one in rows[5:]]
    groups = study.grouped({number: THE_DAY}, set(), THE_DAY, {number: rows[:5] + changed}, ASKED)

    assert study.section("solve", groups, [])["warnings"] == ["selection", "version"]


def test_several_criteria_are_adjusted_for_being_several():
    one = study_of(pairs(BEFORE, AFTER), pairs(C_BEFORE, C_AFTER))
    two = study_of(pairs(C_BEFORE, C_AFTER), pairs(BEFORE, AFTER))
    study.adjust_for_several([one, two])

    assert one["estimates"]["ancova"]["holm_p"] == 0.0364
    study.adjust_for_several(alone := [study_of(pairs(BEFORE, AFTER), pairs(C_BEFORE, C_AFTER))])
    assert "holm_p" not in alone[0]["estimates"]["ancova"]


def test_pass_and_fail_are_compared_last_before_and_first_after():
    found = study_of([(0, 100)] * 4 + [(100, 0), (100, 100)], [])

    assert found["tests"]["mcnemar"] == {"won": 4, "lost": 1, "p": 0.375}


def test_the_hash_changes_with_any_number():
    result = {"coached": 1, "sections": []}

    first = study.result_hash(ASKED.as_json(), result)
    assert first == study.result_hash(ASKED.as_json(), dict(result))
    assert first != study.result_hash(ASKED.as_json(), result | {"coached": 2})


@pytest.mark.parametrize("verdict", sorted(effect_page.VERDICTS))
def test_every_verdict_is_a_sentence(verdict):
    told = effect_page.VERDICTS[verdict].format(n=3, least=5, paired=34, arm=64)

    assert told.endswith(".")
    assert ("because" in told, "caused" in told) == (False, False)


def test_coaches_are_pulled_to_their_mean_and_small_ones_are_hidden():
    rows = effect_rank.Ranking(
        [
            effect_rank.Ranked("A", 1, 6, effect=5.0, se=1.0),
            effect_rank.Ranked("B", 2, 6, effect=1.0, se=1.0),
            effect_rank.Ranked("C", 3, 6, effect=3.0, se=2.0),
            effect_rank.Ranked("D", 4, 4, note="too few"),
        ]
    )
    rows.shrink()

    assert [(row.name, row.estimate and round(row.estimate, 6)) for row in rows.rows] == [
        ("A", 4.636364), ("C", 3.0), ("B", 1.363636), ("D", None),
    ]  # fmt: skip
    assert [row[0] for row in rows.chart.rows] == ["A", "C", "B"]


def ranked(treated, control, least):
    groups = {7: dict.fromkeys(range(treated), THE_DAY)}
    people = dict(
        person(number, BEFORE[number % 10], AFTER[number % 10]) for number in range(treated)
    )
    others = dict(
        person(100 + number, C_BEFORE[number % 10], C_AFTER[number % 10])
        for number in range(control)
    )
    return effect_rank._ranked(groups, {7: "A"}, set(others), people | others, ASKED, least).rows[0]


def test_a_course_is_ranked_from_ten_learners_on():
    assert ranked(9, 10, 10).effect is None
    assert ranked(10, 9, 10).note == "only 9 people to compare with"
    assert ranked(10, 10, 10).effect == pytest.approx(3.0)


def test_the_plot_draws_a_line_each_and_tells_the_same_as_a_table():
    chart = charts.slopes(
        [charts.Group("Coached", [("Ada", 50, 70), ("Bea", 60, 60)], "accent")],
        title="Before and after",
        show=charts.percent,
        target=charts.Target(58, "By luck"),
    )

    assert chart.svg.count("<line") >= 5
    assert "By luck" in chart.svg
    assert chart.rows[0] == ("Ada", "Coached", "50.0 %", "70.0 %", "+20.0")
    assert "no data" in charts.slopes([], title="x").message


# --- Over real evaluations ----------------------------------------------------------------------


class CoachedWorld(JudgedWorld):
    """One agent judged five times on each side of a session about “solve”."""

    def __init__(self):
        super().__init__("FFFPF")
        held_at = START + 5 * DAY
        (session,) = coaching.plan_sessions(
            agents=[self.agent], kind="quality", starts_at=held_at, minutes=30,
            by=self.supervisor, at=held_at,
        )  # fmt: skip
        agenda.add_agenda_item(
            session=session, text="Solving", criterion_key="solve",
            evaluation_ids=[self.evaluations[0].pk], by=self.supervisor, at=held_at,
        )  # fmt: skip
        CoachingSession.objects.update(held_at=held_at, state="held")
        self.session = session
        self.definition = Definition(
            "coaching", held_at.date(), held_at.date(), criteria=("solve",)
        )

    def report(self):
        report = actions.order_report(
            title="Solving", definition=self.definition, by=self.supervisor, at=START + 40 * DAY
        )
        return actions.compute_report(report=report, at=START + 40 * DAY)


@pytest.mark.django_db
def test_a_report_reads_real_evaluations_and_never_changes():
    world = CoachedWorld()
    report = world.report()
    before = EffectReport.objects.values("result", "result_sha256").get()
    world.judge("P")
    actions.compute_report(report=EffectReport.objects.get(), at=START + 60 * DAY)

    assert report.result["coached"] == 1
    (found,) = report.result["sections"]
    sides = [*found["coached"], *found["left_out"]]
    assert [row["agent_id"] for row in sides] == [world.agent.pk]
    assert found["verdict"] == "not_enough"
    assert EffectReport.objects.values("result", "result_sha256").get() == before
    assert study.result_hash(report.definition, report.result) == report.result_sha256


@pytest.mark.django_db
def test_periods_are_checked():
    world = JudgedWorld("P")
    late = Definition("coaching", THE_DAY, THE_DAY - timedelta(days=1))
    long = Definition("coaching", THE_DAY, THE_DAY + timedelta(days=401))

    with pytest.raises(actions.PeriodReversed):
        actions.order_report(title="x", definition=late, by=world.supervisor, at=START)
    with pytest.raises(actions.PeriodTooLong):
        actions.order_report(title="x", definition=long, by=world.supervisor, at=START)


def test_the_first_session_counts():
    rows = [Reached(1, THE_DAY), Reached(1, THE_DAY + timedelta(days=3)), Reached(2, THE_DAY)]

    assert study.first_days(rows, {1}) == {1: THE_DAY}


# --- Pages --------------------------------------------------------------------------------------


def url(name, *args):
    return reverse(f"training:{name}", args=args)


def told_report(world, count):
    """A stored report over `count` people who are real users."""
    from tests.factories.accounts import UserFactory

    people = [UserFactory() for _ in range(count)]
    section = study_of(pairs(BEFORE, AFTER), pairs(C_BEFORE, C_AFTER))
    rows = [{**section["coached"][at % 10], "agent_id": one.pk} for at, one in enumerate(people)]
    section = section | {"coached": rows}
    result = {"coached": count, "sections": [section]}
    return EffectReportFactory(created_by=world.supervisor, result=result)


@pytest.mark.django_db
def test_a_page_says_what_was_found_and_costs_the_same(client):
    world = JudgedWorld("P")
    client.force_login(world.supervisor)
    counts = []
    for count in (3, 40):
        report = told_report(world, count)
        with CaptureQueriesContext(connection) as caught:
            page = client.get(url("effect_detail", report.pk))
        counts.append(len(caught))
    text = page.content.decode()

    assert "They improved more than comparable people" in text
    assert "Doing nothing would show" in text
    assert "Show as table" in text
    assert counts[0] == counts[1]
    html = effect_page.effect_html(report, at=report.created_at)
    assert "Effect at equal starts" in html
    assert report.result_sha256 in html


@pytest.mark.django_db
def test_reports_are_asked_for_and_seen_by_their_author(client):
    world = CoachedWorld()
    client.force_login(world.supervisor)
    form = {
        "title": "Solving", "treatment": "coaching", "criteria": ["solve"], "from_on": "2026-05-01",
        "to_on": "2026-05-30", "before_days": 90, "after_days": 90,
    }  # fmt: skip
    bad = client.post(url("effect_create"), form | {"treatment": "course"})
    assert (bad.status_code, "Choose the course" in bad.content.decode()) == (422, True)
    made = client.post(url("effect_create"), form)
    report = EffectReport.objects.get()
    assert made.url == url("effect_detail", report.pk)
    waiting = client.get(made.url).content.decode()
    assert ("Being computed" in waiting, 'hx-trigger="every 2s"' in waiting) == (True, True)
    assert "being computed" in client.get(url("effect_list")).content.decode()
    assert client.get(url("effect_pdf", report.pk)).status_code == 404
    run_waiting_jobs(job=actions.JOB)
    answer = client.get(made.url, headers={"HX-Request": "true"}).content.decode()
    assert ("Computed, data until" in answer, "every 2s" in answer) == (True, False)
    assert "<html" not in answer
    assert "Not enough evidence" in client.get(made.url).content.decode()
    assert "Solving" in client.get(url("effect_list")).content.decode()

    client.force_login(world.trainer)
    assert client.get(url("effect_detail", report.pk)).status_code == 404


@pytest.mark.django_db
def test_a_report_whose_job_gave_up_says_so(client):
    world = CoachedWorld()
    report = actions.order_report(
        title="Solving", definition=world.definition, by=world.supervisor, at=START
    )
    JobRun.objects.filter(job=actions.JOB).update(state="dead", finished_at=START)
    client.force_login(world.supervisor)

    page = client.get(url("effect_detail", report.pk)).content.decode()
    assert ("did not come to an end" in page, "every 2s" in page) == (True, False)


@pytest.mark.django_db
def test_criteria_are_tied_to_courses_by_authors(client):
    world = JudgedWorld("P")
    tie = CourseTieFactory()
    client.force_login(world.trainer)
    wrong = client.post(url("effect_courses"), {"course": "0", "criterion_key": "gone"})
    assert wrong.status_code == 422
    client.post(url("tie_remove", tie.pk))
    assert not CourseTie.objects.exists()
    client.force_login(world.supervisor)
    assert client.post(url("effect_courses"), {}).status_code == 403
