"""What agents read every day is wholly in their language: results, learning, thanks, feedback."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from feedback.models import Response
from quality.actions import disputes, evaluations
from quality.models import Dispute, Evaluation
from tests.factories.accounts import UserFactory
from tests.factories.crm import LegFactory, RecordingFactory
from tests.factories.ops import StoredFileFactory
from tests.factories.quality import AT, CriterionFactory
from tests.factories.recognition import (
    BadgeAwardFactory,
    MilestoneAwardFactory,
    PraiseDraftFactory,
    TierFactory,
)
from tests.factories.training import (
    ActionItemFactory,
    AgendaItemFactory,
    CertificateFactory,
    CoachingSessionFactory,
    CourseFactory,
    CycleFactory,
    EnrollmentFactory,
    ExternalDocumentFactory,
    LiveSessionFactory,
    ProofFactory,
    RequirementAssignmentFactory,
    SeatFactory,
)
from tests.feedback.recognition_worlds import Crew
from tests.feedback.survey_worlds import AskingWorld, answer
from tests.quality.centers import Center
from tests.quality.test_actions_disputes import decide, disputed_world, file
from tests.quality.test_actions_evidence import attach
from tests.quality.test_marks import note
from tests.quality.test_second_looks import assessed
from tests.quality.worlds import GIVEN, World, document
from tests.training.worlds import LearningWorld
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records
from training.models import LiveSession, Requirement

pytestmark = [pytest.mark.django_db, pytest.mark.words]
DAY = timedelta(days=1)


# --- Worlds: who reads, and what the page is about -----------------------------------------------


def results():
    """Results to acknowledge, one disputed, criteria of both kinds, a mean."""
    center = Center()
    ana, *others = [center.person("agent", name) for name in ("Ana", "Bob", "Cai", "Dee")]
    warm = CriterionFactory(section=center.greet.section, key="warm", text="Warm")
    for number in range(6):
        owner = "agent" if number % 2 else None
        answers = [(center.greet, owner), (center.verify, None), (warm, None)]
        for agent in (ana, *others):
            center.evaluated(agent, 90, answers=answers)
    center.evaluated(ana, 20, state="disputed")
    return ana


def too_few_results():
    center = Center()
    ana = center.person("agent", "Ana")
    center.evaluated(ana, 90)
    return ana


def laid_to(owner):
    return {"fault_owner": owner, "comment_public": "The screen was frozen for minutes."}


def read_result():
    """A critical error, another one's fault, evidence, a mark, a recording, an own look."""
    world = World(document(self_assessment="optional", acknowledge_hours=48))
    call = world.leg.interaction
    RecordingFactory(interaction=call, state="available", url="", file=StoredFileFactory())
    draft = world.answered({**GIVEN, "verify": "no", "solve": "none"}, selection="targeted")
    world.save(draft, "greet", seen=1, answer={"option": "no"}, **laid_to("tool"))
    world.save(draft, "solve", seen=1, root_cause="skill")
    world.save(draft, "hold", seen=1, answer={"na": True})
    attach(world, draft)
    note(world, draft)
    result = world.submit(draft)
    assessed(world, result)
    Evaluation.objects.filter(pk=result.pk).update(released_at=timezone.now())
    return world.agent


def disputed_result():
    """Acknowledged, disputed, and scored a second time."""
    world = World()
    world.evaluation = world.submitted({**GIVEN, "greet": "no"})
    evaluations.acknowledge_evaluation(
        evaluation=world.evaluation, by=world.agent, at=AT, comment="Read."
    )
    evaluations.resubmit_evaluation(
        evaluation=world.evaluation, reason="Heard again.", by=world.evaluator, at=AT
    )
    world.save(world.evaluation, "greet", seen=1, **laid_to("process"))
    world.submit(world.evaluation)
    file(world)
    return world.agent


def to_decide(kind="criteria"):
    """In review, before the one who decides about it."""

    def taken():
        world = disputed_world()
        if kind == "wrong_agent":
            LegFactory(interaction=world.leg.interaction, team=world.team, position=2)
        items = {} if kind == "criteria" else {"kind": kind, "items": []}
        disputes.take_dispute(dispute=file(world, **items), by=world.evaluator, at=AT)
        return world.evaluator

    return taken


def decided_dispute():
    world = disputed_world()
    decide(world, file(world), private_note="Too fast.")
    return world.agent


def to_assess():
    world = World(document(self_assessment="optional"))
    world.submitted()
    return world.agent


def nobody():
    return LearningWorld().learner


def learning():
    """A late course with its reason, a coaching to answer, and what was agreed in it."""
    world = LearningWorld().published()
    world.assigned(due_on=timezone.localdate() - 3 * DAY, reason="Refunds come back")
    at = timezone.now()
    session = CoachingSessionFactory(agent=world.learner, state="shared", shared_at=at)
    agenda = AgendaItemFactory(session=session)
    for due_in in (30, -3):
        ActionItemFactory(agenda_item=agenda, due_on=timezone.localdate() + due_in * DAY)
    course = {"metric": "course", "course": world.course, "direction": "up", "target": 100}
    ActionItemFactory(agenda_item=agenda, due_on=timezone.localdate() + 9 * DAY, **course)
    return world.learner


def begun():
    world = LearningWorld().published()
    enrollment = world.enrolled()
    enrollment.last_lesson, enrollment.last_active_at = world.text, timezone.now()
    enrollment.save()
    return world.learner


def completed():
    world = LearningWorld().published()
    enrollment = world.enrolled()
    now = timezone.now()
    type(enrollment).objects.filter(pk=enrollment.pk).update(state="completed", completed_at=now)
    return world.learner


def asked_of():
    """Requirements in several states, one by hand; papers that wait and that were refused."""
    person, today = nobody(), timezone.localdate()
    course = CourseFactory()
    for due_in in (-9, 9):
        cycle = CycleFactory(person=person, due_on=today + due_in * DAY)
        requirement = cycle.requirement
        RequirementAssignmentFactory(person=person, requirement=requirement, reason="You stand in.")
        for kind in ("course", "certificate", "live_session"):
            ProofFactory(requirement=requirement, kind=kind, course=course)
        ProofFactory(requirement=requirement, alternative=2, kind="document", course=None)
    decided = {"decided_at": timezone.now(), "decided_by": UserFactory()}
    for fields in ({}, {"state": "rejected", "decision": "Unreadable", **decided}):
        ExternalDocumentFactory(person=person, requirement=requirement, **fields)
    return person


def certified():
    """A certificate that holds for ever, and one that expired."""
    learner, today = nobody(), timezone.localdate()
    past = {"issued_on": today - 9 * DAY, "valid_until_on": today - DAY}
    for fields in ({}, past):
        CertificateFactory(enrollment=EnrollmentFactory(person=learner), **fields)
    return learner


def invited_live():
    """Sessions with a seat of one's own, a place on the waitlist, and seats left."""
    learner, soon = nobody(), timezone.now() + DAY
    held, full, _free = (
        LiveSessionFactory(starts_at=soon, ends_at=soon + DAY / 12) for _ in range(3)
    )
    SeatFactory(session=held, person=learner, state="confirmed", number=1)
    SeatFactory(session=full, person=learner)
    return learner


def seated():
    learner, soon = nobody(), timezone.now() + DAY
    meeting = LiveSessionFactory(starts_at=soon, ends_at=soon + DAY / 12)
    SeatFactory(session=meeting, person=learner, state="confirmed", number=1)
    return learner


def waitlisted():
    learner, soon = nobody(), timezone.now() + DAY
    meeting = LiveSessionFactory(seats=1, starts_at=soon, ends_at=soon + DAY / 12)
    SeatFactory(session=meeting, state="confirmed", number=1)
    SeatFactory(session=meeting, person=learner)
    return learner


def offered():
    soon = timezone.now() + DAY
    LiveSessionFactory(starts_at=soon, ends_at=soon + DAY / 12, canceled_at=None)
    return nobody()


def held_live():
    """Before the trainer, who notes who came."""
    world, past = LearningWorld(), timezone.now() - DAY / 24
    meeting = LiveSessionFactory(starts_at=past, ends_at=past + DAY / 12)
    SeatFactory(session=meeting, person=world.learner, state="confirmed", number=1)
    return world.trainer


def thanked():
    """Thanks of a colleague and of a customer, points, a badge that is shown, a milestone."""
    crew = Crew()
    TierFactory(threshold=1)
    crew.thank(crew.ben, visibility="team")
    crew.thank(crew.ben, points=5)
    crew.fill(crew.ben, 50)
    BadgeAwardFactory(agent=crew.ben, is_shown=True, reason="Six clear months")
    BadgeAwardFactory(agent=crew.ben, expires_on=timezone.localdate() + DAY)
    MilestoneAwardFactory(agent=crew.ben)
    return crew.ben


def asked():
    """Seven customers answered about the agent, one of them in words; praise waits."""
    world = AskingWorld()
    for value in (5, 5, 4, 1, 5, 4):
        answer(world, value)
    answer(world, 2, driver="other", comment="Slow.")
    Response.objects.update(submitted_at=timezone.now() - 2 * DAY)
    praise = PraiseDraftFactory(team=world.team)
    praise.agents.add(world.agent)
    type(praise).objects.update(created_at=timezone.now() - 2 * DAY)
    return world.agent


PAGES = [
    ("quality:my_results", results),
    ("quality:my_results", too_few_results),
    ("quality:my_results", nobody),
    ("quality:evaluation_detail", read_result),
    ("quality:evaluation_detail", disputed_result),
    ("quality:evaluation_receipt", read_result),
    ("quality:evaluation_receipt", disputed_result),
    ("quality:evaluation_revisions", disputed_result),
    ("quality:dispute_file", read_result),
    ("quality:dispute_detail", disputed_result),
    ("quality:dispute_detail", to_decide()),
    ("quality:dispute_detail", to_decide("wrong_agent")),
    ("quality:dispute_detail", decided_dispute),
    ("quality:self_assessment", to_assess),
    ("training:agent_panel", learning),
    ("training:agent_panel", nobody),
    ("training:my_learning", learning),
    ("training:my_learning", begun),
    ("training:my_learning", completed),
    ("training:my_learning", nobody),
    ("training:catalog", learning),
    ("training:catalog", begun),
    ("training:catalog", completed),
    ("training:catalog", nobody),
    ("training:certificate_list", certified),
    ("training:certificate_list", nobody),
    ("training:my_requirements", asked_of),
    ("training:my_requirements", nobody),
    ("training:document_hand_in", asked_of),
    ("training:live_list", invited_live),
    ("training:live_list", nobody),
    *(("training:live_detail", world) for world in (seated, waitlisted, offered, held_live)),
    ("feedback:wall", thanked),
    ("feedback:wall", nobody),
    ("feedback:kudos_detail", thanked),
    ("feedback:kudos_give", thanked),
    ("feedback:my_recognition", thanked),
    ("feedback:my_recognition", nobody),
    ("feedback:points_statement", thanked),
    ("feedback:points_statement", nobody),
    ("feedback:recognition_preferences", nobody),
    ("feedback:my_feedback", asked),
    ("feedback:my_feedback", nobody),
]


OF_A_RESULT = [f"quality:evaluation_{tab}" for tab in ("detail", "receipt", "revisions")]
OF_A_RESULT += ["quality:dispute_file", "quality:self_assessment"]


def result_of(agent):
    rows = Evaluation.objects.filter(agent=agent, purpose="standard")
    return rows.order_by("pk").values_list("pk", flat=True)[:1]


def address_of(name, reader):
    about = {
        "training:agent_panel": [reader.pk],
        **dict.fromkeys(OF_A_RESULT, result_of(reader)),
        "quality:dispute_detail": Dispute.objects.values_list("pk", flat=True)[:1],
        "training:document_hand_in": Requirement.objects.values_list("pk", flat=True)[:1],
        "training:live_detail": LiveSession.objects.values_list("pk", flat=True)[:1],
        "feedback:kudos_detail": reader.kudos_received.values_list("kudos", flat=True)[:1],
    }
    return reverse(name, args=about.get(name, []))


def opened(client, name, world):
    """The page as a reader of Spanish gets it."""
    reader = world()
    return in_spanish(client, reader, address_of(name, reader))


@pytest.mark.parametrize(("name", "world"), PAGES)
def test_no_word_of_an_agents_page_is_ours_and_unmarked(client, monkeypatch, name, world):
    mark_what_is_said(monkeypatch)

    page = opened(client, name, world)

    assert page.status_code == 200
    assert page["Content-Language"] == "es"
    assert unsaid(page.content.decode(), words_of_the_records()) == []


@pytest.mark.parametrize(("name", "world"), PAGES)
def test_no_english_of_ours_is_on_an_agents_page(client, name, world):
    assert english_left(opened(client, name, world).content.decode()) == set()


def test_a_refused_document_is_refused_in_spanish(client):
    reader = asked_of()
    address = reverse("training:document_hand_in", args=[Requirement.objects.first().pk])
    in_spanish(client, reader, address)
    paper = SimpleUploadedFile("aid.pdf", b"no paper", content_type="application/pdf")
    given = {"title": "Aid", "issued_on": "2026-03-01", "file": paper}

    reversed_ = client.post(address, given | {"valid_until_on": "2026-02-01"}).content.decode()
    paper.seek(0)
    unread = client.post(address, given | {"valid_until_on": "2028-02-01"}).content.decode()

    assert "Debe vencer después del día en que se emitió." in reversed_
    assert "este archivo no es de tipo" in unread


def test_a_refused_dispute_is_refused_in_spanish(client):
    reader = read_result()
    address = reverse("quality:dispute_file", args=result_of(reader))
    in_spanish(client, reader, address)

    page = client.post(address, {"kind": "criteria", "reason": "Unfair"}).content.decode()

    assert "Dé un motivo de al menos 20 caracteres." in page
