"""Looking at a version before it counts: what changed, and what it would change."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from lib.charts import Chart, bars
from quality.actions import impact as actions
from quality.models import Evaluation, ScorecardVersion
from quality.version_sheet import changes_between, changes_pdf, grouped
from quality.views.common import page_refusals, pdf_response, person
from quality.views.scorecards import visible_version


def version_compare(request: HttpRequest, pk: int, number: int, other: int) -> HttpResponse:
    """What changed from version `other` to this one; JSON or PDF with ?format=."""
    version = visible_version(request, pk, number)
    rows = ScorecardVersion.objects.filter(scorecard=version.scorecard_id)
    before = get_object_or_404(rows.exclude(state="draft"), number=other)
    changes = changes_between(before, version, reader=person(request))
    if request.GET.get("format") == "pdf":
        document = changes_pdf(before, version, reader=person(request), at=timezone.now())
        return pdf_response(document, f"changes-{before.number}-to-{version.number}")
    if request.GET.get("format") == "json":
        return JsonResponse({"changes": [change.as_dict() for change in changes]})
    context = {
        "scorecard": version.scorecard,
        "version": version,
        "before": before,
        "groups": grouped(changes),
        "count": len(changes),
    }
    return render(request, "quality/version_compare.html", context)


def version_impact(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The last simulation of the draft as it stands, or the form that orders one."""
    version = visible_version(request, pk, number)
    if not version.is_draft:
        raise Http404
    run = actions.latest_run(version)
    context: dict[str, Any] = {
        "scorecard": version.scorecard,
        "version": version,
        "is_waiting": run is not None and run.result is None,
        "has_failed": run is not None and run.result is None and actions.has_failed(run),
        "size": actions.USUAL,
        "fewest": actions.FEWEST,
        "most": actions.MOST,
    }
    if run and run.result and not run.result["is_outdated"]:
        context |= _study(run.result, version, person(request))
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "quality/version_impact.html"
    return render(request, template + "#impact" if is_fragment else template, context)


@require_POST
@page_refusals
def impact_order(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Order a simulation over the last so many evaluations."""
    version = visible_version(request, pk, number)
    size = request.POST.get("size", "")
    actions.order_impact(
        version=version,
        size=int(size) if size.isdigit() and len(size) < 6 else 0,
        by=person(request),
        at=timezone.now(),
    )
    return redirect("quality:version_impact", pk=pk, number=number)


# --- Below the views --------------------------------------------------------------------------


def _study(result: dict[str, Any], version: ScorecardVersion, user: User) -> dict[str, Any]:
    """The stored result with names; evaluations that one may not see stay nameless."""
    ids = [flip["id"] for flip in result["flips"]]
    seen = Evaluation.objects.visible_to(user).filter(pk__in=ids).select_related("agent")
    evaluations = {row.pk: row for row in seen}
    people = User.objects.in_bulk([one["agent_id"] for one in result["agents"]])
    criteria = {row.key: row.text for row in version.criteria.all()}
    return {
        "study": result,
        "chart": _moves(result["histogram"]),
        "flips": [(flip, evaluations.get(flip["id"])) for flip in result["flips"]],
        "agents": [(one, people.get(one["agent_id"])) for one in result["agents"]],
        "idle": [(one, criteria.get(one["key"], one["key"])) for one in result["idle"]],
        "bands": _bands(result),
    }


def _moves(histogram: list[list[int]]) -> Chart | None:
    if not histogram:
        return None
    labels = [f"{_signed(at)} to {_signed(at + 5)}" for at, _count in histogram]
    return bars(
        labels,
        [float(count) for _at, count in histogram],
        title="How far scores would move",
        label_header="Points",
        value_header="Evaluations",
        note="Each evaluation under the draft minus its score now, in steps of 5 points",
    )


def _signed(points: int) -> str:
    return f"−{-points}" if points < 0 else f"+{points}" if points else "0"


def _bands(result: dict[str, Any]) -> list[tuple[str, int, int]]:
    before, after = result["before"]["bands"], result["after"]["bands"]
    return [
        (label, before.get(label, 0), after.get(label, 0))
        for label in dict.fromkeys([*before, *after])
    ]
