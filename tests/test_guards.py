"""The guards themselves: what they must stop is stopped."""

import socket
from contextlib import closing

import pytest
from django.db import transaction


@pytest.fixture
def peer():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()


@pytest.mark.django_db
def test_a_socket_inside_a_transaction_fails_the_test(peer):
    with (
        closing(socket.socket()) as line,
        pytest.raises(AssertionError, match="inside a transaction"),
        transaction.atomic(),
    ):
        line.connect(peer)


@pytest.mark.django_db
def test_a_socket_outside_any_transaction_is_fine(peer):
    with closing(socket.create_connection(peer)) as connection:
        assert connection.getpeername() == peer
