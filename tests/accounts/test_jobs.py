"""The daily jobs of the audit trail."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction

from accounts import sealing
from accounts.jobs import ChainBroken
from accounts.models import AuditAnchor, AuditEntry
from ops.jobs import enqueue
from ops.models import JobState
from tests.factories.accounts import AuditEntryFactory
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, tzinfo=UTC)


def run(job):
    with transaction.atomic():
        enqueue(job, key="today")
    return run_waiting_jobs(job=job)


def test_seal_audit_seals_what_waits():
    AuditEntryFactory()

    (done,) = run("accounts.seal_audit")

    assert done.state == JobState.DONE
    assert AuditEntry.objects.unsealed().count() == 0


def test_anchor_audit_keeps_the_head_of_today():
    AuditEntryFactory()
    sealing.seal_chunk(at=AT)

    run("accounts.anchor_audit")

    assert AuditAnchor.objects.get().sequence == 1


def test_anchor_of_a_day_is_mailed_once_as_the_line_that_verify_reads(settings, tmp_path):
    settings.AUDIT_ANCHOR = "auditor@elsewhere.example"
    AuditEntryFactory()
    sealing.seal_chunk(at=AT)
    for _ in range(2):
        sealing.anchor(on_date=AT.date(), at=AT)

    run_waiting_jobs(job="ops.send_mail")

    (letter,) = mail.outbox
    line = sealing.anchor_line(AuditAnchor.objects.get())
    assert (letter.to, line in letter.body.splitlines()) == (["auditor@elsewhere.example"], True)
    file = tmp_path / "anchors"
    file.write_text(line + "\n")
    call_command("verify_audit", anchors=file)


def test_anchor_is_mailed_to_nobody_where_nobody_is_named():
    sealing.anchor(on_date=AT.date(), at=AT)

    assert run_waiting_jobs(job="ops.send_mail") == []


def test_verify_audit_is_done_on_a_whole_chain():
    AuditEntryFactory()
    sealing.seal_chunk(at=AT)

    (done,) = run("accounts.verify_audit")

    assert done.state == JobState.DONE
    assert done.progress_text == "Verified to 1"


def test_verify_audit_fails_on_a_broken_chain():
    entry = AuditEntryFactory()
    sealing.seal_chunk(at=AT)
    type(entry.payload).objects.update(after={"name": "Other"})

    with pytest.raises(ChainBroken, match="first bad entry is 1"):
        run("accounts.verify_audit")
