"""The smallest valid rows of recognition."""

from datetime import UTC, date, datetime
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from feedback import models
from tests.factories.accounts import TeamFactory, UserFactory

AT = datetime(2026, 5, 4, 10, tzinfo=UTC)


class CompanyValueFactory(DjangoModelFactory):
    class Meta:
        model = models.CompanyValue

    code = factory.Sequence(lambda n: f"value-{n}")
    name = factory.Sequence(lambda n: f"Value {n}")


class KudosFactory(DjangoModelFactory):
    class Meta:
        model = models.Kudos

    giver = factory.SubFactory(UserFactory)
    message = "Thank you for helping me with the difficult caller."
    posted_at = AT
    idempotency_key = factory.Sequence(lambda n: f"key-{n}")


class KudosRecipientFactory(DjangoModelFactory):
    class Meta:
        model = models.KudosRecipient

    kudos = factory.SubFactory(KudosFactory)
    agent = factory.SubFactory(UserFactory)
    team = factory.SubFactory(TeamFactory)


class KudosReactionFactory(DjangoModelFactory):
    class Meta:
        model = models.KudosReaction

    kudos = factory.SubFactory(KudosFactory)
    user = factory.SubFactory(UserFactory)
    kind = "thanks"


class AbuseReportFactory(DjangoModelFactory):
    class Meta:
        model = models.AbuseReport

    kudos = factory.SubFactory(KudosFactory)
    by = factory.SubFactory(UserFactory)
    reason = "This makes fun of somebody."


class PraiseDraftFactory(DjangoModelFactory):
    class Meta:
        model = models.PraiseDraft

    response_id = factory.LazyFunction(lambda: str(uuid4()))
    redacted_text = "She was kind. She solved it at once."
    team = factory.SubFactory(TeamFactory)


class NoticePreferenceFactory(DjangoModelFactory):
    class Meta:
        model = models.NoticePreference

    user = factory.SubFactory(UserFactory)


class BudgetFactory(DjangoModelFactory):
    class Meta:
        model = models.Budget

    team = factory.SubFactory(TeamFactory)
    starts_on = date(2026, 4, 1)
    ends_on = date(2026, 7, 1)
    points = 1000


class PointsAccountFactory(DjangoModelFactory):
    class Meta:
        model = models.PointsAccount

    kind = "wallet"
    owner = factory.SubFactory(UserFactory)


class PointsTransactionFactory(DjangoModelFactory):
    class Meta:
        model = models.PointsTransaction

    kind = "badge"
    idempotency_key = factory.Sequence(lambda n: f"transaction-{n}")
    at = AT


class PostingFactory(DjangoModelFactory):
    class Meta:
        model = models.Posting

    transaction = factory.SubFactory(PointsTransactionFactory)
    account = factory.SubFactory(PointsAccountFactory)
    amount = 10
    balance_after = 10


class BoostFactory(DjangoModelFactory):
    class Meta:
        model = models.Boost

    user = factory.SubFactory(UserFactory)
    points = 20
    reason = "Team of the month."
    by = factory.SubFactory(UserFactory)


class GrantRequestFactory(DjangoModelFactory):
    class Meta:
        model = models.GrantRequest

    giver = factory.SubFactory(UserFactory)
    points = 300
    reason = "Stayed late for the outage."
    budget = factory.SubFactory(BudgetFactory)


class RecognitionPolicyFactory(DjangoModelFactory):
    class Meta:
        model = models.RecognitionPolicy
        django_get_or_create = ("id",)

    id = 1


class TierFactory(DjangoModelFactory):
    class Meta:
        model = models.Tier

    name = factory.Sequence(lambda n: f"Tier {n}")
    threshold = factory.Sequence(lambda n: 100 * (n + 1))


class RewardFactory(DjangoModelFactory):
    class Meta:
        model = models.Reward

    name = factory.Sequence(lambda n: f"Cinema ticket {n}")
    category = "Free time"
    cost_points = 40


class RedemptionFactory(DjangoModelFactory):
    class Meta:
        model = models.Redemption

    user = factory.SubFactory(UserFactory)
    reward = factory.SubFactory(RewardFactory)
    price_points = 40
    ordered_at = AT
    idempotency_key = factory.Sequence(lambda n: f"key-{n}")


class AwardProgramFactory(DjangoModelFactory):
    class Meta:
        model = models.AwardProgram

    name = "Helping hand of the quarter"
    opens_at = datetime(2026, 5, 1, tzinfo=UTC)
    closes_at = datetime(2026, 6, 1, tzinfo=UTC)
    chair = factory.SubFactory(UserFactory)
    criteria = [
        {"code": "care", "name": "Care", "weight_percent": 60},
        {"code": "skill", "name": "Skill", "weight_percent": 40},
    ]
    state = "open"


class NominationFactory(DjangoModelFactory):
    class Meta:
        model = models.Nomination

    program = factory.SubFactory(AwardProgramFactory)
    nominator = factory.SubFactory(UserFactory)
    nominee = factory.SubFactory(UserFactory)
    statement = "Took over three shifts in one week so that two colleagues could be with family."


class CommitteeVoteFactory(DjangoModelFactory):
    class Meta:
        model = models.CommitteeVote

    nomination = factory.SubFactory(NominationFactory)
    member = factory.SubFactory(UserFactory)
    scores = {"care": 5, "skill": 4}


class RecognitionFactFactory(DjangoModelFactory):
    class Meta:
        model = models.RecognitionFact

    fact_key = factory.Sequence(lambda n: f"evaluation:{n}")
    kind = "evaluation"
    agent = factory.SubFactory(UserFactory)
    occurred_at = AT
    payload = {"score_percent": 95.0, "is_passed": True, "has_critical_failure": False}


class BadgeFactory(DjangoModelFactory):
    class Meta:
        model = models.Badge

    code = factory.Sequence(lambda n: f"badge-{n}")
    name = factory.Sequence(lambda n: f"Badge {n}")
    description = "Three passed evaluations within thirty days."


class BadgeRuleFactory(DjangoModelFactory):
    class Meta:
        model = models.BadgeRule

    badge = factory.SubFactory(BadgeFactory)
    fact_kind = "evaluation"
    conditions = [{"field": "is_passed", "operator": "eq", "value": True}]
    k = 3
    window_days = 30
    points = factory.SelfAttribute("badge.points")
    effective_from = datetime(2026, 1, 1, tzinfo=UTC)
    state = "active"


class BadgeAwardFactory(DjangoModelFactory):
    class Meta:
        model = models.BadgeAward

    badge = factory.SubFactory(BadgeFactory)
    agent = factory.SubFactory(UserFactory)
    closing_fact_key = factory.Sequence(lambda n: f"evaluation:{n}")
    awarded_at = AT


class MilestoneFactory(DjangoModelFactory):
    class Meta:
        model = models.Milestone

    kind = "anniversary"
    years = factory.Sequence(lambda n: n + 1)


class MilestoneAwardFactory(DjangoModelFactory):
    class Meta:
        model = models.MilestoneAward

    milestone = factory.SubFactory(MilestoneFactory)
    agent = factory.SubFactory(UserFactory)
    on_date = AT.date()


class BirthdayFactory(DjangoModelFactory):
    class Meta:
        model = models.Birthday

    user = factory.SubFactory(UserFactory)
    day = 4
    month = 5


class VolumeDecisionFactory(DjangoModelFactory):
    class Meta:
        model = models.VolumeDecision

    agent = factory.SubFactory(UserFactory)
    month_on = date(2026, 4, 1)
    is_passed = True
    decided_at = AT


class LeaderboardFactory(DjangoModelFactory):
    class Meta:
        model = models.Leaderboard

    code = factory.Sequence(lambda n: f"board-{n}")
    name = factory.Sequence(lambda n: f"Board {n}")
    metric = "qa_pass"
    unit = "agent"


class LeaderboardSnapshotFactory(DjangoModelFactory):
    class Meta:
        model = models.LeaderboardSnapshot

    board = factory.SubFactory(LeaderboardFactory)
    as_of = AT.date()
    made_at = AT
    rows = []
    method = "Share of passed evaluations."


class BoardPreferenceFactory(DjangoModelFactory):
    class Meta:
        model = models.BoardPreference

    user = factory.SubFactory(UserFactory)


class FairPlayFlagFactory(DjangoModelFactory):
    class Meta:
        model = models.FairPlayFlag

    kind = "reciprocity"
    period_on = date(2026, 5, 1)
    subjects_key = factory.Sequence(lambda n: f"{n}")
    evidence = "Two people thanked each other eight times in 90 days."
