"""Signing in and counting, for the tests of pages."""

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.accounts import UserFactory


def sign_in(client, *roles):
    """Sign in a new person with these roles."""
    user = UserFactory(roles=roles)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return user


def queries(client, address):
    """How many queries a page that answers takes."""
    with CaptureQueriesContext(connection) as context:
        assert client.get(address).status_code == 200
    return len(context)
