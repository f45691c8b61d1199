"""Imports inside tests: a stored file, a run over it, and the work done in this process."""

import io
import json
from datetime import UTC, datetime

from crm.actions import imports
from crm.importing.files import keep_file
from crm.importing.options import ImportOptions
from crm.importing.work import work

AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def clock():
    return AT


def staged(content, *, name="calls.json", format_name="attune_json", mapping=None, **options):
    """A run over `content`: bytes, or interactions to be written as Attune JSON."""
    if not isinstance(content, bytes):
        content = attune_json(content)
    return imports.stage_import(
        file=keep_file(io.BytesIO(content), name=name, by=None),
        format_name=format_name,
        mapping=mapping,
        options=ImportOptions(**{"missing_agents": "unlinked"} | options),
        by=None,
        at=AT,
    )


def finished(run, *, again=False):
    """The run after its import was done to the end."""
    run = imports.start_import(run=run, by=None, at=AT, again=again, in_background=False)
    return worked(run)


def checked(run):
    """The run after its dry run."""
    return worked(imports.check_import(run=run, by=None, at=AT, in_background=False))


def worked(run):
    for _ in work(run, clock):
        pass
    run.refresh_from_db()
    return run


def imported(content, *, again=False, **options):
    return finished(staged(content, **options), again=again)


def attune_json(interactions, source="pbx-1"):
    return json.dumps({"attune": 1, "source": source, "interactions": interactions}).encode()


def call(number=1, **fields):
    """One handled call of Attune JSON, a minute long."""
    return {
        "external_id": f"call-{number}",
        "started_at": "2026-05-04T09:00:00Z",
        "answered_at": "2026-05-04T09:00:10Z",
        "ended_at": "2026-05-04T09:01:10Z",
        "queue": "billing",
        "legs": [
            {
                "agent": "agent-07",
                "answered_at": "2026-05-04T09:00:10Z",
                "ended_at": "2026-05-04T09:01:10Z",
                "wait_seconds": 10,
                "talk_seconds": 60,
            }
        ],
    } | fields
