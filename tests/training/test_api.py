"""Training for programs: what each person sees, what is written by verbs, what cannot be set."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.factories.training import (
    ActionItemFactory,
    CertificateFactory,
    CoachingSessionFactory,
    ProposalFactory,
    RemediationRuleFactory,
)
from tests.training.worlds import CANARY, LearningWorld, member
from training.models import Assignment, Enrollment

pytestmark = pytest.mark.django_db
URL = "/api/v1/training/"


class Program:
    """A client that speaks for one person."""

    def __init__(self, person):
        token = ApiTokenFactory(owner=person, scopes=["training:read", "training:write"])
        self.client = Client(headers={"Authorization": f"Bearer {token.text}"})

    def get(self, path):
        return self.client.get(URL + path)

    def ids(self, path):
        return [row["id"] for row in self.get(path).json()["results"]]

    def post(self, path, body=None):
        headers = {"Idempotency-Key": str(uuid4())}
        content = {"content_type": "application/json", "headers": headers}
        return self.client.post(URL + path, json.dumps(body or {}), **content)


@pytest.fixture
def world():
    return LearningWorld().published()


def test_courses_are_listed_and_found_by_code(world):
    program = Program(world.learner)

    (course,) = program.get("courses/?code=birds").json()["results"]
    assert (course["title"], course["revision"]) == ("Birds", 1)
    assert program.ids("courses/?code=none") == []
    assert program.get("courses/?color=red").status_code == 400


def test_a_course_is_given_once_to_people_of_ones_teams(world):
    program, stranger = Program(world.supervisor), UserFactory(roles=["agent"])
    due_on = f"{timezone.localdate() + timedelta(days=9)}"
    body = {"course": world.course.pk, "people": [world.learner.pk], "due_on": due_on}
    made = program.post("assignments/", body)
    again = program.post("assignments/", body)
    foreign = program.post("assignments/", body | {"people": [stranger.pk]})

    assert (made.status_code, len(made.json()), again.json()) == (201, 1, [])
    assert foreign.status_code == 403
    (row,) = Assignment.objects.all()
    late = f"{timezone.localdate() + timedelta(days=20)}"
    extended = program.post(f"assignments/{row.pk}/extend/", {"due_on": late, "reason": "Ill."})
    assert extended.json()["due_on"] == late
    past = program.post(f"assignments/{row.pk}/extend/", {"due_on": "2020-01-01", "reason": "x"})
    assert past.status_code in (400, 409, 422)
    withdrawn = program.post(f"assignments/{row.pk}/withdraw/", {"reason": "Not needed."})
    assert withdrawn.json()["withdrawn_at"]


def test_what_follows_from_lessons_cannot_be_set(world):
    program = Program(world.learner)
    body = {"course": world.course.pk, "state": "completed", "progress_percent": 100}

    assert program.post("enrollments/", body).status_code == 400
    made = program.post("enrollments/", {"course": world.course.pk})
    assert (made.status_code, made.json()["state"]) == (201, "assigned")
    assert Enrollment.objects.get().progress_percent == 0


def test_attempts_are_ones_own_and_hold_no_key(world):
    attempt = world.attempt()
    other = member("agent", world.team)
    shown = Program(world.learner).get(f"attempts/{attempt.pk}/")

    assert shown.json()["state"] == "in_progress"
    assert CANARY not in shown.content.decode()
    for person in (other, world.supervisor, world.trainer):
        assert Program(person).get(f"attempts/{attempt.pk}/").status_code == 404


def test_certificates_say_their_state_and_are_not_written(world):
    one = CertificateFactory(enrollment__person=world.learner)
    program = Program(world.learner)

    assert program.get(f"certificates/{one.pk}/").json()["state"] == "valid"
    assert program.post("certificates/", {"serial": "x"}).status_code == 405
    assert Program(member("agent", world.team)).ids("certificates/") == []


def test_proposals_are_decided_by_the_supervisor(world):
    rule = RemediationRuleFactory(course=world.course, coaching_text="")
    first, second = (
        ProposalFactory(rule=rule, agent=world.learner, criterion_key=key)
        for key in ("greet", "solve")
    )
    program = Program(world.supervisor)
    assert set(program.ids("proposals/?state=proposed")) == {first.pk, second.pk}
    confirmed = program.post(f"proposals/{first.pk}/confirm/")
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed")
    dismissed = program.post(f"proposals/{second.pk}/dismiss/", {"reason": "Known already."})
    assert dismissed.json()["state"] == "dismissed"
    assert program.post(f"proposals/{second.pk}/confirm/").status_code == 409
    assert Program(world.learner).get("proposals/").status_code == 403


def test_agents_see_actions_once_they_were_shared(world):
    session = CoachingSessionFactory(agent=world.learner, coach=world.supervisor)
    item = ActionItemFactory(agenda_item__session=session)
    program = Program(world.learner)
    assert (program.ids("action-items/"), program.ids("coaching-sessions/")) == ([], [session.pk])
    session.state = "shared"
    session.save()

    assert program.ids("action-items/") == [item.pk]
    assert program.get(f"action-items/{item.pk}/").json()["standing"]["status"] in (
        "waiting", "not_measurable",
    )  # fmt: skip
    assert Program(world.supervisor).ids("action-items/") == [item.pk]
    assert Program(world.trainer).ids("action-items/") == []


def test_notes_are_in_no_answer(world):
    session = CoachingSessionFactory(
        agent=world.learner,
        coach=world.supervisor,
        agent_comment=CANARY,
        metrics_snapshot={CANARY: 1},
    )
    session.notes.create(author=world.supervisor, body=CANARY, is_private=True)
    program = Program(world.supervisor)

    for path in ("coaching-sessions/", f"coaching-sessions/{session.pk}/"):
        assert CANARY not in program.get(path).content.decode()


def test_a_list_costs_the_same_for_many(world, django_assert_max_num_queries):
    program = Program(world.supervisor)
    for _ in range(30):
        person = member("agent", world.team)
        Assignment.objects.create(
            person=person, course=world.course, assigned_on=timezone.localdate()
        )

    with django_assert_max_num_queries(14):
        assert len(program.ids("assignments/")) == 30
