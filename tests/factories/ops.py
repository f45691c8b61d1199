"""The smallest valid rows of ops."""

from datetime import UTC, datetime

import factory

from lib import encryption
from ops.models import (
    Bucket,
    CopyMark,
    Delivery,
    EventRecord,
    IdempotencyKey,
    JobRun,
    Measure,
    ScheduleSlot,
    StoredFile,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class JobRunFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = JobRun

    job = "ops.canary"
    key = factory.Sequence(lambda number: f"run-{number}")
    available_at = AT


class ScheduleSlotFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ScheduleSlot

    schedule = factory.Sequence(lambda number: f"schedule {number}")
    slot_at = AT


class DeliveryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Delivery

    kind = "mail"
    key = factory.Sequence(lambda number: f"delivery-{number}")
    claimed_at = AT


class CopyMarkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CopyMark

    made_at = restored_at = AT


class MeasureFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Measure

    name = "attune_sign_in_failures_total"


class EventRecordFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = EventRecord

    event_id = factory.Sequence(lambda number: f"event-{number}")
    name = "ops.events.JobDied"


class BucketFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Bucket

    name = factory.Sequence(lambda number: f"bucket-{number}")
    level_us = 1_000_000
    updated_at = AT


class IdempotencyKeyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = IdempotencyKey

    scope = "token:1"
    key = factory.Sequence(lambda number: f"key-{number}")
    fingerprint = "0" * 64
    status = 201
    created_at = AT


class StoredFileFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StoredFile

    path = factory.Sequence(lambda number: f"00/{number}")
    name = "notes.txt"
    media_type = "text/plain"
    bytes = 0
    sha256 = "0" * 64
    kind = "note"


SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class WebhookEndpointFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WebhookEndpoint

    url = "https://hooks.example/attune"
    events = ["job.died"]
    secrets = factory.LazyFunction(lambda: [{"secret": encryption.encrypt(SECRET), "until": None}])
    created_by_id = 1


class WebhookMessageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WebhookMessage

    id = factory.Sequence(lambda number: f"msg_{number}")
    event = "job.died"
    payload = {"type": "job.died", "timestamp": "2026-03-02T09:00:00+00:00", "data": {}}
    occurred_at = AT


class WebhookAttemptFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WebhookAttempt

    endpoint = factory.SubFactory(WebhookEndpointFactory)
    message = factory.SubFactory(WebhookMessageFactory)
    number = 1
    due_at = AT
