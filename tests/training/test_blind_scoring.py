"""Blind second scorings of an effect report: what is drawn, what is told, and both results."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Interaction, Leg
from quality.actions import answers, assignments, evaluations
from quality.models import Assignment, Evaluation
from tests.quality.worlds import GIVEN, member
from tests.training.judged import DAY, FAILED, START, JudgedWorld
from training import effect_page
from training.actions import agenda, coaching
from training.actions import effects as actions
from training.effect import two_sides
from training.effect_blind import blind_of
from training.effect_data import Definition
from training.models import BlindScoring, CoachingSession, EffectReport

pytestmark = pytest.mark.django_db
TALK = START + 30 * DAY
NOW = START + 60 * DAY


DAYS = (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5)


class FiveCoached(JudgedWorld):
    """Five agents, each judged five times on both sides of a session about “solve”."""

    def __init__(self):
        super().__init__()
        self.agents = [self.agent, *(member("agent", self.team) for _each in range(4))]
        for number, agent in enumerate(self.agents):
            self.judge("FPFPFPPPFP" if number % 2 else "FFFPFPPPPP", agent=agent)
            for days, row in zip(DAYS, self.evaluations[-10:], strict=True):
                self.on_day(row, TALK + days * DAY)
            (session,) = coaching.plan_sessions(
                agents=[agent], kind="quality", starts_at=TALK, minutes=30, by=self.supervisor,
                at=TALK,
            )  # fmt: skip
            agenda.add_agenda_item(
                session=session, text="Solving", criterion_key="solve", by=self.supervisor, at=TALK
            )
        CoachingSession.objects.update(held_at=TALK, state="held")
        self.other = member("evaluator", self.team)

    def on_day(self, evaluation, at):
        Evaluation.objects.filter(pk=evaluation.pk).update(handled_at=at)
        Leg.objects.filter(pk=evaluation.leg_id).update(answered_at=at)
        Interaction.objects.filter(legs=evaluation.leg_id).update(started_at=at)

    def report(self, **options):
        asked = Definition("coaching", TALK.date(), TALK.date(), criteria=("solve",), **options)
        report = actions.order_report(
            title="Was it luck", definition=asked, by=self.supervisor, at=NOW
        )
        return actions.compute_report(report=report, at=NOW)

    def score_again(self, row, given):
        """The second scoring by somebody else, to its end."""
        draft = assignments.begin_assignment(assignment=row.assignment, by=self.other, at=NOW)
        for key, option in given.items():
            self.answer(draft, key, answer={"option": option})
        if given is FAILED:
            self.answer(draft, "solve", seen=1, root_cause="skill")
        return evaluations.submit_evaluation(
            evaluation=draft, by=self.other, at=NOW, key=uuid4(), confirmed=True
        )

    def answer(self, draft, key, seen=0, **change):
        answers.save_answer(
            evaluation=draft, key=key, change=change, seen=seen, save_id=uuid4(), by=self.other,
            at=NOW,
        )  # fmt: skip


@pytest.fixture
def world():
    return FiveCoached()


def test_the_seed_draws_as_many_of_each_side_into_the_pool(world):
    report = world.report(blind_each=3)
    actions.compute_report(report=EffectReport.objects.get(), at=NOW)

    rows = list(BlindScoring.objects.select_related("evaluation", "assignment"))
    assert [row.side for row in rows] == ["before"] * 3 + ["after"] * 3
    assert [row.evaluation.handled_at < TALK for row in rows] == [True] * 3 + [False] * 3
    assert {(row.assignment.is_pooled, row.assignment.draw_id) for row in rows} == {(True, None)}
    assert len(report.definition["seed"]) == 16
    assert Assignment.objects.count() == 6


def test_nothing_is_drawn_unasked_twice_or_without_enough_people(world):
    world.report()
    assert not BlindScoring.objects.exists()
    for _twice in range(2):
        world.report(blind_each=50)
        assert BlindScoring.objects.count() == 50
    CoachingSession.objects.filter(agent=world.agent).update(state="planned", held_at=None)
    Assignment.objects.update(state="canceled")
    world.report(blind_each=50)

    assert BlindScoring.objects.count() == 50


def test_pages_of_the_second_evaluator_hold_no_day_no_first_score_and_no_coaching(client, world):
    world.report(blind_each=1)
    client.force_login(world.other)
    for row in BlindScoring.objects.select_related("assignment", "evaluation__current_revision"):
        draft = assignments.begin_assignment(assignment=row.assignment, by=world.other, at=NOW)
        pages = [
            client.get(reverse("quality:work_list")),
            client.get(reverse("quality:assignment_detail", args=[row.assignment_id])),
            client.get(reverse("quality:evaluation_score", args=[draft.pk])),
        ]
        first = row.evaluation
        told = [f"{at:%Y-%m-%d}" for at in (first.handled_at, TALK)]
        told += [str(first.current_revision.score_percent), first.public_ref]
        told += [first.leg.interaction.reference, "oaching", "oached", "Was it luck"]
        told += [reverse("quality:evaluation_detail", args=[first.pk])]
        assert [page.status_code for page in pages] == [200] * 3
        assert [word for page in pages for word in told if word in main_of(page)] == []


def main_of(page):
    """The page without its rail, whose links are the same whatever is scored."""
    return page.content.decode().split("<main", 1)[1]


def test_page_and_document_print_both_results(client, world):
    report = world.report(blind_each=2)
    for row in BlindScoring.objects.select_related("assignment"):
        world.score_again(row, FAILED if row.side == "before" else GIVEN)

    found = blind_of(report, ["solve"])["solve"]
    assert (found.drawn, found.done) == (4, 4)
    assert (found.second.before, found.second.after, found.second.change) == (0, 100, 100)
    assert (found.first.n_before, found.first.n_after) == (2, 2)
    client.force_login(world.supervisor)
    page = client.get(reverse("training:effect_detail", args=[report.pk])).content.decode()
    for text in (page, effect_page.effect_html(report, at=NOW)):
        assert "4 of 4 talks" in text
        assert ("First scoring" in text, "Second scoring, blind" in text) == (True, True)
        assert f"2 a side, seed {report.definition['seed']}" in text


def test_what_is_not_scored_again_or_is_void_enters_neither_result(world):
    report = world.report(blind_each=2)
    rows = list(BlindScoring.objects.select_related("assignment", "evaluation"))
    for row in rows[:3]:
        world.score_again(row, GIVEN)
    world.void(rows[0].evaluation, at=NOW)

    found = blind_of(report, ["solve"])["solve"]
    assert (found.drawn, found.done) == (4, 2)
    assert (found.first.n_before, found.second.n_before, found.second.n_after) == (1, 1, 1)
    assert found.second.low is None


def test_both_results_cost_as_many_queries_for_many_talks(world):
    counts = []
    for each in (1, 5):
        report = world.report(blind_each=each)
        for row in report.blind.select_related("assignment"):
            world.score_again(row, GIVEN)
        with CaptureQueriesContext(connection) as caught:
            blind_of(report, ["solve", ""])
        counts.append(len(caught))

    assert counts == [2, 2]


def test_only_who_plans_second_scorings_is_offered_them(client, world):
    form = {
        "title": "Solving", "treatment": "coaching", "criteria": ["solve"], "from_on": "2026-05-01",
        "to_on": "2026-06-30", "before_days": 90, "after_days": 90, "blind_each": 51,
    }  # fmt: skip
    path = reverse("training:effect_create")
    client.force_login(world.supervisor)
    assert "Score again, blind" in client.get(path).content.decode()
    assert client.post(path, form).status_code == 422
    assert client.post(path, form | {"blind_each": 5}).status_code == 302
    assert EffectReport.objects.get().definition["blind_each"] == 5

    client.force_login(world.trainer)
    assert "Score again, blind" not in client.get(path).content.decode()
    client.post(path, form | {"blind_each": 5})
    assert EffectReport.objects.first().definition["blind_each"] == 0


@pytest.mark.parametrize(
    ("before", "after", "told", "interval"),
    [
        ([60, 70, 80], [70, 80, 90, 85], (70, 81.25, 11.25), (-8.706365, 31.206365)),
        ([60], [70, 80], (60, 75, 15), None),
        ([], [70], (None, 70, None), None),
        ([50, 50], [60, 60], (50, 60, 10), None),
    ],
)
def test_two_sides(before, after, told, interval):
    found = two_sides(before, after)

    assert (found.before, found.after, found.change) == told
    if interval is None:
        assert (found.low, found.high) == (None, None)
    else:
        assert (found.low, found.high) == pytest.approx(interval, abs=1e-6)
