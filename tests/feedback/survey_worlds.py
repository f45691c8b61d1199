"""A small center that asks: a program, a customer with an address, an interaction that ended."""

from datetime import UTC, datetime, timedelta

from django.test import Client
from django.utils import timezone

from feedback import links
from feedback.actions import keeping
from feedback.models import Invitation, Response
from lib import tokens
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    ContactPointFactory,
    CustomerFactory,
    InteractionFactory,
    LegFactory,
)
from tests.factories.feedback_surveys import (
    InvitationFactory,
    InvitationTokenFactory,
    ProgramFactory,
)
from tests.factories.routing import QueueFactory

MONDAY = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)
PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile Safari/604.1"


def member(role, team):
    person = UserFactory(roles=[role])
    TeamMembershipFactory(user=person, team=team, kind=role)
    return person


class AskingWorld:
    """One team with an agent and a supervisor, one queue, one live program by e-mail."""

    def __init__(self, **program):
        self.team = TeamFactory()
        self.agent = member("agent", self.team)
        self.supervisor = member("supervisor", self.team)
        self.queue = QueueFactory(team=self.team)
        fields = {"live_at": MONDAY - timedelta(days=30)} | program
        self.program = ProgramFactory(**fields)
        self.survey = self.program.survey

    def customer(self, *, email=True, **fields):
        customer = CustomerFactory(first_name="Ada", **fields)
        if email:
            address = f"customer{customer.pk}@mail.example"
            ContactPointFactory(customer=customer, kind="email", value=address)
        return customer

    def interaction(self, customer=None, ended_at=MONDAY, **fields):
        row = InteractionFactory(
            customer=customer or self.customer(),
            queue=self.queue,
            started_at=ended_at - timedelta(minutes=5),
            ended_at=ended_at,
            handle_seconds=300,
            **fields,
        )
        LegFactory(
            interaction=row,
            agent=self.agent,
            team=self.team,
            answered_at=row.started_at,
            talk_seconds=300,
        )
        return row


def invited(**fields):
    """An invitation that was sent half an hour ago, and the token of its link."""
    now = timezone.now()
    fields = {
        "due_at": now,
        "sent_at": now - timedelta(minutes=30),
        "expires_at": now + timedelta(days=14),
    } | fields
    invitation = InvitationFactory(**fields)
    token = tokens.mint()
    InvitationTokenFactory(invitation=invitation, token_hash=tokens.digest(token))
    return invitation, token


class Respondent:
    """A browser that follows a link, waits as people do, and presses."""

    def __init__(self, token, *, agent=PERSON, cookies=True):
        self.client = Client(headers={"user-agent": agent})
        self.token, self.cookies = token, cookies
        self.url = ""

    def open(self, query=""):
        answer = self.client.get(f"/s/{self.token}{query}")
        if answer.status_code != 303:
            return answer
        if not self.cookies:
            self.client.cookies.clear()
        self.url = answer["Location"]
        return self.client.get(self.url)

    @property
    def address(self):
        return self.url.partition("?")[0]

    def note(self, page, *, seconds_ago=60):
        """The signed note of a page, as if it had been shown some time ago."""
        sheet = links.read_sheet(page.context["note"])
        sheet.rendered_at -= seconds_ago
        return sheet.signed()

    def send(self, page, go="next", seconds_ago=60, **fields):
        body = {"f": self.note(page, seconds_ago=seconds_ago), "go": go}
        body |= {
            f"q-{name}" if name not in ("js", "e", "website") else name: value
            for name, value in fields.items()
        }
        return self.client.post(self.address, body)


def answered(value=5, **fields):
    """An invitation that a person has answered, and the last page."""
    invitation, token = invited(**fields)
    person = Respondent(token)
    page = person.send(person.open(), csat=str(value), driver="person", comment="All fine.")
    invitation.refresh_from_db()
    return invitation, page


def fresh(invitation):
    return Invitation.objects.get(pk=invitation.pk)


def answer(world, value, driver="person", comment="", **fields):
    """A customer of the world answers about a contact with its agent."""
    interaction = world.interaction(ended_at=timezone.now() - timedelta(hours=2))
    invitation, token = invited(
        version=world.survey.published,
        program=world.program,
        customer=interaction.customer,
        contact_point=interaction.customer.contact_points.get(),
        interaction=interaction,
        queue=world.queue,
        team=world.team,
        interaction_channel="voice",
        **fields,
    )
    invitation.credits.create(agent=world.agent, weight=1)
    person = Respondent(token)
    person.send(person.open(), csat=str(value), driver=driver, comment=comment)
    keeping.rebuild_tallies(world.survey)
    return Response.objects.get(invitation=invitation)
