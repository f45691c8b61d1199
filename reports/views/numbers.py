"""One number opened: what it is made of, what was left out, and how else it is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.models import Interaction
from lib import charts, keyset
from lib.answers import must
from lib.keyset import TamperedCursor
from lib.sentences import said
from lib.speaking import spoken
from lib.tabular import CellValue
from reports import access, differences, figures
from reports.definitions import BadParameter, Definition, UnknownDefinition, alternatives, parse
from reports.evidence import REASONS, Evidence, evidence
from reports.figures import QUEUE_KEYS
from reports.forms import FilterForm, WrongAddress
from reports.lists import Listed, list_line, listed
from reports.numbers import Number, number, side_by_side, with_definition
from reports.registry import Registry
from reports.rollups import mark
from reports.slices import Slice
from reports.sums import Reader
from reports.views.common import as_csv, asked, person, surroundings, wrong_addresses

TABS = {
    "included": gettext_lazy("Included"),
    "excluded": gettext_lazy("Excluded"),
    "show_as": gettext_lazy("Show as"),
}
IGNORED = ("definition", "tab", "reason")
WITHOUT = ("by", "compare")
MOST_LINES = 100_000


@wrong_addresses
def number_page(request: HttpRequest) -> HttpResponse:
    """A sentence, the formula with its inputs, and the interactions behind it."""
    definition = asked_definition(request, "definition")
    form = asked(request, ignored=(*IGNORED, *WITHOUT))
    may_view_operations = access.may_view_operations(person(request))
    if not form.checked():
        context = {"form": form, "may_view_operations": may_view_operations}
        return render(request, "reports/number.html", context, status=422)
    must(may_open(request, definition))
    piece, registry = form.slice(), Registry(form.whole_period.end)
    reader = Reader(piece)
    query = with_definition(form.query, definition)
    shown = number(definition, reader, registry, query=query)
    tab = chosen_tab(request)
    context = surroundings(form) | {
        "number": shown,
        "definition": definition,
        "tab": tab,
        "tabs": tab_links(query, tab),
        "may_view_operations": may_view_operations,
        "show_as": [(_("Show as"), one.slug, one.label) for one in alternatives(definition)],
        "counted_as_zero": counted_as_zero(definition, reader),
    }
    context |= part(request, form, shown, piece, reader, registry, tab)
    return render(request, "reports/number.html", context)


def part(
    request: HttpRequest,
    form: FilterForm,
    shown: Number,
    piece: Slice,
    reader: Reader,
    registry: Registry,
    tab: str,
) -> dict[str, Any]:
    """What stands below the tabs."""
    definition = shown.definition
    if tab == "show_as":
        return show_as(definition, form, reader, registry)
    found = None if figures.why_not(definition, piece) else evidence(definition, piece)
    if found is None:
        return {"evidence": None}
    counts = found.counts()
    differing = abs(counts.get("", 0) - shown.measured.n) if definition.key != "wp" else 0
    if differing:
        mark(list(piece.period), at=timezone.now())
    return {
        "evidence": found,
        "counts": [(name, REASONS[name], n) for name, n in counts.items() if name],
        "included": counts.get("", 0),
        "differing": differing,
        **page_of(request, found, tab, counts),
    }


def counted_as_zero(definition: Definition, reader: Reader) -> dict[str, int]:
    """How many legs did not report a part of their handle time."""
    if definition.key != "aht" or definition.basis == "active":
        return {}
    legs = reader.legs().get((), {})
    parts = {_("hold"): legs.get("without_hold", 0), _("wrap-up"): legs.get("without_wrap", 0)}
    return {part: count for part, count in parts.items() if count}


def page_of(
    request: HttpRequest, found: Evidence, tab: str, counts: dict[str, int]
) -> dict[str, Any]:
    """Fifty rows of the list that is shown."""
    reasons = {name: n for name, n in counts.items() if name}
    reason = request.GET.get("reason") or max(reasons, key=lambda name: reasons[name], default="")
    if tab == "excluded" and reason not in reasons:
        return {"rows": [], "reason": ""}
    rows = found.excluded(reason) if tab == "excluded" else found.included()
    is_visit_list = not (tab == "excluded" and reason in ("left_in_voice_menu", "rejected"))
    kind = found.kind if is_visit_list else "interaction"
    try:
        page = keyset.page_of(request, listed(rows, kind), order=f"-{column(found, kind)}")
    except TamperedCursor as error:
        raise WrongAddress(str(error)) from None
    previous_url, next_url = keyset.page_links(request, page)
    opened = Interaction.objects.visible_to(person(request))
    return {
        "rows": Listed.of(page.rows, kind, opened),
        "reason": reason if tab == "excluded" else "",
        "has_hits": tab == "included",
        "has_people": kind != "visit",
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": _("{n} shown").format(n=len(page)),
    }


def column(found: Evidence, kind: str) -> str:
    return found.moment if kind == found.kind else "started_at"


def show_as(
    definition: Definition, form: FilterForm, reader: Reader, registry: Registry
) -> dict[str, Any]:
    """The same facts under every definition of the KPI, side by side."""
    others = side_by_side(alternatives(definition), reader, registry, form.query)
    known = [one for one in others if one.measured.value is not None]
    values = sorted(known, key=lambda one: one.measured.value or 0)
    chart = charts.interval_dots(
        [one.slug for one in others],
        [one.measured.value for one in others],
        [one.measured.low for one in others],
        [one.measured.high for one in others],
        [one.measured.n for one in others],
        title=_("{title} under every definition").format(title=spoken(definition.kind.title)),
        label_header=_("Definition"),
        value_header=_("Value"),
        show=others[0].show,
        note=_("The same visits; only what counts differs."),
    )
    ends = (values[0], values[-1]) if len(values) > 1 else None
    return {"others": others, "chart": chart if known else None, "ends": ends}


@wrong_addresses
def number_export(request: HttpRequest) -> HttpResponseBase:
    """The included or excluded rows as a file."""
    definition = asked_definition(request, "definition")
    form = asked(request, ignored=(*IGNORED, *WITHOUT))
    may_view_operations = access.may_view_operations(person(request))
    if not form.checked():
        context = {"form": form, "may_view_operations": may_view_operations}
        return render(request, "reports/number.html", context, status=422)
    must(may_open(request, definition))
    found = evidence(definition, form.slice())
    if found is None:
        raise Http404
    reason = request.GET.get("reason", "")
    if reason and reason not in REASONS:
        raise WrongAddress(f"There is no reason {reason}.")
    rows = found.excluded(reason) if reason else found.included()
    kind = "interaction" if reason in ("left_in_voice_menu", "rejected") else found.kind
    return as_csv(definition.slug, lines(rows, kind))


def lines(rows: Any, kind: str) -> Iterator[tuple[CellValue, ...]]:
    yield ("interaction", "started_at", "queue", "outcome", "wait_seconds", "handle_seconds")
    for row in listed(rows, kind)[:MOST_LINES].iterator(chunk_size=1000):
        yield list_line(row, kind)


@wrong_addresses
def difference(request: HttpRequest) -> HttpResponse:
    """Which visits two definitions of a service level count differently."""
    a, b = asked_definition(request, "a"), asked_definition(request, "b")
    if a.key != b.key or a.key != "sl":
        raise WrongAddress(said("Compare two definitions of the service level."))
    form = asked(request, ignored=("a", "b", "group", *WITHOUT))
    if not form.checked():
        return render(request, "reports/difference.html", {"form": form}, status=422)
    piece, registry = form.slice(), Registry(form.whole_period.end)
    both = side_by_side([a, b], Reader(piece), registry, form.query)
    groups = differences.groups(a, b, piece)
    wanted = request.GET.get("group", "")
    if wanted and wanted not in {group.name for group in groups}:
        raise WrongAddress(said("There is no group {group}.", group=wanted))
    chosen = next((group for group in groups if group.name == wanted), None)
    if chosen is None:
        chosen = next((group for group in groups if group.differs and group.count), None)
    context = surroundings(form) | {"numbers": both, "groups": groups, "chosen": chosen}
    if chosen is not None:
        page = keyset.page_of(request, listed(chosen.rows, "visit"), order="-entered_at")
        previous_url, next_url = keyset.page_links(request, page)
        opened = Interaction.objects.visible_to(person(request))
        context |= {
            "rows": Listed.of(page.rows, "visit", opened),
            "previous_url": previous_url,
            "next_url": next_url,
            "summary": _("{n} shown").format(n=len(page)),
        }
    return render(request, "reports/difference.html", context)


def asked_definition(request: HttpRequest, name: str) -> Definition:
    try:
        return parse(request.GET.get(name, ""))
    except (UnknownDefinition, BadParameter) as error:
        raise WrongAddress(str(error)) from None


def chosen_tab(request: HttpRequest) -> str:
    tab = request.GET.get("tab", "included")
    if tab not in TABS:
        raise WrongAddress(said("There is no tab {tab}.", tab=tab))
    return tab


def tab_links(query: str, current: str) -> list[tuple[str, str, bool, None]]:
    return [
        (str(title), f"?{query}&tab={name}", name == current, None) for name, title in TABS.items()
    ]


def may_open(request: HttpRequest, definition: Definition) -> bool:
    """Figures of queues and work are operations; what is one's own work opens to oneself."""
    user = person(request)
    is_own = request.GET.get("agent") == str(user.pk) and definition.key in figures.WORK_KEYS
    needs_operations = definition.key in (*QUEUE_KEYS, *figures.WORK_KEYS)
    return is_own or access.may_view_operations(user) or not needs_operations
