"""Claims and draws among many connections: each race has a twin without its guard."""

import signal
from collections import Counter

import pytest

from quality.actions import assignments, draws
from quality.actions.draws import AlreadyDrawn
from quality.actions.leases import Taken
from quality.models import Assignment, Draw
from tests.factories.quality import AT
from tests.factories.quality_plans import AssignmentFactory
from tests.quality.plan_worlds import AFTER, MONDAY, PlanWorld, call
from tests.quality.worlds import member
from tests.races import drop_constraint, ended, in_child, together

pytestmark = pytest.mark.race
CLAIMERS, PROCESSES, WAITING = 50, 5, 8


@pytest.fixture
def pool():
    """Assignments in the pool, and fifty evaluators who want each of them."""
    world = PlanWorld(calls=0, evaluators=0)
    legs = [call(world.team, world.agents[0], MONDAY) for _ in range(WAITING)]
    rows = [AssignmentFactory(leg=leg, scorecard=world.scorecard) for leg in legs]
    return rows, [member("evaluator", world.team) for _ in range(CLAIMERS)]


def claimed_by_many(rows, people) -> Counter:
    """How many people came to hold each assignment when everybody reaches for all of them."""

    def claim_all(number):
        held = []
        for row in rows:
            try:
                assignments.claim_assignment(assignment=row, by=people[number], at=AT)
                held.append(row.pk)
            except Taken:
                pass
        return held

    results = together(claim_all, len(people))
    assert all(isinstance(held, list) for held in results), results
    return Counter(pk for held in results for pk in held)


def test_each_assignment_ends_with_one_of_fifty_claimers(race_database, pool):
    """Q-302."""
    rows, people = pool

    holders = claimed_by_many(rows, people)

    assert holders == Counter({row.pk: 1 for row in rows})
    assert Assignment.objects.filter(state="claimed", evaluator__isnull=False).count() == WAITING


def test_twin_without_the_condition_gives_one_to_several(race_database, pool, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "quality.claim")
    rows, people = pool

    assert max(claimed_by_many(rows, people).values()) > 1


def claim_in_processes(pool, folder, guards_off="") -> Counter:
    """The same between processes of their own; each writes down what it came to hold."""
    rows, people = pool

    def claim_all(number):
        held = []
        for row in rows:
            try:
                assignments.claim_assignment(assignment=row, by=people[number], at=AT)
                held.append(str(row.pk))
            except Taken:
                pass
        (folder / f"{number}.txt").write_text(" ".join(held))

    children = [
        in_child(lambda number=number: claim_all(number), ATTUNE_TEST_GUARDS_OFF=guards_off)
        for number in range(PROCESSES)
    ]
    assert [ended(child) for child in children] == [0] * PROCESSES
    return Counter(pk for path in folder.glob("*.txt") for pk in path.read_text().split())


def test_each_assignment_ends_with_one_process(race_database, pool, tmp_path):
    holders = claim_in_processes(pool, tmp_path)

    assert set(holders.values()) == {1}
    assert len(holders) == WAITING


def test_twin_of_processes_without_the_condition(race_database, pool, tmp_path):
    holders = claim_in_processes(pool, tmp_path, guards_off="quality.claim")

    assert max(holders.values()) > 1


# --- Draw ----------------------------------------------------------------------------------------


def draw_at_once() -> list:
    commitment = PlanWorld(calls=1).committed(slices=2)

    def draw(number):
        return draws.draw_slice(commitment=commitment, number=1, at=AFTER)

    return together(draw, 8)


def test_a_slice_is_drawn_once_however_many_draw_it(race_database):
    results = draw_at_once()

    assert sum(isinstance(result, Draw) for result in results) == 1
    assert sum(isinstance(result, AlreadyDrawn) for result in results) == 7
    assert Draw.objects.count() == 1
    assert Assignment.objects.count() == Draw.objects.get().picked


def test_twin_without_guard_and_constraint_draws_twice(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "quality.draw_once")
    drop_constraint(Draw, "quality_draw_once_per_plan_and_slice")

    draw_at_once()

    assert Draw.objects.count() > 1


def test_the_constraint_alone_keeps_a_slice_to_one_draw(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "quality.draw_once")

    draw_at_once()

    assert Draw.objects.count() == 1


def test_a_killed_draw_leaves_nothing_and_can_be_drawn_again(race_database):
    commitment = PlanWorld(calls=1).committed()

    def draw():
        return draws.draw_slice(commitment=commitment, number=1, at=AFTER)

    child = in_child(draw, ATTUNE_TEST_FAILPOINT="quality.draw_made:kill")

    assert ended(child) == -signal.SIGKILL
    assert (Draw.objects.count(), Assignment.objects.count()) == (0, 0)
    assert draw().picked == 8


# --- Swap ----------------------------------------------------------------------------------------


def test_two_swaps_at_once_take_two_different_replacements(race_database):
    world = PlanWorld(calls=2, agents=1)
    draw = world.drawn(quota_n=4)
    rows = list(draw.assignments.order_by("pk"))

    def swap(number):
        return assignments.swap_assignment(
            assignment=rows[number],
            kind="technical",
            reason="The recording is silent.",
            by=world.supervisor,
            at=AFTER,
            confirms=True,
        )

    results = together(swap, 4)

    assert len({result.leg_id for result in results}) == 4
    assert sorted(result.position for result in results) == [5, 6, 7, 8]
