"""The smallest valid rows of reports."""

from datetime import UTC, date, datetime, time

import factory
from factory.django import DjangoModelFactory

from reports import models
from tests.factories.accounts import UserFactory
from tests.factories.crm import SegmentFactory

ON = date(2026, 5, 4)
AT = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)
NO_VISITS = dict.fromkeys(
    (
        *("answered", "abandoned", "flowed_out", "callbacks"),
        *("answered_timed", "abandoned_timed", "flowed_out_timed"),
        *("answered_within", "abandoned_within", "callbacks_within", "delayed"),
        *("wait_answered", "wait_answered_squares", "wait_abandoned", "wait_flowed_out"),
        "max_wait",
    ),
    0,
)


class FactDayFactory(DjangoModelFactory):
    class Meta:
        model = models.FactDay

    family = "queues"
    on_date = ON
    marked_at = AT


class IntervalQueueFactFactory(DjangoModelFactory):
    class Meta:
        model = models.IntervalQueueFact

    on_date = ON
    quarter = factory.Sequence(lambda n: 1_900_000 + n)
    queue_key = 0
    channel = "voice"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return super()._create(model_class, *args, **NO_VISITS | kwargs)


class DayQueueFactFactory(DjangoModelFactory):
    class Meta:
        model = models.DayQueueFact

    on_date = ON
    queue_key = factory.Sequence(lambda n: n)
    channel = "voice"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return super()._create(model_class, *args, **NO_VISITS | kwargs)


class DayWaitCountFactory(DjangoModelFactory):
    class Meta:
        model = models.DayWaitCount

    on_date = ON
    queue_key = 0
    channel = "voice"
    group = "answered"
    wait_seconds = factory.Sequence(lambda n: n)
    visits = 1


class TrackedSegmentFactory(DjangoModelFactory):
    class Meta:
        model = models.TrackedSegment

    segment = factory.SubFactory(SegmentFactory)


class DayDispositionFactFactory(DjangoModelFactory):
    class Meta:
        model = models.DayDispositionFact

    on_date = ON
    queue_key = 0
    channel = "voice"
    direction = "inbound"
    agent_key = factory.Sequence(lambda n: n)
    team_key = disposition_key = 0
    handled = timed = 1
    handle = 60
    handle_squares = 3600
    transfers = with_transfer = 0


class DayLegFactFactory(DjangoModelFactory):
    class Meta:
        model = models.DayLegFact

    on_date = ON
    queue_key = 0
    channel = "voice"
    direction = "inbound"
    agent_key = factory.Sequence(lambda n: n)
    team_key = 0
    legs = timed = 1
    talk = 60
    hold = wrap = 0
    handle_squares = 3600
    without_hold = without_wrap = blind = attended = to_queue = 0


class DayAgentTimeFactory(DjangoModelFactory):
    class Meta:
        model = models.DayAgentTime

    on_date = ON
    agent_key = factory.Sequence(lambda n: n)
    team_key = 0
    handling = load = available = 600
    logged_in = slot_seconds = 1200


class DayHandledFactFactory(DjangoModelFactory):
    class Meta:
        model = models.DayHandledFact

    on_date = ON
    queue_key = 0
    channel = "voice"
    direction = "inbound"
    agent_key = factory.Sequence(lambda n: n)
    team_key = 0
    handled = timed = 1
    handle = 60
    handle_squares = 3600
    transfers = with_transfer = 0


class DayRepeatFactFactory(DjangoModelFactory):
    class Meta:
        model = models.DayRepeatFact

    on_date = ON
    rule = "w7-customer-any"
    queue_key = 0
    channel = "voice"
    agent_key = factory.Sequence(lambda n: n)
    team_key = 0
    contacts = eligible = 1
    repeated = net_eligible = net_repeated = repeats = 0


class DayGapCountFactory(DjangoModelFactory):
    class Meta:
        model = models.DayGapCount

    on_date = ON
    queue_key = factory.Sequence(lambda n: n)
    channel = "voice"
    gap = "7d"
    contacts = 1


class KpiDefinitionFactory(DjangoModelFactory):
    class Meta:
        model = models.KpiDefinition

    slug = factory.Sequence(lambda n: f"sl3-t{n}-lte")


class QueueThresholdFactory(DjangoModelFactory):
    class Meta:
        model = models.QueueThreshold

    queue = factory.SubFactory("tests.factories.routing.QueueFactory")
    effective_on = ON


class TargetFactory(DjangoModelFactory):
    class Meta:
        model = models.Target

    definition = "sl3-tq-lte"
    target_value = 80
    limit_value = 70
    effective_on = ON


class SpecialDayFactory(DjangoModelFactory):
    class Meta:
        model = models.SpecialDay

    on_date = ON
    kind = "holiday"


class AnnotationFactory(DjangoModelFactory):
    class Meta:
        model = models.Annotation

    on_date = ON
    text = "New routing"
    by = factory.SubFactory(UserFactory)


class MonthCommentFactory(DjangoModelFactory):
    class Meta:
        model = models.MonthComment

    month = ON.replace(day=1)
    text = "A calm month."
    by = factory.SubFactory(UserFactory)


class ReportScheduleFactory(DjangoModelFactory):
    class Meta:
        model = models.ReportSchedule
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Schedule {n}")
    kind = "operations"
    at = time(6)
    owner = factory.SubFactory(UserFactory)


class ReportRunFactory(DjangoModelFactory):
    class Meta:
        model = models.ReportRun

    kind = "operations"
    title = "Operations"
    requested_by = factory.SubFactory(UserFactory)
    expires_on = date(2030, 1, 1)


class ReportItemFactory(DjangoModelFactory):
    class Meta:
        model = models.ReportItem

    run = factory.SubFactory(ReportRunFactory)
    subject_kind = "site"
    name = "Operations"


class AnomalyFlagFactory(DjangoModelFactory):
    class Meta:
        model = models.AnomalyFlag

    definition = "vol1"
    queue = factory.SubFactory("tests.factories.routing.QueueFactory")
    on_date = ON
    value = 300.0
    n = 300
    expected = 205.0
    low = 156.0
    high = 260.0
    z = 5.8


class RiskRuleSetFactory(DjangoModelFactory):
    class Meta:
        model = models.RiskRuleSet

    number = factory.Sequence(lambda n: n + 1)
    rules = {"R2": [8, 24]}


class RiskScoreFactory(DjangoModelFactory):
    class Meta:
        model = models.RiskScore

    customer = factory.SubFactory("tests.factories.crm.CustomerFactory")
    score = 40
    band = "medium"
    rule_set = 0
    as_of_at = AT
