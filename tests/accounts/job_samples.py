"""Samples of the audit trail's jobs."""

from django.utils import timezone

from accounts import sealing
from tests.factories.accounts import AuditEntryFactory
from tests.ops.job_samples import sample


@sample("accounts.seal_audit")
def unsealed_entry():
    AuditEntryFactory()
    return {}


@sample("accounts.anchor_audit")
@sample("accounts.verify_audit")
def sealed_entry():
    AuditEntryFactory()
    sealing.seal_chunk(at=timezone.now())
    return {}
