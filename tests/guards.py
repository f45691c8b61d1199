"""A guard around every test: no network while a transaction is open."""

import socket

import pytest
from django.db import connections


def open_transactions() -> list[str]:
    """Databases with a transaction of the code under test; a test's own wrapping does not count."""
    return [
        one.alias
        for one in connections.all(initialized_only=True)
        if any(not block._from_testcase for block in one.atomic_blocks)
    ]


@pytest.fixture(autouse=True)
def no_network_in_a_transaction(monkeypatch):
    """A slow peer must never hold the database's locks; network belongs before or after."""
    connect = socket.socket.connect

    def guarded(self, address):
        if aliases := open_transactions():
            raise AssertionError(f"A socket to {address} opens inside a transaction on {aliases}.")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
