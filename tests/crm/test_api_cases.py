"""Cases, clocks, tasks and promises for programs: the verbs of the pages, with their refusals."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from crm import closing
from crm.actions import cases, clocks, tasks
from crm.models import Case, Promise, Task
from tests.factories.accounts import (
    ApiTokenFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)
from tests.factories.crm import CustomerFactory, CustomFieldDefinitionFactory
from tests.factories.crm_cases import SlaPolicyFactory

pytestmark = pytest.mark.django_db
SCOPES = [f"{noun}:{act}" for noun in ("cases", "tasks", "promises") for act in ("read", "write")]


class Program:
    """A client with a token; each write carries a key of its own."""

    def __init__(self, owner):
        token = ApiTokenFactory(owner=owner, scopes=SCOPES)
        self.client = Client(headers={"Authorization": f"Bearer {token.text}"})

    def get(self, path):
        return self.client.get(f"/api/v1/{path}")

    def post(self, path, body=None, **headers):
        told = {"Idempotency-Key": uuid4().hex, **headers}
        return self.client.post(
            f"/api/v1/{path}", body or {}, content_type="application/json", headers=told
        )

    def patch(self, path, body, tag):
        return self.client.patch(
            f"/api/v1/{path}", body, content_type="application/json", headers={"If-Match": tag}
        )


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def boss(team):
    user = UserFactory(roles=["supervisor"])
    TeamMembershipFactory(user=user, team=team, kind="supervisor")
    return user


def opened(team, **kwargs):
    told = {"subject": "Parcel is late", "by": None, "at": timezone.now(), "team": team}
    return cases.open_case(**told | kwargs)


def test_a_case_from_begin_to_end(team, boss, monkeypatch):
    program, customer = Program(boss), CustomerFactory()
    told = {"subject": "Lost", "customer": customer.pk, "team": team.pk, "is_from_customer": True}
    made = program.post("cases/", told)
    assert made.status_code == 201, made.content
    pk, tag = made.json()["id"], made["ETag"]

    changed = program.patch(f"cases/{pk}/", {"priority": "high"}, tag)
    assert (changed.status_code, changed.json()["priority"]) == (200, "high")
    assert program.patch(f"cases/{pk}/", {"priority": "low"}, tag).status_code == 412
    said = program.post(f"cases/{pk}/message/", {"speaker": "agent", "body": "We look."})
    assert said.json()["first_response_at"]
    tag = {"If-Match": said["ETag"]}
    monkeypatch.setattr(closing, "_guards", [lambda case: ["Choose a root cause."]])
    refused = program.post(f"cases/{pk}/move/", {"category": "resolved"}, **tag)
    assert (refused.status_code, refused.json()["detail"]) == (409, "Choose a root cause.")
    monkeypatch.setattr(closing, "_guards", [])
    moved = program.post(f"cases/{pk}/move/", {"category": "resolved"}, **tag)
    assert (moved.status_code, moved.json()["category"]) == (200, "resolved")


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"subject": " "}, "/subject"),
        ({"subject": "Lost", "customer": 10**9}, "/customer"),
        ({"subject": "Lost", "status": "Closed"}, "/status"),
        ({"subject": "Lost", "is_breached": False}, "/is_breached"),
    ],
)
def test_what_cannot_be_is_named(boss, told, pointer):
    answer = Program(boss).post("cases/", told)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not Case.objects.exists()


def test_another_teams_case_and_team_are_not_there(boss):
    other = TeamFactory()
    case = opened(other)
    program = Program(boss)

    assert program.get("cases/").json()["results"] == []
    assert program.get(f"cases/{case.pk}/").status_code == 404
    assert program.post("cases/", {"subject": "Lost", "team": other.pk}).status_code == 400


def test_own_values_are_written_and_checked(team, boss):
    CustomFieldDefinitionFactory(target="case", key="amount", label="Amount", type="decimal")
    program = Program(boss)
    told = {"subject": "Refund", "team": team.pk}

    made = program.post("cases/", told | {"custom": {"amount": "9.5"}})
    wrong = [
        program.post("cases/", told | {"custom": custom})
        for custom in ({"amount": "many"}, {"color": "red"}, ["amount"], "amount")
    ]

    assert made.json()["custom"] == {"amount": "9.5"}
    assert [answer.status_code for answer in wrong] == [400, 400, 400, 400]


def test_filters_and_query_count(team, boss, django_assert_max_num_queries):
    program = Program(boss)
    opened(team, priority="urgent")
    for _number in range(10):
        opened(team)

    assert len(program.get("cases/?priority=urgent").json()["results"]) == 1
    assert program.get("cases/?user__password=x").status_code == 400
    with django_assert_max_num_queries(12):
        assert len(program.get("cases/?order=next_due_at").json()["results"]) == 11


def test_clocks_come_with_their_events_and_are_excused(team, boss):
    SlaPolicyFactory(targets={"resolution": 60})
    case = opened(team, at=timezone.now() - timedelta(hours=1))
    clocks.note_breaches(at=timezone.now())
    program = Program(boss)

    (clock,) = program.get(f"clocks/?case={case.pk}&is_breached=true").json()["results"]
    assert [event["kind"] for event in clock["events"]] == ["activate", "breach"]
    assert program.post(f"clocks/{clock['id']}/excuse/", {"reason": "x"}).status_code == 400
    done = program.post(f"clocks/{clock['id']}/excuse/", {"reason": "Strike of the carrier."})
    assert (done.status_code, done.json()["is_excused"]) == (200, True)


def test_tasks(team, boss):
    program = Program(boss)
    due_at = (timezone.now() + timedelta(days=1)).isoformat()
    made = program.post("tasks/", {"title": "Call back", "due_at": due_at})
    assert made.status_code == 201, made.content
    assert Task.objects.get().assignee == boss
    pooled = tasks.create_task(
        title="Write", due_at=timezone.now(), team=team, by=boss, at=timezone.now()
    )

    assert program.post(f"tasks/{pooled.pk}/take/").json()["assignee"] == boss.pk
    assert program.post(f"tasks/{pooled.pk}/complete/").json()["state"] == "done"
    assert program.post(f"tasks/{pooled.pk}/complete/").status_code == 409
    both = {"title": "Write", "due_at": due_at, "assignee": boss.pk, "team": team.pk}
    assert program.post("tasks/", both).status_code == 400
    renamed = program.patch(f"tasks/{made.json()['id']}/", {"title": "Call soon"}, made["ETag"])
    assert renamed.json()["title"] == "Call soon"


def test_promises(boss):
    program, customer = Program(boss), CustomerFactory()
    due_at = (timezone.now() + timedelta(days=1)).isoformat()
    told = {"text": "Call back", "customer": customer.pk, "due_at": due_at, "kind": "send"}
    made = program.post("promises/", told)
    assert made.status_code == 201, made.content
    pk = made.json()["id"]

    assert program.post(f"promises/{pk}/withdraw/", {"reason": "x"}).status_code == 400
    assert program.post(f"promises/{pk}/keep/", {"proof": "Sent."}).json()["state"] == "kept"
    assert program.post(f"promises/{pk}/keep/", {"proof": "Sent."}).status_code == 409
    assert Promise.objects.get().settled_by == boss
    assert program.post("promises/", told | {"due_at": "2020-01-01T00:00:00Z"}).status_code == 400
    assert len(program.get("promises/?state=kept").json()["results"]) == 1
