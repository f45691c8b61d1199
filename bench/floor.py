"""Attune, and beside it the bare page and the bare post that its rates are compared with."""

from __future__ import annotations

import os
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from django.core.wsgi import get_wsgi_application

attune = get_wsgi_application()

from django.contrib.sessions.models import Session  # noqa: E402
from django.core.handlers.wsgi import WSGIRequest  # noqa: E402
from django.db import close_old_connections, transaction  # noqa: E402
from django.template import engines  # noqa: E402
from django.utils import timezone  # noqa: E402

from crm.models import Interaction  # noqa: E402
from ops.models import IdempotencyKey  # noqa: E402

ROWS_OF_A_SUBMIT = 26  # Response, answers, counts, fact, jobs, bells; and the invitation changes.
PAGE = engines["django"].from_string(
    """<!doctype html><title>Floor</title><table>{% for row in rows %}<tr><td>{{ row.pk }}</td>
<td>{{ row.started_at }}</td><td>{{ row.channel }}</td><td>{{ row.customer }}</td>
<td>{{ row.queue }}</td><td>{{ row.last_agent }}</td><td>{{ row.outcome }}</td></tr>{% endfor %}
</table>"""
)


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if not path.startswith("/floor/"):
        return attune(environ, start_response)
    close_old_connections()
    body = page() if path == "/floor/page/" else post(environ)
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(body)))])
    return [body]


def page() -> bytes:
    """Fifty rows with the names beside them, behind one look at the session."""
    Session.objects.filter(pk="none").first()
    rows = Interaction.objects.select_related("customer", "queue", "last_agent")
    return PAGE.render({"rows": rows.order_by("-started_at")[:50]}).encode()


def post(environ) -> bytes:
    """Read a form, then write as many rows as a survey submit does, in one transaction."""
    assert WSGIRequest(environ).POST
    Session.objects.filter(pk="none").first()
    with transaction.atomic():
        for _ in range(ROWS_OF_A_SUBMIT):
            IdempotencyKey.objects.create(
                scope="floor", key=uuid4().hex, fingerprint="", created_at=timezone.now()
            )
    return b"done"
