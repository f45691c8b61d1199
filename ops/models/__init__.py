"""Jobs, effects that leave the house, allowances, stored files, webhooks, copies and measures."""

from ops.models.copies import CopyMark
from ops.models.jobs import (
    FINISHED_STATES,
    JOB_TRANSITIONS,
    MAX_ATTEMPTS,
    MAX_INTERRUPTIONS,
    OPEN_STATES,
    QUEUES,
    Bucket,
    Delivery,
    DeliveryState,
    EventRecord,
    IdempotencyKey,
    JobRun,
    JobRunQuerySet,
    JobState,
    ScheduleSlot,
    StoredFile,
)
from ops.models.measures import Measure
from ops.models.webhooks import (
    AttemptState,
    EndpointState,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)

__all__ = [
    "FINISHED_STATES",
    "JOB_TRANSITIONS",
    "MAX_ATTEMPTS",
    "MAX_INTERRUPTIONS",
    "OPEN_STATES",
    "QUEUES",
    "AttemptState",
    "Bucket",
    "CopyMark",
    "Delivery",
    "DeliveryState",
    "EndpointState",
    "EventRecord",
    "IdempotencyKey",
    "JobRun",
    "JobRunQuerySet",
    "JobState",
    "Measure",
    "ScheduleSlot",
    "StoredFile",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WebhookMessage",
]
