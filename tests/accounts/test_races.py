"""People and the audit trail among many connections. Each race has its twin."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection

from accounts import actions, sealing
from accounts.models import AuditEntry, TeamMembership, User
from accounts.verification import verify
from tests.factories.accounts import AuditEntryFactory, TeamFactory, UserFactory
from tests.races import together

pytestmark = pytest.mark.race
AT = datetime(2026, 3, 16, 9, tzinfo=UTC)
needs_rows_locks = pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite lets one transaction write at a time, with or without our lock",
)


# --- One team at a time --------------------------------------------------------------------------


def join_many_teams() -> list:
    user = UserFactory()
    teams = TeamFactory.create_batch(8)

    def join(number):
        team = teams[number]
        return actions.add_to_team(user=user, team=team, kind="agent", starts_at=AT, by=None, at=AT)

    return together(join, 8)


def test_one_of_many_teams_gets_the_agent(race_database):
    answers = join_many_teams()

    assert sum(isinstance(answer, TeamMembership) for answer in answers) == 1
    assert sum(isinstance(answer, actions.AlreadyInTeam) for answer in answers) == 7


@needs_rows_locks
def test_twin_without_the_lock_runs_into_the_constraint(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "accounts.person")

    answers = join_many_teams()

    assert any(isinstance(answer, IntegrityError) for answer in answers)
    assert TeamMembership.objects.count() == 1


# --- The last administrator ----------------------------------------------------------------------


def deactivate_each_other(rounds: int = 10) -> list[int]:
    """Two administrators close each other's account at once; how many are left each time."""
    left = []
    for _ in range(rounds):
        User.objects.update(is_active=False, deactivated_at=AT)
        pair = UserFactory.create_batch(2, roles=["admin"])

        def close(number, pair=pair):
            return actions.deactivate_user(user=pair[number], by=pair[1 - number], at=AT)

        together(close, 2)
        left.append(User.objects.active().in_role("admin").count())
    return left


def test_one_administrator_is_always_left(race_database):
    assert deactivate_each_other() == [1] * 10


@needs_rows_locks
def test_twin_without_the_lock_leaves_nobody(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "accounts.last_admin")

    assert 0 in deactivate_each_other(rounds=40)


# --- The chain -----------------------------------------------------------------------------------


def write_and_seal() -> list:
    """Twelve writers and four sealers at once."""
    by = UserFactory()

    def work(number):
        if number % 4 == 3:
            return [sealing.seal_chunk(at=AT, limit=7) for _ in range(5)]
        return [AuditEntryFactory(by=by, at=AT + timedelta(seconds=n)) for n in range(5)]

    return together(work, 16)


def test_chain_has_no_gap_whoever_seals(race_database):
    answers = write_and_seal()
    while sealing.seal_chunk(at=AT):
        pass

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    found = verify(now=AT)
    assert found.faults == []
    assert found.checked == AuditEntry.objects.count() == 60


@needs_rows_locks
def test_twin_without_the_head_lock_disturbs_the_chain(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "accounts.audit_head")

    answers = write_and_seal()

    is_disturbed = any(isinstance(answer, Exception) for answer in answers)
    assert is_disturbed or verify(now=AT).faults
