"""A small team that thanks and is thanked."""

from uuid import uuid4

from feedback.actions import kudos, postings
from feedback.actions.budgets import fund_budget
from feedback.models import PointsAccount, Posting
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.recognition import AT, CompanyValueFactory

MESSAGE = "Thank you for taking over my shift on Sunday."


class Crew:
    """A team with a supervisor and three agents, and a value to thank for."""

    def __init__(self):
        self.team = TeamFactory()
        self.value = CompanyValueFactory()
        self.supervisor = self.join("supervisor")
        self.ann, self.ben, self.cid = (self.join("agent") for _ in range(3))
        self.admin = UserFactory(roles=["admin"])

    def join(self, kind, **fields):
        person = UserFactory(roles=[kind], **fields)
        TeamMembershipFactory(user=person, team=self.team, kind=kind)
        return person

    def thank(self, *recipients, by=None, points=0, key=None, at=AT, **more):
        fields = {"message": MESSAGE, "values": [self.value]} | more
        thanks = kudos.Thanks(recipients=recipients or [self.ben], points_each=points, **fields)
        return kudos.give_kudos(thanks=thanks, key=key or uuid4().hex, by=by or self.ann, at=at)

    def budget(self, points=1000, **more):
        spans = {
            "starts_on": AT.date().replace(day=1),
            "ends_on": AT.date().replace(month=7, day=1),
        }
        return fund_budget(team=self.team, points=points, by=self.admin, at=AT, **(spans | more))

    def fill(self, person, points, at=AT, reason=""):
        """Earned points in a wallet, from nowhere in particular."""
        (wallet,) = postings.wallets([person])
        return postings.post(
            kind="milestone",
            key=uuid4().hex,
            entries=[(postings.system("issuance"), -points), (wallet, points)],
            by=None,
            at=at,
            reason=reason,
        )


def balance(person, kind="wallet"):
    return PointsAccount.objects.get(owner=person, kind=kind).balance


def lifetime(person):
    return PointsAccount.objects.get(owner=person, kind="wallet").lifetime


def system_balance(kind):
    return PointsAccount.objects.get(kind=kind, owner=None, budget=None).balance


def assert_books_are_sound():
    """Postings sum to zero, and every balance is the sum of its postings."""
    rows = list(Posting.objects.values_list("account", "amount", "transaction"))
    assert sum(amount for _account, amount, _entry in rows) == 0
    for account in PointsAccount.objects.all():
        own = sum(amount for pk, amount, _entry in rows if pk == account.pk)
        assert account.balance == own, account
