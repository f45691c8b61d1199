"""Figures of an evaluator beside those of all others (Q-507)."""

from collections import Counter
from datetime import timedelta

import pytest

from quality.actions import assignments
from quality.averages import Sums
from quality.evaluator_study import Work, lines_of, works_of
from quality.models import Assignment
from tests.factories.accounts import TeamMembershipFactory, UserFactory
from tests.factories.quality import AT
from tests.quality.plan_worlds import AFTER, PlanWorld
from tests.quality.test_actions_disputes import decide, disputed_world, file

OWN, FIRST, SECOND = 1, 2, 3


def work(scores=(), **counts):
    return Work(
        scores=Sums(len(scores), sum(scores), sum(score * score for score in scores)),
        counts=Counter(counts),
    )


@pytest.fixture
def figures():
    works = {
        OWN: work(
            (80, 90, 70, 85, 75),
            answers=50,
            na=5,
            failed=4,
            excused=4,
            assigned=20,
            swapped=5,
            decided=8,
            overturned=2,
            pairs=10,
            agreeing=9,
        ),
        FIRST: work((90, 90, 90), answers=200, na=4, failed=40, excused=2, assigned=30, swapped=1),
        SECOND: work((90, 90, 90), answers=300, na=6, decided=4, overturned=4),
    }
    return {line.name: line for line in lines_of(works, OWN)}


def rounded(figure):
    return tuple(round(value, 2) for value in (figure.value, figure.low, figure.high))


def test_mean_and_spread_have_their_intervals(figures):
    assert rounded(figures["Mean score given"].own) == (80.0, 70.18, 89.82)
    assert rounded(figures["Spread of scores"].own) == (7.91, 2.43, 13.38)


def test_others_are_pooled(figures):
    line = figures["Not applicable"]

    assert (line.own.n, line.others.n) == (50, 500)
    assert rounded(line.own) == (10.0, 4.35, 21.36)
    assert rounded(line.others) == (2.0, 1.09, 3.64)
    assert line.is_apart


def test_shares_are_of_their_own_wholes(figures):
    shown = {name: (line.own.n, line.own.value) for name, line in figures.items()}

    assert shown["Swapped assignments"] == (20, 25.0)
    assert shown["Overturned in disputes"] == (8, 25.0)
    assert shown["Agreement with second scorings"] == (10, 90.0)


def test_below_five_there_is_no_figure(figures):
    excused = figures["Excused failures"]

    assert (excused.own.n, excused.own.value) == (4, None)
    assert rounded(excused.others)[0] == 5.0
    assert not excused.is_apart
    assert figures["Overturned in disputes"].others.value is None


# --- Counted from rows ---------------------------------------------------------------------------


def counts_of(evaluator, *names):
    admin = UserFactory(roles=["admin"])
    counts = works_of(admin, AT - timedelta(days=1))[evaluator.pk].counts
    return tuple(counts[name] for name in names)


@pytest.mark.django_db
def test_overturned_are_decided_answers_that_were_changed():
    """Neither those that were kept, nor those that wait, nor those of another evaluator."""
    world, other = (disputed_world(deciders=["evaluator"]) for _ in range(2))
    decide(world, file(world), outcome="kept")
    assert counts_of(world.evaluator, "decided", "overturned") == (1, 0)

    second = disputed_world(deciders=["evaluator"])
    decide(second, file(second), outcome="accepted")
    file(other)
    second.evaluation.evaluator = world.evaluator
    second.evaluation.save(update_fields=["evaluator"])

    assert counts_of(world.evaluator, "decided", "overturned") == (2, 1)
    assert counts_of(other.evaluator, "decided", "overturned") == (0, 0)


@pytest.mark.django_db
def test_swapped_are_the_assignments_given_up_among_all_that_were_dealt():
    """The replacement is dealt too; a swap of somebody else is theirs."""
    world, other = disputed_world(), disputed_world()
    center = PlanWorld(evaluators=0)
    center.evaluators = [world.evaluator, other.evaluator]
    for person in center.evaluators:
        TeamMembershipFactory(user=person, team=center.team, kind="evaluator")
    center.drawn()
    dealt = [
        list(Assignment.objects.filter(evaluator=person).order_by("pk"))
        for person in center.evaluators
    ]

    for row in (dealt[0][0], dealt[0][1], dealt[1][0]):
        assignments.swap_assignment(
            assignment=row,
            kind="technical",
            reason="The recording is cut off.",
            by=center.supervisor,
            at=AFTER,
            confirms=True,
        )

    assert [len(rows) for rows in dealt] == [4, 4]
    assert counts_of(world.evaluator, "assigned", "swapped") == (6, 2)
    assert counts_of(other.evaluator, "assigned", "swapped") == (5, 1)
