"""Addresses that browsers and other programs look for by themselves."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

pytestmark = pytest.mark.django_db


def test_picture_of_the_site_is_found_where_browsers_look(client):
    answer = client.get("/favicon.ico")
    picture = client.get(answer["Location"])
    picture.close()

    assert answer.status_code == 302
    assert picture["Content-Type"] == "image/svg+xml"


def test_security_contact_is_named_and_in_force(client):
    answer = client.get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())

    assert lines["Contact"].startswith("mailto:")
    expires_at = datetime.fromisoformat(lines["Expires"])
    assert timedelta(0) < expires_at - timezone.now() < timedelta(days=365)
