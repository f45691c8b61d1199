"""Fixtures of the ops tests."""

import pytest

from ops import access, audit
from ops.jobs import registry


@pytest.fixture
def job():
    """Register jobs for one test only."""
    before = dict(registry._jobs)
    yield registry.job
    registry._jobs.clear()
    registry._jobs.update(before)


@pytest.fixture
def acts(monkeypatch):
    """The audit entries that ops asks for, kept in a list."""
    written = []
    monkeypatch.setattr(audit, "_writer", [lambda **entry: written.append(entry)])
    return written


class Person:
    """As much of a user as ops knows."""

    is_authenticated = True

    def __init__(self, pk, reach):
        self.pk = self.id = pk
        self.reach = reach


@pytest.fixture
def people(monkeypatch):
    """An admin and an agent, whose reach stands on themselves."""
    monkeypatch.setattr(access, "_scope", [lambda user, verb: user.reach])
    return Person(1, "all"), Person(2, "own")
