"""Who reads personal content is written down first; one reading is one row."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import access_log
from accounts.models import AccessEntry
from tests.factories.accounts import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, tzinfo=UTC)


@pytest.fixture
def record():
    return TeamFactory()


@pytest.fixture
def reader():
    return UserFactory()


def note(reader, record, at=AT, kind="viewed_transcript", **more):
    return access_log.note(kind=kind, record=record, by=reader, at=at, **more)


@pytest.mark.parametrize(("minutes", "rows"), [(0, 1), (9, 1), (10, 2), (11, 2)])
def test_reading_again_within_ten_minutes_is_one_row(reader, record, minutes, rows):
    note(reader, record)

    note(reader, record, at=AT + timedelta(minutes=minutes))

    assert AccessEntry.objects.count() == rows


def test_other_person_record_or_kind_is_another_row(reader, record):
    note(reader, record)

    note(UserFactory(), record)
    note(reader, TeamFactory())
    note(reader, record, kind="viewed_evaluation")

    assert AccessEntry.objects.count() == 4


def test_reason_is_always_kept(reader, record):
    note(reader, record, kind="revealed_contact_point", reason="Call back about refund.")
    note(reader, record, kind="revealed_contact_point", reason="The line was busy.")

    assert AccessEntry.objects.count() == 2


def test_heard_range_grows(reader, record):
    heard = {"kind": "played_recording"}
    note(reader, record, **heard, from_seconds=10, to_seconds=20)

    note(reader, record, **heard, from_seconds=15, to_seconds=60)

    entry = AccessEntry.objects.get()
    assert (entry.from_seconds, entry.to_seconds) == (10, 60)


def test_agent_is_named_as_the_one_it_is_about(reader, record):
    agent = UserFactory(roles=["agent"])

    note(reader, record, about=agent)
    note(reader, TeamFactory())

    assert AccessEntry.objects.visible_to(agent).count() == 1


def test_unknown_kind_is_refused(reader, record):
    with pytest.raises(ValueError, match="'peeked' is not a valid"):
        note(reader, record, kind="peeked")


def test_unwritable_log_refuses_the_content(reader, record, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(AccessEntry.objects, "create", fail)

    with pytest.raises(access_log.NotLogged, match="just now it cannot"):
        note(reader, record)


def test_reading_costs_two_queries_at_most(reader, record, django_assert_num_queries):
    with django_assert_num_queries(2):
        note(reader, record)
    with django_assert_num_queries(1):
        note(reader, record)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_accessentry SET kind = 'erased'",
        "UPDATE accounts_accessentry SET to_seconds = 5",
        "DELETE FROM accounts_accessentry",
    ],
)
def test_database_refuses_to_change_what_was_read(reader, record, statement):
    note(reader, record, kind="played_recording", from_seconds=0, to_seconds=9)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
