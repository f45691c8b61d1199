"""Pages of sampling: what they show, who is refused, what a form that cannot work is answered."""

import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from quality.actions import assignments, draws, plans
from quality.draw_proofs import draw_proof_html
from quality.models import Assignment, Draw, SamplingPlan
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.quality_plans import AssignmentFactory, SamplingPlanFactory
from tests.quality.plan_worlds import AFTER, BEFORE, MONDAY, PlanWorld, call
from tests.quality.worlds import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return PlanWorld(calls=1)


def url(name, *args):
    return reverse(f"quality:{name}", args=args)


def read(client, user, page, /, *args, **fields):
    client.force_login(user)
    return client.get(url(page, *args), fields)


def send(client, user, page, /, *args, **fields):
    client.force_login(user)
    return client.post(url(page, *args), fields)


def text(response):
    return response.content.decode()


def form_fields(world, **changes):
    fields = {
        "name": "Weekly sample",
        "scorecard": world.scorecard.pk,
        "teams": [world.team.pk],
        "quota_kind": "per_agent",
        "quota_n": 4,
        "period": "week",
        "slices": 1,
        "order": "random",
        "double_percent": 5,
        "due_days": 7,
        f"share_{world.evaluators[0].pk}": 1,
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


# --- Plans ---------------------------------------------------------------------------------------


def test_a_supervisor_makes_a_plan_by_the_form(client, world):
    fields = form_fields(world, channels=["voice"], hour_from=8, weekdays=[0, 1])

    answer = send(client, world.supervisor, "plan_create", **fields)

    plan = SamplingPlan.objects.get()
    assert answer.url == url("plan_detail", plan.pk)
    assert plan.filters == {"channels": ["voice"], "weekdays": [0, 1], "hour_from": 8}
    assert [share.evaluator for share in plan.shares.all()] == [world.evaluators[0]]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quota_n": None}, "Give a number from 1 to 1,000."),
        ({"slices": 9}, "A week has 1 to 7 slices"),
        ({"teams": []}, "This field is required."),
        ({"order": "priority", "priority_field": ""}, "Say what comes first."),
        ({"signal_low": 3}, "Say which signal these values are about."),
        ({"channels": ["fax"]}, "fax is not one of the available choices"),
    ],
)
def test_a_plan_that_cannot_work_comes_back_with_422(client, world, changes, sentence):
    answer = send(client, world.supervisor, "plan_create", **form_fields(world, **changes))

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not SamplingPlan.objects.exists()


def test_a_supervisor_plans_for_the_own_teams_alone(client, world):
    other = TeamFactory()

    answer = send(client, world.supervisor, "plan_create", **form_fields(world, teams=[other.pk]))

    assert answer.status_code == 422


def test_an_edit_over_anothers_change_is_409(client, world):
    plan = world.plan()
    fields = form_fields(world, name="New name")

    first = send(client, world.supervisor, "plan_edit", plan.pk, row_version=1, **fields)
    second = send(client, world.supervisor, "plan_edit", plan.pk, row_version=1, **fields)

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Somebody else changed this plan" in text(second)


def test_the_plan_page_shows_frame_quota_commitment_and_progress(client, world):
    """5.6."""
    draw = world.drawn()
    draw.assignments.filter(pk=draw.assignments.first().pk).update(state="done")

    page = text(read(client, world.supervisor, "plan_detail", draw.plan_id))

    assert draw.commitment.seed_sha256 in page
    assert draw.commitment.seed in page
    assert "4 per agent a week" in page
    assert '1 <span class="unit">of 8</span>' in page
    assert world.evaluators[0].short_name in page


def test_a_secret_seed_stands_on_no_page(client, world):
    """Q-404."""
    commitment = world.committed(slices=2)
    plan = commitment.plan
    draw = draws.draw_slice(commitment=commitment, number=1, at=AFTER)

    for name, pk in (("plan_detail", plan.pk), ("draw_detail", draw.pk)):
        page = text(read(client, world.supervisor, name, pk))
        assert commitment.seed_sha256 in page
        assert commitment.seed not in page
    assert commitment.seed not in draw_proof_html(draw, at=AFTER)


def test_the_preview_counts_what_the_filters_let_through(client, world):
    now = timezone.now()
    call(world.team, world.agents[0], now - timedelta(hours=5))
    call(world.team, world.agents[0], now - timedelta(hours=6), channel="chat")

    page = text(send(client, world.supervisor, "plan_preview", **form_fields(world)))
    narrow = text(
        send(client, world.supervisor, "plan_preview", **form_fields(world, channels=["chat"]))
    )

    assert ">2</strong>" in page
    assert ">1</strong>" in narrow
    assert "Channels" in narrow


def test_plans_are_activated_paused_and_ended_by_the_page(client, world):
    plan = world.plan()

    for act, state in (("activate", "active"), ("pause", "paused"), ("end", "ended")):
        send(client, world.supervisor, "plan_move", plan.pk, act=act)
        assert SamplingPlan.objects.get().state == state
    refused = send(client, world.supervisor, "plan_move", plan.pk, act="activate")

    assert refused.status_code == 409
    assert "while the plan is ended" in text(refused)
    assert send(client, world.supervisor, "plan_move", plan.pk, act="x").status_code == 422


def test_an_exception_is_added_and_removed_by_the_page(client, world):
    plan = world.plan()
    fields = {
        "agent": world.agents[0].pk,
        "quota_n": 0,
        "from_on": "2026-05-04",
        "until_on": "2026-05-10",
        "reason": "On leave",
    }

    late = send(client, world.supervisor, "override_add", plan.pk, **fields)
    bad = send(
        client, world.supervisor, "override_add", plan.pk, **{**fields, "until_on": "2026-05-01"}
    )

    assert (late.status_code, bad.status_code) == (302, 422)
    override = plan.overrides.get()
    send(client, world.supervisor, "override_remove", plan.pk, override.pk)
    assert not plan.overrides.exists()


def test_who_may_see_and_change_a_plan(client, world):
    """Section 2, who may."""
    plan = world.active()
    stranger = member("supervisor", TeamFactory())
    half = member("supervisor", world.team)
    SamplingPlanFactory(scorecard=world.scorecard)
    wide = world.plan(name="Wide", teams=[world.team, TeamFactory()])

    def status(person, pk=plan.pk):
        return read(client, person, "plan_detail", pk).status_code

    assert status(world.supervisor) == status(world.evaluators[0]) == status(half) == 200
    assert status(stranger) == status(world.agents[0]) == 404
    for name, fields in (("plan_move", {"act": "pause"}), ("override_add", {})):
        assert send(client, stranger, name, plan.pk, **fields).status_code == 404
        assert send(client, half, name, wide.pk, **fields).status_code == 403
        assert send(client, world.evaluators[0], name, plan.pk, **fields).status_code == 403
    assert SamplingPlan.objects.get(pk=plan.pk).state == "active"


# --- Draws ---------------------------------------------------------------------------------------


def test_the_draw_page_shows_proof_comparison_and_picks(client, world):
    """5.6."""
    draw = world.drawn()
    row = draw.assignments.first()
    assignments.swap_assignment(
        assignment=row,
        kind="technical",
        reason="The recording is silent.",
        by=world.supervisor,
        at=AFTER,
        confirms=True,
    )

    page = text(read(client, world.supervisor, "draw_detail", draw.pk))

    for piece in (draw.frame_sha256, draw.plan_sha256, f"replay_draw {draw.pk}", "Time of day"):
        assert piece in page
    assert page.count("row-link") == 9
    assert "place 5" in page


def test_the_frame_file_has_the_hash_of_the_frame(client, world):
    draw = world.drawn()

    frame = read(client, world.supervisor, "draw_frame", draw.pk)

    assert hashlib.sha256(frame.content).hexdigest() == draw.frame_sha256


def test_the_proof_tells_filters_hashes_picks_and_swaps(world):
    draw = world.drawn(filters={"channels": ["voice"]})
    assignments.swap_assignment(
        assignment=draw.assignments.first(),
        kind="technical",
        reason="The recording is silent.",
        by=world.supervisor,
        at=AFTER,
        confirms=True,
    )

    html = draw_proof_html(Draw.objects.get(pk=draw.pk), at=AFTER)

    for piece in (draw.commitment.seed, draw.frame_sha256, "Voice", "The recording is silent."):
        assert piece in html
    assert html.count('<th scope="row">' + str(draw.picks[0]["leg"])) == 2


def test_the_proof_is_a_pdf(client, world):
    answer = read(client, world.supervisor, "draw_proof", world.drawn().pk)

    assert answer.content.startswith(b"%PDF")


def test_marked_assignments_are_passed_on_and_taken_off(client, world):
    draw = world.drawn()
    first, second = draw.assignments.all()[:2]
    to = world.evaluators[1]

    def pass_on(person, ids, **fields):
        fields = {"act": "reassign", "to": to.pk, "reason": "Holiday of a colleague", **fields}
        return send(client, person, "assignments_pass_on", draw.pk, assignment=ids, **fields)

    assert pass_on(world.supervisor, [first.pk, second.pk]).status_code == 302
    assert {row.evaluator for row in draw.assignments.filter(pk__in=[first.pk, second.pk])} == {to}
    assert pass_on(world.supervisor, [first.pk], act="cancel").status_code == 302
    assert Assignment.objects.get(pk=first.pk).state == "canceled"
    assert pass_on(world.supervisor, []).status_code == 422
    assert pass_on(world.supervisor, [second.pk], reason="no").status_code == 422
    assert pass_on(world.evaluators[0], [second.pk]).status_code == 403


@pytest.mark.parametrize(("name", "most"), [("plan_detail", 32), ("draw_detail", 20)])
def test_pages_cost_the_same_for_few_and_for_many(client, name, most):
    counts = []
    for agents in (1, 12):
        world = PlanWorld(calls=1, agents=agents)
        draw = world.drawn()
        pk = draw.plan_id if name == "plan_detail" else draw.pk
        read(client, world.supervisor, name, pk)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(name, pk)).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1] <= most


# --- Assignments and the work list ---------------------------------------------------------------


def test_the_work_list_shows_own_work_and_the_pool_what_is_free(client, world):
    """Q-301, 5.2."""
    me, other = world.evaluators
    mine = AssignmentFactory(leg=world.legs[0], scorecard=world.scorecard, evaluator=me)
    free = AssignmentFactory(leg=world.legs[1], scorecard=world.scorecard)
    AssignmentFactory(leg=world.legs[2], scorecard=world.scorecard, evaluator=other)

    own, pool = text(read(client, me, "work_list")), text(read(client, me, "work_pool"))

    assert mine.leg.interaction.reference in own
    assert free.leg.interaction.reference not in own
    assert free.leg.interaction.reference in pool
    assert mine.leg.interaction.reference not in pool
    assert world.legs[2].interaction.reference not in own + pool


def test_what_is_assigned_is_not_offered_for_picking_by_hand(client, world):
    AssignmentFactory(leg=world.legs[0], scorecard=world.scorecard)

    page = text(read(client, world.evaluators[0], "work_by_hand"))

    assert world.legs[0].interaction.reference not in page
    assert world.legs[1].interaction.reference in page


def test_an_empty_work_list_says_what_to_do(client, world):
    page = text(read(client, world.evaluators[0], "work_list"))

    assert "Nothing is assigned to you" in page
    assert url("work_pool") in page


def test_the_weekly_goal_counts_what_is_done_and_due(client, world):
    me = world.evaluators[0]
    for leg, state in zip(world.legs[:3], ("open", "open", "done"), strict=False):
        row = AssignmentFactory(
            leg=leg, scorecard=world.scorecard, evaluator=me, due_at=timezone.now()
        )
        Assignment.objects.filter(pk=row.pk).update(
            state=state, done_at=timezone.now() if state == "done" else None
        )

    assert "1 of 3 done this week" in text(read(client, me, "work_list"))


def test_claim_begin_and_give_back_by_the_pages(client, world):
    me, other = world.evaluators
    row = AssignmentFactory(leg=world.legs[0], scorecard=world.scorecard)

    assert send(client, me, "assignment_claim", row.pk).url == url("work_list")
    taken = send(client, other, "assignment_claim", row.pk)
    begun = send(client, me, "assignment_begin", row.pk)

    assert taken.status_code in (403, 404, 409)
    evaluation = Assignment.objects.get().evaluation
    assert begun.url == url("evaluation_score", evaluation.pk)
    assert send(client, me, "assignment_release", row.pk).status_code == 302
    assert Assignment.objects.get().state == "open"


def test_the_second_claimer_is_told_who_was_first(client, world):
    """Q-302."""
    me, other = world.evaluators
    row = AssignmentFactory(leg=world.legs[0], scorecard=world.scorecard)
    assignments.claim_assignment(assignment=row, by=me, at=timezone.now())

    answer = send(client, other, "assignment_claim", row.pk)

    assert answer.status_code == 409
    assert f"Taken by {me.short_name} at" in text(answer)


def test_a_swap_by_the_page_needs_its_reason(client, world):
    draw = world.drawn(shares={world.evaluators[0]: Decimal(1)})
    row = draw.assignments.first()
    me = world.evaluators[0]

    short = send(client, me, "assignment_swap", row.pk, kind="technical", reason="silent")
    many = [
        send(client, me, "assignment_swap", one.pk, kind="technical", reason="It is silent.")
        for one in draw.assignments.all()[:2]
    ]

    assert short.status_code == 422
    assert [answer.status_code for answer in many] == [302, 409]
    assert "Ask a supervisor" in text(many[1])
    again = send(
        client,
        world.supervisor,
        "assignment_swap",
        draw.assignments.filter(state="open").first().pk,
        kind="other",
        reason="The customer asked for it.",
    )
    assert again.status_code == 302


def test_nobody_opens_an_assignment_about_themselves(client, world):
    """Q-315."""
    row = AssignmentFactory(leg=world.legs[0], scorecard=world.scorecard)

    assert read(client, world.legs[0].agent, "assignment_detail", row.pk).status_code == 404
    for name in ("assignment_claim", "assignment_begin", "assignment_release"):
        assert send(client, world.legs[0].agent, name, row.pk).status_code in (403, 404)


def test_a_second_scoring_is_ordered_by_the_page(client, world):
    me = world.evaluators[0]
    row = AssignmentFactory(leg=world.legs[0], scorecard=world.scorecard, evaluator=me)
    evaluation = assignments.begin_assignment(assignment=row, by=me, at=AFTER)

    answer = send(client, UserFactory(roles=["admin"]), "second_scoring_order", evaluation.pk)

    assert answer.status_code == 302
    assert Assignment.objects.get(selection="double").is_pooled


@pytest.mark.parametrize("name", ["work_list", "work_pool", "work_returned"])
def test_lists_of_work_cost_the_same_for_1_row_and_for_50(client, name):
    counts = []
    for rows in (1, 50):
        world = PlanWorld(calls=0)
        for hour in range(rows):
            leg = call(world.team, world.agents[0], MONDAY + timedelta(hours=hour))
            AssignmentFactory(leg=leg, scorecard=world.scorecard)
            leg = call(world.team, world.agents[0], MONDAY + timedelta(hours=hour))
            AssignmentFactory(leg=leg, scorecard=world.scorecard, evaluator=world.evaluators[0])
        read(client, world.evaluators[0], name)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(name)).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 14


def test_the_list_of_plans_tells_what_waits(client, world):
    world.drawn()
    plans.create_plan(content=world.content(name="Other"), by=world.supervisor, at=BEFORE)

    page = text(read(client, world.supervisor, "plan_list"))

    assert "Weekly sample" in page
    assert ">8</td>" in page
    assert "take part in no sampling plan" in text(read(client, world.agents[0], "plan_list"))
