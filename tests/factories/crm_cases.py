"""The smallest valid rows of cases, clocks and work."""

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from crm import models
from crm.names import name_key
from tests.factories.accounts import UserFactory
from tests.factories.crm import CustomerFactory, InteractionFactory

OPENED_AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


class CaseStatusFactory(DjangoModelFactory):
    class Meta:
        model = models.CaseStatus
        django_get_or_create = ("name",)

    name = "New"
    category = "open"


class CaseFactory(DjangoModelFactory):
    """A row alone; `actions.open_case` gives it clocks."""

    class Meta:
        model = models.Case

    subject = factory.Sequence(lambda n: f"Case {n}")
    subject_key = factory.LazyAttribute(lambda case: name_key(case.subject))
    status = factory.SubFactory(CaseStatusFactory)
    opened_at = OPENED_AT
    status_at = OPENED_AT


class CaseInteractionFactory(DjangoModelFactory):
    class Meta:
        model = models.CaseInteraction

    case = factory.SubFactory(CaseFactory)
    interaction = factory.SubFactory(InteractionFactory)


class CaseWatcherFactory(DjangoModelFactory):
    class Meta:
        model = models.CaseWatcher

    case = factory.SubFactory(CaseFactory)
    user = factory.SubFactory(UserFactory)


class SlaPolicyFactory(DjangoModelFactory):
    """A policy of one version that fits every case; `targets={"resolution": 3600}` adds targets."""

    class Meta:
        model = models.SlaPolicy
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Policy {n}")
    position = factory.Sequence(lambda n: n + 1)

    @factory.post_generation
    def targets(self, create, seconds, *, calendar=None, conditions=None, pauses=None):
        self.current = PolicyVersionFactory(
            policy=self, calendar=calendar, conditions=conditions or {}
        )
        self.save()
        for metric, target_seconds in (seconds or {}).items():
            SlaTargetFactory(
                version=self.current,
                metric=metric,
                target_seconds=target_seconds,
                pauses_while_waiting=metric == "resolution" if pauses is None else pauses,
            )


class PolicyVersionFactory(DjangoModelFactory):
    class Meta:
        model = models.PolicyVersion

    policy = factory.SubFactory(SlaPolicyFactory)
    number = factory.Sequence(lambda n: n + 1)


class SlaTargetFactory(DjangoModelFactory):
    class Meta:
        model = models.SlaTarget

    version = factory.SubFactory(PolicyVersionFactory)
    metric = "resolution"
    target_seconds = 3600
    warn_percents = [50, 75, 100]


class SlaClockFactory(DjangoModelFactory):
    class Meta:
        model = models.SlaClock

    case = factory.SubFactory(CaseFactory)
    metric = "resolution"


class ClockEventFactory(DjangoModelFactory):
    class Meta:
        model = models.ClockEvent

    clock = factory.SubFactory(SlaClockFactory)
    kind = "activate"
    at = OPENED_AT
    noted_at = OPENED_AT


class TaskFactory(DjangoModelFactory):
    class Meta:
        model = models.Task

    title = factory.Sequence(lambda n: f"Task {n}")
    due_at = OPENED_AT + timedelta(days=1)


class PromiseFactory(DjangoModelFactory):
    class Meta:
        model = models.Promise

    text = "Call back about the parcel"
    customer = factory.SubFactory(CustomerFactory)
    made_by = factory.SubFactory(UserFactory)
    made_at = OPENED_AT
    due_at = OPENED_AT + timedelta(days=1)
    expires_at = factory.SelfAttribute("due_at")


class NoteFactory(DjangoModelFactory):
    class Meta:
        model = models.Note

    case = factory.SubFactory(CaseFactory)
    body = "Ask the warehouse."
    author = factory.SubFactory(UserFactory)
    written_at = OPENED_AT


class NoteTextFactory(DjangoModelFactory):
    class Meta:
        model = models.NoteText

    note = factory.SubFactory(NoteFactory)
    body = "Ask."
    replaced_at = OPENED_AT


class MacroFactory(DjangoModelFactory):
    class Meta:
        model = models.Macro

    name = factory.Sequence(lambda n: f"Macro {n}")
    owner = factory.SubFactory(UserFactory)


class CannedReplyFactory(DjangoModelFactory):
    class Meta:
        model = models.CannedReply

    name = "Refund"
    shortcut = factory.Sequence(lambda n: f"/reply{n}")
    body = "We have refunded the amount."
    owner = factory.SubFactory(UserFactory)
