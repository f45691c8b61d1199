"""Self-assessment, evaluations of evaluations, the gate, references, and the evaluator's page."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from crm.models import Interaction
from quality import access, disputing
from quality.actions import calibration, gates, references, second_looks
from quality.actions.answers import save_answer
from quality.actions.evaluations import OwnWork, submit_evaluation
from quality.actions.gates import NotQualified
from quality.actions.second_looks import AlreadyGraded, NotASubject, NotOffered
from quality.evaluator_study import lines_of, works_of
from quality.models import Evaluation, ReferenceEvaluation, Scorecard
from quality.models import references as reference_models
from quality.privacy import erase_references
from tests.factories.accounts import RightGrantFactory, UserFactory
from tests.factories.crm import CustomerFactory
from tests.factories.quality import AT
from tests.factories.quality_rules import ReferenceEvaluationFactory
from tests.quality.worlds import GIVEN, World, document, member, published

pytestmark = pytest.mark.django_db
GOLD = {key: {"option": option} for key, option in GIVEN.items()}


def url(name, *args):
    return reverse(f"quality:{name}", args=args)


@pytest.fixture
def world():
    return World()


# --- Self-assessment --------------------------------------------------------------------------


def assessed(world, result, given=GIVEN):
    """The agent scores the own work as `given`."""
    own = second_looks.start_self_assessment(evaluation=result, by=world.agent, at=AT)
    for key, option in given.items():
        save_answer(
            evaluation=own,
            key=key,
            change={"answer": {"option": option}},
            seen=0,
            save_id=uuid4(),
            by=world.agent,
            at=AT,
        )
    return submit_evaluation(evaluation=own, by=world.agent, at=AT, key=uuid4())


def test_required_self_assessment_comes_before_the_result(client):
    """Q-316: a blank scorecard first, then both side by side; no average counts it."""
    world = World(document(self_assessment="required"))
    result = world.submitted()
    client.force_login(world.agent)

    first = client.get(url("evaluation_detail", result.pk))
    hidden = client.get(url("evaluation_receipt", result.pk))
    listed = client.get(url("my_results")).content.decode()
    before = Evaluation.objects.counting(chosen_too=True).sums()
    assessed(world, result, {**GIVEN, "solve": "full"})
    shown = client.get(url("evaluation_detail", result.pk)).content.decode()

    assert first.url == url("self_assessment", result.pk)
    assert hidden.status_code == 404
    assert "before the result is shown" in listed
    assert result.public_ref not in listed
    assert "Self-assessment and result" in shown
    assert "In full" in shown
    assert Evaluation.objects.counting(chosen_too=True).sums() == before


def test_blank_page_begins_a_self_assessment_once(client):
    world = World(document(self_assessment="required"))
    result = world.submitted()
    client.force_login(world.agent)

    assert "Begin" in client.get(url("self_assessment", result.pk)).content.decode()
    once = client.post(url("self_assessment", result.pk))
    again = client.post(url("self_assessment", result.pk))
    workspace = client.get(once.url).content.decode()

    assert once.url == again.url
    assert Evaluation.objects.filter(purpose="self").count() == 1
    assert "data-workspace" in workspace
    assert "checked" not in workspace.split("data-scorecard")[1].split("</section>")[0]


def test_offered_self_assessment_may_be_left_out(client):
    world = World(document(self_assessment="optional"))
    result = world.submitted()
    client.force_login(world.agent)

    assert "if you like" in client.get(url("my_results")).content.decode()
    assert client.get(url("evaluation_detail", result.pk)).status_code == 200


@pytest.mark.parametrize("who", ["evaluator", "stranger"])
def test_self_assessment_is_the_agents_own(client, who):
    world = World(document(self_assessment="required"))
    result = world.submitted()
    client.force_login(getattr(world, who, None) or member("agent", world.team))

    assert client.get(url("self_assessment", result.pk)).status_code in (403, 404)


def test_self_assessment_is_refused_where_it_is_off(world):
    with pytest.raises(NotOffered):
        second_looks.start_self_assessment(evaluation=world.submitted(), by=world.agent, at=AT)


def test_submitted_self_assessment_leads_to_the_result(client):
    world = World(document(self_assessment="required"))
    result = world.submitted()
    own = second_looks.start_self_assessment(evaluation=result, by=world.agent, at=AT)
    client.force_login(world.agent)
    for key, option in GIVEN.items():
        save_answer(
            evaluation=own,
            key=key,
            change={"answer": {"option": option}},
            seen=0,
            save_id=uuid4(),
            by=world.agent,
            at=AT,
        )

    answer = client.post(
        url("evaluation_submit", own.pk), {"key": str(uuid4())}, content_type="application/json"
    )

    assert answer.json()["url"] == url("evaluation_detail", result.pk)


# --- Evaluations of evaluations ---------------------------------------------------------------


@pytest.fixture
def grader(world):
    return member("evaluator", world.team)


@pytest.fixture
def grading_card():
    return published(document(sections=document()["sections"][:1]), kind="evaluator")


def test_evaluation_is_evaluated_and_its_evaluator_sees_it(client, world, grader, grading_card):
    """Q-319."""
    subject = world.submitted()
    client.force_login(grader)

    page = client.get(url("evaluation_detail", subject.pk)).content.decode()
    begun = client.post(url("evaluation_grade", subject.pk), {"scorecard": grading_card.pk})
    grading = Evaluation.objects.get(subject_evaluation=subject)
    workspace = client.get(begun.url).content.decode()
    for key in ("greet", "verify"):
        save_answer(
            evaluation=grading,
            key=key,
            change={"answer": {"option": "yes"}},
            seen=0,
            save_id=uuid4(),
            by=grader,
            at=AT,
        )
    submit_evaluation(evaluation=grading, by=grader, at=AT, key=uuid4())
    client.force_login(world.evaluator)
    seen = client.get(url("evaluation_detail", grading.pk)).content.decode()

    assert url("evaluation_grade", subject.pk) in page
    assert subject.public_ref in workspace
    assert grading.agent == world.evaluator
    assert "An evaluation was evaluated here" in seen
    grading.refresh_from_db()
    assert disputing.may_file(world.evaluator, grading, AT)
    assert url("evaluation_acknowledge", grading.pk) not in seen
    assert Evaluation.objects.counting(chosen_too=True).count() == 1


def test_evaluation_of_an_evaluation_is_no_subject(world, grader, grading_card):
    subject = world.submitted()
    grading = second_looks.start_grading(subject=subject, scorecard=grading_card, by=grader, at=AT)

    with pytest.raises(NotASubject):
        second_looks.start_grading(subject=grading, scorecard=grading_card, by=UserFactory(), at=AT)
    with pytest.raises(AlreadyGraded):
        second_looks.start_grading(subject=subject, scorecard=grading_card, by=UserFactory(), at=AT)
    for who in (world.evaluator, world.agent):
        with pytest.raises(OwnWork):
            second_looks.start_grading(subject=subject, scorecard=grading_card, by=who, at=AT)
        assert not access.may_grade_evaluation(who, subject)


def test_draft_is_no_subject(world, grader, grading_card):
    with pytest.raises(NotASubject):
        second_looks.start_grading(subject=world.start(), scorecard=grading_card, by=grader, at=AT)


# --- The gate ---------------------------------------------------------------------------------


def gated(world):
    Scorecard.objects.filter(pk=world.scorecard.pk).update(needs_qualification=True)
    world.scorecard.refresh_from_db()


def qualify(world, until, at=AT):
    return gates.note_qualification(
        evaluator_id=world.evaluator.pk,
        scorecard_id=world.scorecard.pk,
        qualified_until_on=until,
        at=at,
    )


def test_scoring_needs_a_valid_qualification(world):
    """Q-315: 403 with a row in the audit trail."""
    gated(world)

    with pytest.raises(NotQualified) as refusal:
        world.start()
    qualify(world, date(2026, 5, 4))

    assert refusal.value.status == 403
    assert AuditEntry.objects.filter(verb="refuse_scoring", actor=world.evaluator).count() == 1
    assert world.start().evaluator == world.evaluator


def test_expired_and_ended_qualifications_shut_the_gate(world):
    gated(world)
    qualify(world, date(2026, 5, 3))

    assert not gates.is_qualified(world.evaluator, world.scorecard, AT)
    qualify(world, date(2027, 5, 4), AT + timedelta(hours=2))
    assert qualify(world, None, AT + timedelta(hours=1)) is None
    assert gates.is_qualified(world.evaluator, world.scorecard, AT)
    qualify(world, None, AT + timedelta(hours=3))
    assert not gates.is_qualified(world.evaluator, world.scorecard, AT)


def test_calibrations_stay_open_without_a_qualification(world):
    gated(world)

    assert world.start(purpose="calibration", selection="calibration").pk


# --- References -------------------------------------------------------------------------------


@pytest.fixture
def managers():
    people = [UserFactory(roles=["evaluator"]) for _ in range(2)]
    for person in people:
        RightGrantFactory(user=person, right="quality.manage_scorecards")
    return people


def proposed(world, by, answers=GOLD):
    return references.propose_reference(
        leg=world.leg,
        version=world.scorecard.current_version,
        answers=answers,
        notes={"greet": "Says both names."},
        by=by,
        at=AT,
    )


def test_reference_needs_two_people(world, managers):
    """Q-509."""
    first, second = managers
    reference = proposed(world, first)

    with pytest.raises(references.NeedsAnother):
        references.agree_to_reference(reference=reference, by=first, at=AT)
    assert not ReferenceEvaluation.objects.in_use().exists()
    references.agree_to_reference(reference=reference, by=second, at=AT)

    assert ReferenceEvaluation.objects.in_use().get() == reference
    assert set(reference.agreed_by.all()) == {first, second}
    result = world.submitted().current_revision
    assert references.score_of(reference).score_percent == result.score_percent


def test_reference_is_complete_and_one_of_a_kind(world, managers):
    with pytest.raises(references.NotComplete) as refusal:
        proposed(world, managers[0], {"greet": {"option": "yes"}})
    proposed(world, managers[0])

    assert "Verifies the caller" in str(refusal.value)
    with pytest.raises(references.ReferenceExists):
        proposed(world, managers[1])


def test_gold_answers_of_a_finished_calibration_become_a_reference(world, managers):
    raters = [member("evaluator", world.team) for _ in range(2)]
    session = calibration.plan_calibration(
        leg=world.leg,
        scorecard=world.scorecard,
        raters=raters,
        deadline_at=AT + timedelta(days=2),
        by=managers[0],
        at=AT,
    )
    for rater in raters:
        own = calibration.take_seat(session=session, by=rater, at=AT)
        for key, option in GIVEN.items():
            save_answer(
                evaluation=own,
                key=key,
                change={"answer": {"option": option}},
                seen=0,
                save_id=uuid4(),
                by=rater,
                at=AT,
            )
        submit_evaluation(evaluation=own, by=rater, at=AT, key=uuid4())
    session = calibration.close_calibration(session=session, by=managers[0], at=AT)
    calibration.set_gold(session=session, answers=GOLD, notes={}, by=managers[0], at=AT)
    with pytest.raises(references.NotFinished):
        references.keep_reference(session=session, by=managers[0], at=AT)
    session = calibration.finish_calibration(session=session, by=managers[0], at=AT)

    reference = references.keep_reference(session=session, by=managers[0], at=AT)

    assert reference.state == "agreed"
    assert set(reference.agreed_by.all()) == set(raters)
    assert reference.answers == GOLD


def test_reference_retires_with_its_version_and_moves_no_average(world, managers):
    world.submitted()
    before = Evaluation.objects.counting(chosen_too=True).sums()
    reference = proposed(world, managers[0])
    references.agree_to_reference(reference=reference, by=managers[1], at=AT)

    assert Evaluation.objects.counting(chosen_too=True).sums() == before
    references.retire_references_of(
        version=reference.version, reason="Version 1 is no longer in force.", at=AT
    )
    reference.refresh_from_db()
    assert reference.state == "retired"


def test_an_erasure_retires_references_and_empties_their_notes(world, managers):
    world.submitted()
    reference = proposed(world, managers[0])
    references.agree_to_reference(reference=reference, by=managers[1], at=AT)
    customer = CustomerFactory()
    Interaction.objects.filter(pk=reference.leg.interaction_id).update(customer=customer)

    counts = [erase_references(customer.pk, 100) for _ in range(2)]

    reference.refresh_from_db()
    assert (reference.state, reference.notes) == ("retired", {})
    assert counts == [1, 0]


def test_pages_of_references_are_for_scorecard_managers(client, world, managers, monkeypatch):
    reference = proposed(world, managers[0])
    client.force_login(world.evaluator)
    refused = client.get(url("reference_detail", reference.pk)).status_code
    client.force_login(managers[1])
    page = client.get(url("reference_detail", reference.pk)).content.decode()
    client.post(url("reference_agree", reference.pk))
    listed = client.get(url("reference_list")).content.decode()

    assert refused == 403
    assert "Says both names." in page
    assert "In use" in listed
    monkeypatch.setattr(
        reference_models, "_trainings", [lambda user: [reference.version.scorecard_id]]
    )
    assert client.get(url("reference_detail", reference.pk)).status_code == 404


def test_manager_enters_agreed_answers(client, world, managers):
    supervisor = member("supervisor", world.team)
    RightGrantFactory(user=supervisor, right="quality.manage_scorecards")
    client.force_login(supervisor)
    address = url("reference_enter", world.leg.pk)
    fields = {"scorecard": world.scorecard.pk}

    page = client.get(address, fields).content.decode()
    bad = client.post(address, {**fields, "gold-greet": "yes"})
    good = client.post(
        address, {**fields, **{f"gold-{key}": option for key, option in GIVEN.items()}}
    )

    assert "Verifies the caller" in page
    assert bad.status_code == 422
    assert "answers are missing" in bad.content.decode()
    assert good.url == url("reference_detail", ReferenceEvaluation.objects.get().pk)


# --- Evaluators -------------------------------------------------------------------------------


def test_evaluator_stands_beside_all_others(client, world):
    """Q-507."""
    world.submitted()
    now = timezone.now()
    Evaluation.objects.update(first_submitted_at=now)
    supervisor = member("supervisor", world.team)
    client.force_login(supervisor)

    works = works_of(supervisor, now - timedelta(days=1))
    figures = {line.name: line for line in lines_of(works, world.evaluator.pk)}
    with CaptureQueriesContext(connection) as captured:
        page = client.get(url("evaluator_list"))
    detail = client.get(url("evaluator_detail", world.evaluator.pk)).content.decode()

    assert figures["Not applicable"].own.n == 4
    assert figures["Mean score given"].own.value is None
    assert world.evaluator.short_name in page.content.decode()
    assert "not enough evidence" in detail
    assert len(captured) <= 25
    client.force_login(world.evaluator)
    assert client.get(url("evaluator_detail", world.evaluator.pk)).status_code == 200
    other = member("evaluator", world.team)
    assert client.get(url("evaluator_detail", other.pk)).status_code == 404


def test_factory_makes_a_reference():
    assert str(ReferenceEvaluationFactory()).startswith("Reference")
