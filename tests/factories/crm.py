"""The smallest valid rows of crm."""

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from crm import models
from tests.factories.accounts import UserFactory

STARTED_AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = models.Customer

    display_name = factory.Sequence(lambda n: f"Customer {n}")


class ContactPointFactory(DjangoModelFactory):
    class Meta:
        model = models.ContactPoint

    customer = factory.SubFactory(CustomerFactory)
    kind = "phone"
    raw = factory.LazyAttribute(lambda point: point.value)
    value = factory.Sequence(lambda n: f"+1415555{n:04d}")


class InteractionFactory(DjangoModelFactory):
    class Meta:
        model = models.Interaction

    source = "pbx-1"
    external_id = factory.Sequence(lambda n: f"call-{n}")
    channel = "voice"
    outcome = "handled"
    started_at = STARTED_AT


class LegFactory(DjangoModelFactory):
    class Meta:
        model = models.Leg

    interaction = factory.SubFactory(InteractionFactory)
    position = 1
    agent = factory.SubFactory(UserFactory)
    answered_at = STARTED_AT


class CounterCellFactory(DjangoModelFactory):
    class Meta:
        model = models.CounterCell

    name = "tasks"
    scope = factory.Sequence(lambda n: f"user:{n}")


class BulkRunFactory(DjangoModelFactory):
    class Meta:
        model = models.BulkRun

    kind = "customers"
    act = "tag"
    argument = "gold"
    ordered_by = factory.SubFactory(UserFactory, roles=["supervisor"])
    ordered_at = STARTED_AT


class BulkRefusalFactory(DjangoModelFactory):
    class Meta:
        model = models.BulkRefusal

    run = factory.SubFactory(BulkRunFactory)
    target_id = factory.Sequence(lambda n: n + 1)
    reference = "C-0000001"
    message = "It was refused."


class LegSpanFactory(DjangoModelFactory):
    class Meta:
        model = models.LegSpan

    leg = factory.SubFactory(LegFactory)
    kind = "hold"
    starts_at = STARTED_AT + timedelta(seconds=30)
    ends_at = STARTED_AT + timedelta(seconds=60)


class AgentStateSpanFactory(DjangoModelFactory):
    class Meta:
        model = models.AgentStateSpan

    agent = factory.SubFactory(UserFactory)
    state = "available"
    started_at = STARTED_AT
    source = "pbx-1"


class TranscriptFactory(DjangoModelFactory):
    class Meta:
        model = models.Transcript

    interaction = factory.SubFactory(InteractionFactory)
    format = "attune.transcript/1"


class TurnFactory(DjangoModelFactory):
    class Meta:
        model = models.Turn

    transcript = factory.SubFactory(TranscriptFactory)
    position = factory.Sequence(lambda n: n)
    speaker = "agent"
    start_ms = 0
    end_ms = 1000
    text = "Hello, how can I help?"


class QueueVisitFactory(DjangoModelFactory):
    class Meta:
        model = models.QueueVisit

    interaction = factory.SubFactory(InteractionFactory)
    position = 1
    entered_at = STARTED_AT


class RecordingFactory(DjangoModelFactory):
    class Meta:
        model = models.Recording

    interaction = factory.SubFactory(InteractionFactory)
    url = factory.Sequence(lambda n: f"https://recordings.example/{n}.wav")


class ImportMappingFactory(DjangoModelFactory):
    class Meta:
        model = models.ImportMapping

    name = factory.Sequence(lambda n: f"Mapping {n}")
    format = "delimited"


class ImportRunFactory(DjangoModelFactory):
    """A run whose file is not stored; `tests.crm.runs.staged` makes one that can be imported."""

    class Meta:
        model = models.ImportRun

    format = "attune_json"
    source = "pbx-1"
    file_name = "calls.json"
    file_sha256 = "0" * 64
    file_bytes = 1


class ImportRowFactory(DjangoModelFactory):
    class Meta:
        model = models.ImportRow

    run = factory.SubFactory(ImportRunFactory)
    line = 1
    outcome = "failed"


class TimelineEntryFactory(DjangoModelFactory):
    class Meta:
        model = models.TimelineEntry

    customer = factory.SubFactory(CustomerFactory)
    at = STARTED_AT
    kind = "note"
    title = "Somebody wrote a note"
    target_type = "crm.note"
    target_id = factory.Sequence(str)


class TagFactory(DjangoModelFactory):
    class Meta:
        model = models.Tag

    name = factory.Sequence(lambda n: f"Tag {n}")


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = models.Organization

    name = factory.Sequence(lambda n: f"Organization {n}")
    name_key = factory.LazyAttribute(lambda row: row.name.lower())


class OrganizationRoleFactory(DjangoModelFactory):
    class Meta:
        model = models.OrganizationRole

    customer = factory.SubFactory(CustomerFactory)
    organization = factory.SubFactory(OrganizationFactory)


class RelationTypeFactory(DjangoModelFactory):
    class Meta:
        model = models.RelationType

    name = factory.Sequence(lambda n: f"parent {n} of")
    inverse_name = factory.Sequence(lambda n: f"child {n} of")


class CustomerRelationFactory(DjangoModelFactory):
    class Meta:
        model = models.CustomerRelation

    left = factory.SubFactory(CustomerFactory)
    right = factory.SubFactory(CustomerFactory)
    type = factory.SubFactory(RelationTypeFactory)


class CustomFieldDefinitionFactory(DjangoModelFactory):
    class Meta:
        model = models.CustomFieldDefinition

    target = "customer"
    key = factory.Sequence(lambda n: f"field_{n}")
    label = factory.Sequence(lambda n: f"Field {n}")
    type = "text"


class ConsentPurposeFactory(DjangoModelFactory):
    class Meta:
        model = models.ConsentPurpose

    code = factory.Sequence(lambda n: f"purpose-{n}")
    label = factory.Sequence(lambda n: f"Purpose {n}")


class ConsentEventFactory(DjangoModelFactory):
    class Meta:
        model = models.ConsentEvent

    customer = factory.SubFactory(CustomerFactory)
    purpose = factory.SubFactory(ConsentPurposeFactory)
    decision = "granted"
    at = STARTED_AT


class SavedViewFactory(DjangoModelFactory):
    class Meta:
        model = models.SavedView

    page = "customers"
    name = factory.Sequence(lambda n: f"View {n}")
    owner = factory.SubFactory(UserFactory)


class SegmentFactory(DjangoModelFactory):
    class Meta:
        model = models.Segment

    name = factory.Sequence(lambda n: f"Segment {n}")
    owner = factory.SubFactory(UserFactory)


class DuplicateCandidateFactory(DjangoModelFactory):
    class Meta:
        model = models.DuplicateCandidate

    lower = factory.SubFactory(CustomerFactory)
    higher = factory.SubFactory(CustomerFactory)
    score = 75


class MergeRecordFactory(DjangoModelFactory):
    class Meta:
        model = models.MergeRecord

    winner = factory.SubFactory(CustomerFactory)
    loser = factory.SubFactory(CustomerFactory)
    at = STARTED_AT


class MergeMoveFactory(DjangoModelFactory):
    class Meta:
        model = models.MergeMove

    record = factory.SubFactory(MergeRecordFactory)
    model = "crm.note"
    row_id = "1"
    field = "customer"


class PrivacyRequestFactory(DjangoModelFactory):
    class Meta:
        model = models.PrivacyRequest

    kind = "erasure"
    customer = factory.SubFactory(CustomerFactory)
    requested_by = factory.SubFactory(UserFactory)
    requested_at = STARTED_AT
    due_on = factory.LazyAttribute(lambda row: row.requested_at.date())


class ErasureTombstoneFactory(DjangoModelFactory):
    class Meta:
        model = models.ErasureTombstone

    digest = factory.Sequence(lambda n: f"{n:064d}")
    kind = "contact"
    erased_at = STARTED_AT


class DispositionFactory(DjangoModelFactory):
    class Meta:
        model = models.Disposition

    code = factory.Sequence(lambda n: f"code-{n}")
    label = factory.Sequence(lambda n: f"Disposition {n}")


class InteractionDispositionFactory(DjangoModelFactory):
    class Meta:
        model = models.InteractionDisposition

    interaction = factory.SubFactory(InteractionFactory)
    disposition = factory.SubFactory(DispositionFactory)
    at = STARTED_AT


class ExportRunFactory(DjangoModelFactory):
    class Meta:
        model = models.ExportRun

    kind = "customers"
    ordered_by = factory.SubFactory(UserFactory)
    ordered_at = STARTED_AT


class PushSourceFactory(DjangoModelFactory):
    class Meta:
        model = models.PushSource

    name = factory.Sequence(lambda n: f"pbx-{n}")
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SubFactory(UserFactory)


class RepeatRuleFactory(DjangoModelFactory):
    class Meta:
        model = models.RepeatRule

    name = factory.Sequence(lambda n: f"Rule {n}")
