"""The chain of the audit trail: sealed without gaps, and every tampering is found."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts import sealing
from accounts.audit_chain import FIRST_PREVIOUS_HASH, entry_hash
from accounts.models import AuditAnchor, AuditEntry, AuditHead, AuditPayload
from accounts.sealing import sealed_facts
from accounts.verification import UnreadableAnchors, read_anchors, verify
from tests.factories.accounts import AuditAnchorFactory, AuditEntryFactory, UserFactory
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, tzinfo=UTC)
DAY = date(2026, 3, 16)


def write(count, at=AT):
    by = UserFactory()
    return [AuditEntryFactory(by=by, at=at + timedelta(seconds=n)) for n in range(count)]


@pytest.fixture
def chain():
    write(8)
    sealing.seal_chunk(at=AT)
    return AuditEntry.objects.order_by("sequence")


def tamper(statement, *parameters, table="accounts_auditentry"):
    """Run SQL as somebody who owns the database and switches its guards off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(statement, parameters)


def test_entries_are_chained_in_the_order_of_their_moments():
    late, early = AuditEntryFactory(at=AT), AuditEntryFactory(at=AT - timedelta(hours=1))

    assert sealing.seal_chunk(at=AT) == 2

    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.sequence, early.previous_hash) == (1, FIRST_PREVIOUS_HASH)
    assert early.hash == entry_hash(FIRST_PREVIOUS_HASH, sealed_facts(early))
    assert (late.sequence, late.previous_hash) == (2, early.hash)
    assert AuditHead.objects.get().hash == late.hash


def test_chunks_continue_the_chain():
    write(5)

    counts = [sealing.seal_chunk(at=AT, limit=2) for _ in range(4)]

    assert counts == [2, 2, 1, 0]
    assert list(AuditEntry.objects.order_by("sequence").values_list("sequence", flat=True)) == [
        1, 2, 3, 4, 5,
    ]  # fmt: skip
    assert verify(now=AT).faults == []


def test_job_seals_what_waits():
    from ops.jobs import enqueue

    write(3)
    with transaction.atomic():
        enqueue("accounts.seal_audit", key="09:00")

    run_waiting_jobs(job="accounts.seal_audit")

    assert AuditEntry.objects.unsealed().count() == 0


def test_untouched_chain_holds(chain):
    found = verify(now=AT)

    assert (found.checked, found.last, found.faults, found.warnings) == (8, 8, [], [])


def test_entries_that_wait_too_long_are_told(chain):
    write(2)

    found = verify(now=AT + timedelta(minutes=10))

    assert found.unsealed == 2
    assert "2 entries wait" in found.warnings[0]


def test_erased_contents_leave_the_chain_whole(chain):
    AuditPayload.objects.filter(entry=chain[3]).update(salt=b"", before={}, after={}, reason="")

    found = verify(now=AT)

    assert (found.faults, found.erased) == ([], 1)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("verb", "drop_table"),
        ("at", "2026-03-16 08:59:59+00:00"),
        ("object_id", "99"),
        ("object_type", "crm.case"),
        ("actor_id", None),
        ("request_id", "r-9"),
        ("source", "job"),
        ("changed_fields", '["name"]'),
        ("payload_digest", "0" * 64),
        ("hash", "f" * 64),
        ("previous_hash", "f" * 64),
    ],
)
def test_changed_entry_is_found(chain, column, value):
    pk = chain[4].pk

    tamper(f"UPDATE accounts_auditentry SET {column} = %s WHERE id = %s", value, pk)

    assert verify(now=AT).first_bad == 5


def test_changed_contents_are_found(chain):
    AuditPayload.objects.filter(entry=chain[4]).update(after={"name": "Other"})

    assert verify(now=AT).first_bad == 5


def test_removed_entry_is_found(chain):
    pk = chain[4].pk
    tamper("DELETE FROM accounts_auditpayload WHERE entry_id = %s", pk)

    tamper("DELETE FROM accounts_auditentry WHERE id = %s", pk)

    assert verify(now=AT).first_bad == 5


def test_swapped_entries_are_found(chain):
    third, fourth = chain[2].pk, chain[3].pk
    for pk, sequence in ((third, 99), (fourth, 3), (third, 4)):
        tamper("UPDATE accounts_auditentry SET sequence = %s WHERE id = %s", sequence, pk)

    assert verify(now=AT).first_bad == 3


def test_inserted_entry_is_found(chain):
    new = AuditEntryFactory(at=AT)
    last = chain.get(sequence=8)
    new.sequence, new.previous_hash = 9, last.hash
    new.hash = entry_hash(last.hash, sealed_facts(new))
    tamper(
        "UPDATE accounts_auditentry SET sequence = 9, previous_hash = %s, hash = %s WHERE id = %s",
        new.previous_hash,
        new.hash,
        new.pk,
    )

    found = verify(now=AT)

    assert found.first_bad == 9
    assert "behind the end" in found.faults[0][1]


def truncate(chain, keep):
    pks = [entry.pk for entry in chain[keep:]]
    for pk in pks:
        tamper("DELETE FROM accounts_auditpayload WHERE entry_id = %s", pk)
        tamper("DELETE FROM accounts_auditentry WHERE id = %s", pk)


def test_truncated_chain_is_found(chain):
    truncate(chain, keep=6)

    found = verify(now=AT)

    assert found.faults == [(7, "entries 7 to 8 are missing at the end")]


def test_truncated_chain_with_a_matching_head_is_found_by_the_anchor(chain):
    sealing.anchor(on_date=DAY, at=AT)
    truncate(chain, keep=6)
    AuditHead.objects.update(sequence=6, hash=chain.get(sequence=6).hash)

    found = verify(now=AT)

    assert found.first_bad == 8
    assert "differs from the anchor of 2026-03-16" in found.faults[0][1]


def test_wholly_recomputed_chain_is_found_by_a_written_anchor(chain):
    line = sealing.anchor_line(sealing.anchor(on_date=DAY, at=AT))
    tamper("UPDATE accounts_auditentry SET verb = 'nothing' WHERE sequence = 5")
    previous = FIRST_PREVIOUS_HASH
    for entry in chain.all():
        new = entry_hash(previous, sealed_facts(entry))
        tamper(
            "UPDATE accounts_auditentry SET previous_hash = %s, hash = %s WHERE id = %s",
            previous,
            new,
            entry.pk,
        )
        previous = new
    AuditHead.objects.update(hash=previous)
    tamper("DELETE FROM accounts_auditanchor", table="accounts_auditanchor")

    assert verify(now=AT).faults == []
    assert verify(now=AT, written_down=read_anchors([line])).first_bad == 8


def test_anchor_with_a_wrong_seal_is_found(chain):
    AuditAnchorFactory(sequence=8, head=chain.get(sequence=8).hash)

    assert "wrong seal" in verify(now=AT).faults[0][1]


def test_day_has_one_anchor(chain):
    first = sealing.anchor(on_date=DAY, at=AT)
    write(1)
    sealing.seal_chunk(at=AT)

    assert sealing.anchor(on_date=DAY, at=AT) == first
    assert AuditAnchor.objects.count() == 1
    assert verify(now=AT).faults == []


def test_walk_may_begin_in_the_middle(chain):
    tamper("UPDATE accounts_auditentry SET verb = 'nothing' WHERE sequence = 2")

    assert verify(now=AT).first_bad == 2
    assert verify(now=AT, first=3).faults == []


def test_clock_that_went_back_is_a_warning(chain):
    AuditEntryFactory(at=AT - timedelta(minutes=6))
    sealing.seal_chunk(at=AT)

    found = verify(now=AT)

    assert found.faults == []
    assert "Entry 9 is dated more than 5 minutes before" in found.warnings[0]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditentry SET verb = 'nothing'",
        "UPDATE accounts_auditentry SET sequence = 77 WHERE sequence = 8",
        "DELETE FROM accounts_auditentry",
    ],
)
def test_database_refuses_to_change_sealed_entries(chain, statement):
    AuditPayload.objects.all().delete()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_database_refuses_to_change_more_than_the_seal():
    AuditEntryFactory()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_auditentry SET sequence = 1, verb = 'nothing'")


@pytest.mark.parametrize("statement", ["UPDATE {} SET sequence = 3", "DELETE FROM {}"])
def test_database_refuses_to_change_anchors(statement):
    AuditAnchorFactory()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("accounts_auditanchor"))


def test_command_tells_that_the_chain_holds(chain):
    out = StringIO()

    call_command("verify_audit", json=True, stdout=out)

    told = json.loads(out.getvalue())
    assert (told["holds"], told["checked"], told["first_bad"]) == (True, 8, None)


def test_command_exits_with_one_on_a_broken_chain(chain, tmp_path):
    tamper("UPDATE accounts_auditentry SET verb = 'nothing' WHERE sequence = 5")
    out = StringIO()

    with pytest.raises(SystemExit) as exit:
        call_command("verify_audit", stdout=out)

    assert exit.value.code == 1
    assert "First bad entry: 5." in out.getvalue()


def test_command_refuses_anchors_that_it_cannot_read(chain, tmp_path):
    path = tmp_path / "anchors"
    path.write_text("2026-03-16 eight\n")

    with pytest.raises(CommandError, match="Line 1 of the anchors") as refusal:
        call_command("verify_audit", anchors=path)

    assert refusal.value.returncode == 2


def test_anchors_are_read_as_they_are_written(chain):
    made = sealing.anchor(on_date=DAY, at=timezone.now())

    (read,) = read_anchors(["# kept by operations", "", sealing.anchor_line(made)])

    assert (read.on_date, read.sequence, read.head, read.seal) == (
        DAY,
        8,
        made.head,
        made.seal,
    )
    with pytest.raises(UnreadableAnchors):
        read_anchors(["16.3.2026 8 x y"])
