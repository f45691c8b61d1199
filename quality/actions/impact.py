"""Order and run the simulation of a draft over past evaluations; only its result is kept."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from ops.jobs import enqueue
from ops.models import JobRun
from quality import impact
from quality.content import Content, content_document, content_of, sha256_of
from quality.models import Answer, Evaluation, ImpactRun, ScorecardVersion
from quality.models.base import as_text
from quality.models.evaluations import Purpose
from quality.refusals import Invalid, Refused

JOB = "quality.run_impact"
FEWEST, MOST, USUAL = 20, 5000, 500
AT_ONCE = 1000


class WrongSize(Invalid):
    def __init__(self) -> None:
        super().__init__("size", f"Simulate over {FEWEST} to {MOST} evaluations.")


class NothingInForce(Refused):
    def __init__(self) -> None:
        super().__init__("No version is in force yet, so there is nothing to compare with.")


def order_impact(*, version: ScorecardVersion, size: int, by: User, at: datetime) -> ImpactRun:
    """Put the simulation of this very content in line; the same content and size is one run."""
    if not FEWEST <= size <= MOST:
        raise WrongSize
    version = ScorecardVersion.objects.select_related("scorecard").get(pk=version.pk)
    if version.scorecard.current_version_id is None:
        raise NothingInForce
    content = sha256_of(version.as_document())
    with transaction.atomic():
        run, is_new = ImpactRun.objects.get_or_create(
            version=version, content_sha256=content, size=size, defaults={"ordered_by": by}
        )
        enqueue(JOB, key=f"impact-{run.pk}", requested_by_id=by.pk, run_id=run.pk)
        if is_new:
            audit.record(verb="order_impact", record=version, by=by, at=at, after={"size": size})
    return run


def run_impact(*, run: ImpactRun) -> ImpactRun:
    """Write the study of the last submitted evaluations, once; a changed draft gets none."""
    if run.result is not None:
        return run
    rows = ScorecardVersion.objects.select_related("scorecard__current_version")
    version = rows.get(pk=run.version_id)
    current = version.scorecard.current_version
    if current is None or sha256_of(version.as_document()) != run.content_sha256:
        result: dict[str, Any] = {"is_outdated": True}
    else:
        after = Content(content_document(version)).card
        found = impact.compare(content_of(current).card, after, cases_of(current, run.size))
        result = impact.as_data(found, after) | {"is_outdated": False}
    canonical = json.dumps(result, sort_keys=True, ensure_ascii=False)
    run.result, run.result_sha256 = result, sha256(canonical.encode()).hexdigest()
    run.save(update_fields=["result", "result_sha256", "updated_at"])
    return run


def latest_run(version: ScorecardVersion) -> ImpactRun | None:
    """The last simulation of the draft's content as it stands now."""
    return version.impact_runs.filter(content_sha256=sha256_of(version.as_document())).first()


def is_simulated(version: ScorecardVersion) -> bool:
    run = latest_run(version)
    return run is not None and run.result is not None and not run.result["is_outdated"]


def has_failed(run: ImpactRun) -> bool:
    """Whether the job gave up, so that ordering again makes sense."""
    rows = JobRun.objects.filter(job=JOB, key=f"impact-{run.pk}")
    return rows.filter(state__in=["dead", "cancelled"]).exists()


def cases_of(version: ScorecardVersion, size: int) -> list[impact.Case]:
    """The last submitted evaluations of a version, as plain data; 1 query per 1,000 and one."""
    rows = Evaluation.objects.filter(version=version, purpose=Purpose.STANDARD).scored()
    picked = list(
        rows.order_by("-first_submitted_at", "-pk").values_list(
            "pk", "agent_id", "current_revision_id", "current_revision__facts"
        )[:size]
    )
    answers = _answers([revision for _pk, _agent, revision, _facts in picked])
    return [
        impact.Case(pk, agent, answers[revision], facts) for pk, agent, revision, facts in picked
    ]


def _answers(revisions: list[int]) -> dict[int, dict[str, Any]]:
    given: dict[int, dict[str, Any]] = defaultdict(dict)
    fields = (
        *("revision_id", "criterion__key", "criterion__kind", "option_keys", "number"),
        *("is_na", "date", "fault_owner", "text"),
    )
    for start in range(0, len(revisions), AT_ONCE):
        part = revisions[start : start + AT_ONCE]
        rows = Answer.objects.filter(revision__in=part).values_list(*fields)
        for revision, key, *answer in rows.iterator(chunk_size=5000):
            if document := _document(*answer):
                given[revision][key] = document
    return given


def _document(
    kind: str,
    options: list[str],
    number: Any,
    is_na: bool,
    date: Any,
    fault_owner: str | None,
    text: str,
) -> dict[str, Any]:
    """One answer in the shape that scoring reads; words stay where they are."""
    if is_na:
        return {"na": True}
    found: dict[str, Any] = {}
    if kind == "single" and options:
        found = {"option": options[0]}
    elif kind == "multi" and options:
        found = {"options": options}
    elif kind == "number" and number is not None:
        found = {"number": as_text(number)}
    elif date or text:
        return {"answered": True}
    return found | {"fault_owner": fault_owner} if found and fault_owner else found
