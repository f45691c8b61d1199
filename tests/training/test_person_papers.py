"""What a person learned, and the development sheet: figures, readers, cost."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from quality.models import Evaluation
from tests.factories.accounts import TeamFactory
from tests.factories.feedback_surveys import InvitationCreditFactory, ResponseFactory
from tests.factories.training import (
    AttemptFactory,
    CertificateFactory,
    EnrollmentFactory,
    ExternalDocumentFactory,
    LessonFactory,
    LessonProgressFactory,
    LiveSessionFactory,
    SeatFactory,
    SkillEvidenceFactory,
    TargetRoleFactory,
)
from tests.factories.training_scorm import ScormStateFactory
from tests.training.judged import DAY
from tests.training.test_coaching import LATER, Talk
from tests.training.worlds import AT, LearningWorld, member
from training import development_sheet, evidence_file
from training.models import RoleChoice

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def url(name, person):
    return reverse(f"training:{name}", args=[person.pk])


def learned(person):
    """A course with 60 s on a page, 120 s of video, a quiz of 300 s and a package of 90 s."""
    enrollment = EnrollmentFactory(person=person, state="completed", completed_at=AT)
    for kind, rule, seconds in (
        ("text", "marked_done", 60),
        ("video", "viewed", 120),
        ("quiz", "submitted", 999),
    ):
        lesson = LessonFactory(
            module__revision=enrollment.revision, kind=kind, completion_rule=rule, body=""
        )
        LessonProgressFactory(enrollment=enrollment, lesson=lesson, seconds_spent=seconds)
    AttemptFactory(
        enrollment=enrollment, number=1, state="graded", percent=80, is_passed=True,
        started_at=AT, submitted_at=AT + timedelta(seconds=400),
        deadline_at=AT + timedelta(seconds=300),
    )  # fmt: skip
    ScormStateFactory(enrollment=enrollment, total_hundredths=9000)
    CertificateFactory(person=person, enrollment=enrollment, title="Birds")
    session = LiveSessionFactory(starts_at=AT - 3 * HOUR, ends_at=AT - HOUR, title="Meeting")
    SeatFactory(session=session, person=person, state="attended", number=1, minutes_present=100)
    ExternalDocumentFactory(
        person=person, state="approved", decided_by=session.trainer, decided_at=AT, title="Paper"
    )
    return enrollment


def test_time_is_told_by_source_and_adds_up():
    person = LearningWorld().learner
    enrollment = learned(person)

    found = evidence_file.evidence_of(person, AT)
    (row, seconds) = found.courses[0]
    assert row == enrollment
    assert seconds.by_source == {"page": 60, "video": 120, "quiz": 300, "scorm": 90, "live": 0}
    assert found.total.by_source["live"] == 6000
    assert found.total.total == 60 + 120 + 300 + 90 + 6000
    assert [one.title for one in found.documents] == ["Paper"]
    assert found.left_out == 0


def test_an_attempt_that_was_never_handed_in_took_no_known_time():
    attempt = AttemptFactory.build(started_at=AT, submitted_at=None, deadline_at=AT + HOUR)
    assert evidence_file.quiz_seconds(attempt) == 0


def test_the_file_names_everything_and_costs_the_same_for_much():
    person = LearningWorld().learner
    learned(person)
    html = evidence_file.evidence_html(person, at=AT)
    for words in ("1 of 1 taken up", "Birds", "Meeting", "100 of 120", "Paper", "1:49:30"):
        assert words in html
    with CaptureQueriesContext(connection) as few:
        evidence_file.evidence_html(person, at=AT)
    for _ in range(5):
        learned(person)
    with CaptureQueriesContext(connection) as many:
        evidence_file.evidence_html(person, at=AT)

    assert len(few) == len(many) <= 7


def test_people_without_learning_have_a_file_that_says_so():
    assert "No course was taken up" in evidence_file.evidence_html(LearningWorld().learner, at=AT)


@pytest.mark.parametrize("name", ["evidence_export", "evidence_pdf", "development_pdf"])
def test_readers_are_the_person_and_who_leads_them(client, name, monkeypatch):
    monkeypatch.setattr("lib.pdf.render", lambda html, **_options: b"%PDF-")
    world = LearningWorld()
    other = member("agent", world.team)
    boss = member("supervisor", TeamFactory())
    statuses = {}
    for who, reader in (
        ("own", world.learner), ("lead", world.supervisor), ("peer", other), ("stranger", boss),
    ):  # fmt: skip
        client.force_login(reader)
        statuses[who] = client.get(url(name, world.learner)).status_code

    assert statuses == {"own": 200, "lead": 200, "peer": 404, "stranger": 404}


def test_the_csv_holds_every_row(client):
    world = LearningWorld()
    learned(world.learner)
    client.force_login(world.supervisor)

    text = b"".join(client.get(url("evidence_export", world.learner)).streaming_content).decode()
    kinds = [line.split(",")[0].strip('"') for line in text.splitlines()[1:]]
    assert kinds == ["course", "quiz", "live session", "certificate"]


# --- Development ----------------------------------------------------------------------------------


def answered(agent, *, hit=True, driver="person"):
    today = timezone.localtime(LATER).date()
    response = ResponseFactory(
        is_satisfied=hit, driver_by_customer=driver, submitted_on=today, submitted_at=LATER
    )
    InvitationCreditFactory(invitation=response.invitation, agent=agent, weight=Decimal(1))


@pytest.fixture
def talk():
    talk = Talk()
    talk.agree()
    talk.shared()
    SkillEvidenceFactory(person=talk.agent, level=3, dated_on=LATER.date())
    Evaluation.objects.update(selection="random")
    return talk


def test_the_sheet_tells_what_stands_in_its_rows(talk):
    for hit in (True, True, True, True, False):
        answered(talk.agent, hit=hit)
    answered(talk.agent, hit=False, driver="process")
    enrollment = EnrollmentFactory(person=talk.agent, revision__course__title="Listening")

    found = development_sheet.development_of(talk.agent, talk.agent, LATER)
    assert (found.criteria[0].rate.k, found.criteria[0].rate.n) == (2, 6)
    assert (round(found.satisfaction.value, 2), found.n_answers) == (0.8, 6)
    assert [one.item.text for one in found.standings] == ["Solve at the first contact"]
    assert [row.enrollment for row in found.due] == [enrollment]
    assert [level for _skill, level, _proof in found.skills] == [3]
    html = development_sheet.development_html(talk.agent, talk.agent, at=LATER)
    for words in ("2 of 6", "80.0 %", "Solve at the first contact", "Listening"):
        assert words in html


def test_too_few_answers_give_no_figure(talk):
    answered(talk.agent)
    html = development_sheet.development_html(talk.agent, talk.agent, at=LATER)

    assert "not enough evidence (n 1)" in html


def test_agreements_and_wishes_stay_with_whom_they_belong_to(talk):
    role = TargetRoleFactory(title="Coach of birds")
    RoleChoice.objects.create(person=talk.agent, target_role=role)

    def seen_by(reader):
        return development_sheet.development_html(talk.agent, reader, at=LATER)

    assert "Coach of birds" in seen_by(talk.agent)
    assert "Coach of birds" not in seen_by(talk.coach)
    assert "Solve at the first contact" in seen_by(talk.coach)
    assert "Solve at the first contact" not in seen_by(talk.trainer)
    RoleChoice.objects.update(is_shared=True)
    assert "Coach of birds" in seen_by(talk.coach)


def test_the_sheet_forgets_what_is_older_than_its_period(talk):
    answered(talk.agent)
    found = development_sheet.development_of(talk.agent, talk.agent, LATER + 120 * DAY)

    assert (found.criteria, found.n_answers, found.standings) == ([], 0, [])
