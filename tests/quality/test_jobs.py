"""What happens by itself: seeds, draws, leases, reminders; and the command that replays a draw."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from accounts.actions import people
from ops.jobs import enqueue
from quality.actions import plans
from quality.actions.reminders import remind_evaluators
from quality.models import Assignment, Draw, SeedCommitment
from tests.factories.accounts import UserFactory
from tests.factories.quality_plans import AssignmentFactory
from tests.jobs import run_waiting_jobs
from tests.quality.plan_worlds import AFTER, MONDAY, PlanWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return PlanWorld(calls=2)


def run(name, **ids):
    with transaction.atomic():
        enqueue(name, key=f"{name}-{timezone.now().timestamp()}", **ids)
    return run_waiting_jobs()


def test_the_evening_job_fixes_the_seed_of_the_next_day(world):
    world.active(at=MONDAY)
    sunday = datetime(2026, 5, 10, 22, 0, tzinfo=UTC)

    made = plans.commit_seed(plan=SeedCommitment.objects.get().plan, by=None, at=sunday)

    assert (made.period_start_on.isoformat(), made.committed_at) == ("2026-05-11", sunday)


def test_the_jobs_draw_every_slice_that_is_due(world):
    world.committed(slices=2)

    done = run("quality.draw_slices")

    assert [one.job for one in done] == ["quality.draw_slices", "quality.draw_period"]
    assert Draw.objects.count() == 2
    assert SeedCommitment.objects.get().is_revealed
    assert Assignment.objects.count() == 8


def test_the_owner_is_told_of_an_empty_frame(world, settings):
    """Q-405."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    world.drawn(filters={"channels": ["social"]})

    run_waiting_jobs(job="ops.send_mail")

    (letter,) = mail.outbox
    assert letter.to == [world.supervisor.email]
    assert "Nothing to draw from: Weekly sample" in letter.subject
    assert "/quality/plans/" in letter.body


def test_a_reminder_comes_once_a_day_when_most_of_the_time_is_over(settings):
    """Q-410."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    evaluator, start = UserFactory(), timezone.now()
    row = AssignmentFactory(evaluator=evaluator, due_at=start + timedelta(hours=10))
    Assignment.objects.filter(pk=row.pk).update(created_at=start)

    assert remind_evaluators(at=start + timedelta(hours=7.9)) == 0
    for _ in range(3):
        assert remind_evaluators(at=start + timedelta(hours=8)) == 1
    run_waiting_jobs(job="ops.send_mail")

    (letter,) = mail.outbox
    assert letter.to == [evaluator.email]
    assert "one evaluation waits for you" in letter.body
    assert str(row.leg.agent) not in letter.body


def test_nobody_is_reminded_of_what_is_done(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    row = AssignmentFactory(evaluator=UserFactory(), due_at=timezone.now())
    remind_evaluators(at=timezone.now() + timedelta(days=1))
    Assignment.objects.filter(pk=row.pk).update(state="done")

    run_waiting_jobs(job="ops.send_mail")

    assert mail.outbox == []


def test_work_of_who_is_deactivated_returns_to_the_pool(world):
    draw = world.drawn()
    admin = UserFactory(roles=["admin"])

    people.deactivate_user(user=world.evaluators[0], reason="Left the company", by=admin, at=AFTER)
    run_waiting_jobs(job="ops.handle_event")

    assert not draw.assignments.filter(evaluator=world.evaluators[0]).exists()
    assert draw.assignments.filter(is_pooled=True).count() == 4


# --- replay_draw ---------------------------------------------------------------------------------


def replay_draw(*arguments):
    out, code = StringIO(), 0
    try:
        call_command("replay_draw", *arguments, stdout=out)
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue()


def test_replay_draw_says_identical_and_ends_with_0(world):
    """Q-405."""
    draw = world.drawn()

    code, told = replay_draw(str(draw.pk), "--against-data")

    assert code == 0
    assert told.startswith(f"identical: 8 of 28 legs, seed {draw.commitment.seed}")
    assert "erased: none\nlate: none\nmoved: none" in told


def test_replay_draw_tells_the_differences_and_ends_with_1(world):
    draw = world.drawn()
    Draw.objects.filter(pk=draw.pk).update(picks=draw.picks[1:])

    code, told = replay_draw(str(draw.pk))

    assert code == 1
    assert f"different: Leg {draw.picks[0]['leg']} should have been picked" in told


def test_replay_draw_tells_machines_in_json(world):
    draw = world.drawn()

    code, told = replay_draw(str(draw.pk), "--json", "--against-data")

    answer = json.loads(told)
    assert (code, answer["identical"], answer["late"]) == (0, True, [])
    assert answer["picks"] == [pick["leg"] for pick in draw.picks]


def test_replay_draw_refuses_wrong_use_with_2(world):
    commitment = world.committed(slices=2)
    plan = commitment.plan

    with pytest.raises(CommandError, match="no draw 999") as unknown:
        call_command("replay_draw", "999")
    run("quality.draw_slices")
    draw = plan.draws.get(slice_number=1)
    SeedCommitment.objects.update(revealed_at=None)
    with pytest.raises(CommandError, match="still secret") as secret:
        call_command("replay_draw", str(draw.pk))

    assert (unknown.value.returncode, secret.value.returncode) == (2, 2)
