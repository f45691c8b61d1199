"""The registry of KPIs: every definition in words, side by side, tested; and data quality."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from crm import saved_pages
from lib.answers import must
from lib.speaking import spoken
from reports import access, data_quality
from reports.definitions import BadParameter, Definition, UnknownDefinition, alternatives, parse
from reports.figures import QUEUE_KEYS, WORK_KEYS
from reports.kinds import DIRECTION_WORDS, KINDS, UNIT_WORDS
from reports.models import KpiDefinition, Target
from reports.numbers import side_by_side
from reports.registry import Registry
from reports.self_test import EXAMPLES
from reports.sums import Reader
from reports.views.common import asked, opened_view, person, surroundings, wrong_addresses


def definition_list(request: HttpRequest) -> HttpResponse:
    """Every KPI with its definition here and the others there are; `?q=` leads to a slug."""
    words = request.GET.get("q", "").strip().lower()
    if words:
        try:
            return redirect("reports:definition_detail", slug=parse(words).slug)
        except (UnknownDefinition, BadParameter) as error:
            return _list(request, words, spoken(str(error)), 404)
    return _list(request, "", "", 200)


def _list(request: HttpRequest, words: str, error: str, status: int) -> HttpResponse:
    registry = Registry(timezone.localdate())
    kinds = [
        (kind, registry.default(key), list(alternatives(registry.default(key))))
        for key, kind in KINDS.items()
    ]
    context = {"kinds": kinds, "words": words, "error": error}
    return render(request, "reports/definition_list.html", context, status=status)


NOT_ASKED_OF_DATA = ("by", "compare", "team", "agent", "direction", "segment")


@wrong_addresses
def definition_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One definition: formula, targets, and its value beside the other formulas."""
    try:
        definition = parse(slug)
    except (UnknownDefinition, BadParameter) as error:
        context = {"sentence": spoken(str(error))}
        return render(request, "reports/no_definition.html", context, status=404)
    form = asked(request, without=("by", "compare"))
    if not form.checked():
        raise Http404
    context = surroundings(form) | {
        "definition": definition,
        "unit": spoken(UNIT_WORDS[definition.unit]),
        "direction": spoken(DIRECTION_WORDS[definition.kind.direction]),
        "row": KpiDefinition.objects.filter(slug=definition.slug).first(),
        "targets": Target.objects.filter(definition=definition.slug).select_related(
            "team", "queue"
        ),
        "may_manage": access.may_manage_definitions(person(request)),
    }
    context |= values_of(request, definition, form)
    return render(request, "reports/definition_detail.html", context)


def values_of(request: HttpRequest, definition: Definition, form: Any) -> dict[str, Any]:
    """The eight formulas side by side, for those whose figures they are."""
    if definition.key not in (*QUEUE_KEYS, *WORK_KEYS):
        return {}
    if not access.may_view_operations(person(request)):
        return {}
    piece = form.slice()
    reader, registry = Reader(piece), Registry(piece.period.end)
    return {"others": side_by_side(alternatives(definition), reader, registry, form.query)}


def self_test(request: HttpRequest) -> HttpResponse:
    """Every printed example computed now: what must come out, and what does."""
    rows = [(example, *example.result()) for example in EXAMPLES]
    context = {"rows": rows, "failed": sum(not is_right for _one, _got, is_right in rows)}
    return render(request, "reports/self_test.html", context)


@wrong_addresses
def data_quality_page(request: HttpRequest) -> HttpResponse:
    """What is doubtful about the raw rows of a period, by day and queue."""
    form = asked(request, ignored=NOT_ASKED_OF_DATA, without=NOT_ASKED_OF_DATA)
    must(access.may_view_operations(person(request)))
    if elsewhere := opened_view(request, "data_quality", form.outdated()):
        return elsewhere
    views = {"views": saved_pages.picker(request, "data_quality")}
    if not form.checked():
        return render(request, "reports/data_quality.html", views | {"form": form}, status=422)
    context = surroundings(form) | views | {"flags": data_quality.flag_counts(form.slice())}
    context |= data_quality.missing_times(form.slice())
    return render(request, "reports/data_quality.html", context)
