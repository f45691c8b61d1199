"""Quality rules: when they apply, what they set going, and that each does it once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail as outbox
from django.urls import reverse

from crm.models.cases import Case
from crm.models.work import Task
from lib import events
from ops.mail import rendered
from ops.models import JobRun
from quality import handlers
from quality.actions import follow_up as verbs
from quality.actions.follow_up import EnoughRules, NothingToDo, RuleContent
from quality.events import CoachingRequested, EvaluationFinalized
from quality.follow_up import Check, Judged, Result, reasons
from quality.models import Evaluation, QualityRule, RuleFiring
from quality.refusals import Invalid
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.quality import AT
from tests.factories.quality_rules import QualityRuleFactory
from tests.quality.worlds import World, member

RESULT = Result(
    score_percent=Decimal("71.43"),
    sections={"opening": Decimal(50), "solving": None},
    criteria=[
        Judged("greet", ("opening", "opening"), Decimal(0), True, "agent"),
        Judged("verify", ("opening", "opening"), Decimal(100)),
        Judged("solve", ("steps", "solving"), Decimal(50)),
        Judged("hold", ("steps", "solving"), Decimal(0), True, "tool"),
    ],
    fired=frozenset({"greet"}),
)


@pytest.mark.parametrize(
    ("check", "found"),
    [
        (Check("below", below_percent=Decimal("71.43")), None),
        (Check("below", below_percent=Decimal("71.44")), ["greet"]),
        (Check("below", "section", "opening", Decimal(60)), ["greet"]),
        (Check("below", "section", "solving", Decimal(60)), None),
        (Check("below", "criterion", "solve", Decimal(60)), ["solve"]),
        (Check("below", "criterion", "gone", Decimal(60)), None),
        (Check("critical"), ["greet"]),
        (Check("critical", "section", "solving"), None),
        (Check("critical", "criterion", "verify"), None),
        (Check("fault"), ["hold"]),
        (Check("fault", "section", "solving"), ["hold"]),
        (Check("fault", "criterion", "greet"), None),
    ],
)
def test_rule_applies_because_of_criteria(check, found):
    assert reasons(check, RESULT) == found


def test_section_that_fired_itself_counts_with_its_failures():
    fired = Result(Decimal(0), {"opening": Decimal(0)}, RESULT.criteria, frozenset({"opening"}))

    assert reasons(Check("critical", "section", "opening"), fired) == ["greet"]


# --- Firing -----------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db
CRITICAL = {"greet": "yes", "verify": "no", "solve": "part", "hold": "yes"}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def heard(monkeypatch):
    facts = []
    monkeypatch.setattr(events, "publish", facts.append)
    return facts


def rule(**changes):
    made = QualityRuleFactory(**changes)
    QualityRule.objects.filter(pk=made.pk).update(created_at=AT - timedelta(days=1))
    return made


def released(world, given=CRITICAL):
    return world.submitted(given)


def fire(evaluation):
    return verbs.fire_rules(evaluation=evaluation, at=AT)


def test_rule_does_everything_it_asks_for(world, heard):
    boss, trainer, gone = (
        UserFactory(),
        UserFactory(),
        UserFactory(is_active=False, deactivated_at=AT),
    )
    ours = rule(task_for=trainer, opens_case=True)
    ours.mail_to.set([boss, gone])
    evaluation = released(world)
    heard.clear()

    (firing,) = fire(evaluation)

    done = {act["action"]: act["is_done"] for act in firing.result if act.get("to") != boss.pk}
    assert done == {"mail": False, "coaching": True, "task": True, "case": True}
    assert firing.criteria == ["verify"]
    asked = next(fact for fact in heard if isinstance(fact, CoachingRequested))
    assert (asked.agent_id, asked.criteria) == (world.agent.pk, ["verify"])
    task, case = Task.objects.get(), Case.objects.get()
    assert (task.assignee, task.interaction) == (trainer, world.leg.interaction)
    assert (case.team, case.kind) == (world.team, "problem")
    job = JobRun.objects.get(job="ops.send_mail", args__letter="quality.rule_fired")
    letter = rendered("quality.rule_fired", {"firing_id": firing.pk, "person_id": boss.pk})
    assert job.args["person_id"] == boss.pk
    assert letter.to == [boss.email]
    assert "verif" not in letter.body.lower() and "%" not in letter.body
    assert not outbox.outbox


def test_rule_fires_once_for_an_evaluation(world):
    rule(opens_case=True)
    evaluation = released(world)

    first, second = fire(evaluation), fire(evaluation)

    assert (len(first), second) == (1, [])
    assert Case.objects.count() == RuleFiring.objects.count() == 1


def test_deactivated_person_does_not_stop_the_others(world):
    rule(
        asks_coaching=False,
        task_for=UserFactory(is_active=False, deactivated_at=AT),
        opens_case=True,
    )

    (firing,) = fire(released(world))

    assert [(act["action"], act["is_done"]) for act in firing.result] == [
        ("task", False),
        ("case", True),
    ]
    assert "does not work here any more" in firing.result[0]["sentence"]


def test_rules_of_other_teams_and_scorecards_and_later_ones_do_not_fire(world):
    rule(is_active=False)
    rule(scorecard=World().scorecard)
    rule().teams.add(TeamFactory())
    evaluation = released(world)
    QualityRuleFactory()
    ours = rule(scorecard=world.scorecard)
    ours.teams.add(world.team)

    assert [firing.rule for firing in fire(evaluation)] == [ours]


def test_what_is_no_released_result_fires_nothing(world):
    rule()
    evaluation = released(world)
    Evaluation.objects.filter(pk=evaluation.pk).update(purpose="double")

    assert fire(evaluation) == []


def test_release_is_followed_up_by_the_handler(world):
    rule(opens_case=True)
    evaluation = released(world)

    fact = EvaluationFinalized(
        at=AT,
        by_id=None,
        evaluation_id=evaluation.pk,
        interaction_id=world.leg.interaction_id,
        leg_id=world.leg.pk,
        agent_id=world.agent.pk,
        team_id=world.team.pk,
        evaluator_id=world.evaluator.pk,
        scorecard_id=world.scorecard.pk,
        version_id=evaluation.version_id,
        selection="random",
        finalized_at=AT,
        score_percent="0",
        outcome="failed",
    )
    handlers.follow_up_result(fact)
    handlers.follow_up_result(fact)

    assert RuleFiring.objects.count() == 1


# --- Keeping rules ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"test": "below"}, "below_percent"),
        ({"level": "criterion", "item_key": "nowhere"}, "item"),
        ({"level": "section", "item_key": "greet"}, "item"),
        ({"scorecard": None, "level": "section", "item_key": "opening"}, "item"),
        ({"level": "scorecard", "item_key": "opening"}, "item"),
        ({"asks_coaching": False}, "mail_to"),
    ],
)
def test_rule_that_makes_no_sense_is_refused(world, changes, field):
    content = {"name": "R", "test": "critical", "scorecard": world.scorecard, "asks_coaching": True}

    with pytest.raises(Invalid) as refusal:
        verbs.create_quality_rule(
            content=RuleContent(**{**content, **changes}), by=UserFactory(), at=AT
        )

    assert refusal.value.field == field
    assert isinstance(refusal.value, NothingToDo) == (field == "mail_to")


def test_at_most_twenty_rules_are_on(world):
    by = UserFactory()
    for _ in range(19):
        QualityRuleFactory()
    content = RuleContent(name="R", test="critical", asks_coaching=True)
    last = verbs.create_quality_rule(content=content, by=by, at=AT)

    with pytest.raises(EnoughRules):
        verbs.create_quality_rule(content=content, by=by, at=AT)
    verbs.switch_quality_rule(rule=last, is_active=False, by=by, at=AT, reason="Too many mails.")
    verbs.create_quality_rule(content=content, by=by, at=AT)
    with pytest.raises(EnoughRules):
        verbs.switch_quality_rule(rule=last, is_active=True, by=by, at=AT)


# --- Pages ------------------------------------------------------------------------------------


def url(name, *args):
    return reverse(f"quality:{name}", args=args)


def form(world, **changes):
    given = {"name": "Verifies", "where": "criterion:verify", "test": "critical"}
    given |= {"scorecard": world.scorecard.pk, "teams": [world.team.pk], "asks_coaching": "on"}
    return {**given, **changes}


def test_supervisor_writes_changes_and_switches_a_rule(client, world):
    supervisor = member("supervisor", world.team)
    client.force_login(supervisor)

    assert world.scorecard.name in client.get(url("rule_create")).content.decode()
    page = client.get(url("rule_create"), {"scorecard": world.scorecard.pk}).content.decode()
    made = client.post(url("rule_create"), form(world, mail_to=[supervisor.pk]))
    ours = QualityRule.objects.get()
    changed = client.post(url("rule_edit", ours.pk), form(world, name="Asks", row_version="1"))
    old = client.post(url("rule_edit", ours.pk), form(world, name="Late", row_version="1"))
    client.post(url("rule_switch", ours.pk), {"act": "off", "reason": "Not needed now."})

    assert "Section: Opening" in page
    assert (made.status_code, changed.status_code, old.status_code) == (302, 302, 409)
    ours.refresh_from_db()
    assert (ours.name, ours.is_active, ours.item_key) == ("Asks", False, "verify")
    assert "a critical error fired in “Verifies the caller”" in (
        client.get(url("rule_list")).content.decode()
    )


def test_bad_input_comes_back_with_its_sentence(client, world):
    client.force_login(member("supervisor", world.team))

    response = client.post(url("rule_create"), form(world, test="below"))

    assert response.status_code == 422
    assert "Below how many percent?" in response.content.decode()


def test_rule_page_shows_what_it_did_to_whom_one_may_see(client, world):
    ours = rule(opens_case=True)
    ours.teams.add(world.team)
    evaluation = released(world)
    fire(evaluation)
    client.force_login(member("supervisor", world.team))

    page = client.get(url("rule_detail", ours.pk)).content.decode()

    assert evaluation.public_ref in page
    client.force_login(member("supervisor", TeamFactory()))
    assert client.get(url("rule_detail", ours.pk)).status_code == 404


def test_supervisor_asks_for_coaching(client, world, heard):
    evaluation = released(world)
    client.force_login(member("supervisor", world.team))
    heard.clear()

    none = client.post(url("coaching_request", evaluation.pk))
    client.post(url("coaching_request", evaluation.pk), {"criteria": ["verify", "greet"]})

    assert none.status_code == 422
    (fact,) = heard
    assert (fact.evaluation_id, fact.criteria) == (evaluation.pk, ["verify", "greet"])
    client.force_login(world.agent)
    refused = client.post(url("coaching_request", evaluation.pk), {"criteria": ["verify"]})
    assert refused.status_code == 403
