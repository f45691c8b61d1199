"""The scorecard builder: every act is one POST, answered by a redirect or by fresh regions."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from lib.http import number_in
from quality.actions import drafts
from quality.actions import scorecards as scorecard_actions
from quality.actions.answer_sets import keep_answer_set
from quality.actions.fixes import fix_finding
from quality.actions.scorecards import LintErrors, lint_findings
from quality.assisting import unfit_rules
from quality.builder_forms import (
    CriterionForm,
    ItemForm,
    OptionForm,
    PolicyForm,
    ScoringForm,
    SectionForm,
)
from quality.building import (
    HUNDRED,
    Item,
    find_item,
    item_name,
    preview_of,
    remarks_of,
    tree_of,
    weights_of,
)
from quality.content import Content, content_document
from quality.forms import PublishForm
from quality.models import AnswerSet, Criterion, Option, ScorecardVersion, Section
from quality.questions import parts_of_draft
from quality.receipts import receipt_rows
from quality.refusals import Invalid, Refused, Stale
from quality.views.common import page_refusals, person
from quality.views.scorecards import visible_version


def version_edit(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The builder; a POST does one act."""
    version = visible_version(request, pk, number)
    if not version.is_draft:
        return redirect("quality:version_detail", pk=pk, number=number)
    if request.method == "POST":
        return _act(request, version)
    item = find_item(version, request.GET.get("item", ""))
    return render(request, "quality/version_edit.html", _page(request, version, item or version))


@require_POST
def version_preview(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Score test answers on the draft as it stands now."""
    version = visible_version(request, pk, number)
    try:
        answers = json.loads(request.body)
    except (ValueError, RecursionError):
        answers = None
    if not isinstance(answers, dict):
        return JsonResponse({"error": "The body must be a JSON object of answers."}, status=400)
    preview = preview_of(version, answers)
    context: dict[str, Any] = {"preview": preview}
    if preview.score:
        content = Content(content_document(version))
        context["steps"] = receipt_rows(preview.score.as_dict()["receipt"]["steps"], content)  # type: ignore[index]
        hidden = [k for k, f in preview.score.criteria.items() if f.state == "hidden"]
    else:
        hidden = []
    html = render_to_string("quality/builder_score.html", context)
    return JsonResponse({"html": html, "hidden": hidden})


@page_refusals
def version_publish(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Publish with a change note; errors of lint come back with the dialog's page."""
    version = visible_version(request, pk, number)
    form = PublishForm(request.POST or None)
    findings: list[Any] = []
    if request.method == "POST" and form.is_valid():
        try:
            scorecard_actions.publish_version(
                version=version, by=person(request), at=timezone.now(), **form.cleaned_data
            )
            return redirect("quality:version_detail", pk=pk, number=number)
        except LintErrors as refusal:
            form.add_error(None, str(refusal))
            findings = remarks_of(version, list(refusal.findings))
        except Invalid as refusal:
            form.add_error(refusal.field, str(refusal))
    context = {"version": version, "scorecard": version.scorecard, "form": form}
    context |= {"remarks": findings, "unfit_rules": unfit_rules(version)}
    status = 422 if form.errors else 200
    return render(request, "quality/version_publish.html", context, status=status)


# --- One act ----------------------------------------------------------------------------------

Result = tuple[Item, dict[str, Any]]


def _act(request: HttpRequest, version: ScorecardVersion) -> HttpResponse:
    """Do what `act` names; a refusal changes nothing and says why."""
    act = _ACTS.get(request.POST.get("act", ""))
    seen = number_in(request.POST.get("row_version", ""))
    if act is None or not seen:
        return JsonResponse({"error": "This act is not known here."}, status=400)
    item = find_item(version, request.POST.get("item", ""))
    if item is None:
        return _answer_refusal(request, Stale("This item is gone. Load the page again."))
    try:
        shown, more = act(request, version, item, seen)
    except FormRefused as refused:
        return _answer(request, version, item, {"form": refused.form}, status=422)
    except Refused as refusal:
        return _answer_refusal(request, refusal)
    version.refresh_from_db()
    return _answer(request, version, shown, more)


class FormRefused(Exception):
    """Some fields cannot be accepted; the form carries why."""

    def __init__(self, form: ItemForm) -> None:
        super().__init__()
        self.form = form


def _save(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    form = form_of(item, request.POST.get("part", ""), request.POST)
    if not form.is_valid():
        raise FormRefused(form)
    changes = form.changes()
    by, at = person(request), timezone.now()
    stored = type(item).objects.get(pk=item.pk)
    if isinstance(stored, ScorecardVersion):
        drafts.change_switches(version=stored, changes=changes, seen=seen, by=by, at=at)
        return stored, {}
    stored.version = version
    if "weight" in changes:
        drafts.set_weight(item=stored, weight=changes.pop("weight"), seen=seen, by=by, at=at)
        seen = version.row_version
        stored.refresh_from_db(fields=["weight"])
    if changes:
        drafts.change_item(item=stored, changes=changes, seen=seen, by=by, at=at)
    return stored, {}


def _save_option(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    option = _option(item, request)
    form = OptionForm(request.POST, instance=option, prefix=f"option-{option.pk}")
    if not form.is_valid():
        raise FormRefused(form)
    changes = form.changes()
    if changes:
        stored = Option.objects.select_related("criterion__version").get(pk=option.pk)
        drafts.change_item(
            item=stored, changes=changes, seen=seen, by=person(request), at=timezone.now()
        )
    return item, {}


def _add_section(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    parent = item if isinstance(item, Section) and request.POST.get("below") else None
    section = drafts.add_section(
        version=version,
        title="New section",
        parent=parent,
        seen=seen,
        by=person(request),
        at=timezone.now(),
    )
    return section, {}


def _add_criterion(
    request: HttpRequest, version: ScorecardVersion, item: Item, seen: int
) -> Result:
    section = item.section if isinstance(item, Criterion) else item
    if not isinstance(section, Section):
        last = version.sections.last()
        if last is None:
            raise Invalid("section", "Add a section first.")
        section = last
    criterion = drafts.add_criterion(
        section=section, text="New criterion", seen=seen, by=person(request), at=timezone.now()
    )
    return criterion, {}


def _add_option(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    drafts.add_option(
        criterion=_criterion(item),
        label="New option",
        seen=seen,
        by=person(request),
        at=timezone.now(),
    )
    return item, {}


def _preset(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    drafts.preset_options(
        criterion=_criterion(item), seen=seen, by=person(request), at=timezone.now()
    )
    return item, {}


def _use_set(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    answer_set = get_object_or_404(AnswerSet, pk=_whole(request, "answer_set"))
    drafts.use_answer_set(
        criterion=_criterion(item),
        answer_set=answer_set,
        seen=seen,
        by=person(request),
        at=timezone.now(),
    )
    return item, {}


def _keep_set(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    keep_answer_set(
        criterion=_criterion(item),
        name=request.POST.get("name", ""),
        seen=seen,
        by=person(request),
        at=timezone.now(),
    )
    return item, {}


def _move(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    step = request.POST.get("step", "")
    if step not in ("up", "down", "out", "in"):
        raise Invalid("step", "Move up, down, out or in.")
    moved: Any = _option(item, request) if request.POST.get("option") else item
    if isinstance(moved, ScorecardVersion):
        raise Invalid("item", "Choose a section or criterion to move.")
    drafts.move_item(
        item=moved,
        step=step,  # type: ignore[arg-type]
        seen=seen,
        by=person(request),
        at=timezone.now(),
    )
    return item, {}


def _remove(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    gone: Any = _option(item, request) if request.POST.get("option") else item
    if isinstance(gone, ScorecardVersion):
        raise Invalid("item", "Choose what to delete.")
    shown: Item = version
    if isinstance(gone, Option):
        shown = item
    elif isinstance(gone, Criterion):
        shown = gone.section
    removed = drafts.remove_item(item=gone, seen=seen, by=person(request), at=timezone.now())
    return shown, {"removed": removed}


def _restore(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    try:
        removed = json.loads(request.POST.get("removed", ""))
    except (ValueError, RecursionError):
        removed = None
    if not isinstance(removed, dict):
        raise Invalid("removed", "There is nothing to put back.")
    drafts.restore_item(
        version=version, removed=removed, seen=seen, by=person(request), at=timezone.now()
    )
    return item, {}


def _lock(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    drafts.lock_weight(
        version=version,
        key=request.POST.get("key", "")[:40],
        is_locked=request.POST.get("is_locked") == "1",
        seen=seen,
        by=person(request),
        at=timezone.now(),
    )
    return item, {}


def _even(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    drafts.share_evenly(version=version, seen=seen, by=person(request), at=timezone.now())
    return item, {}


def _fix(request: HttpRequest, version: ScorecardVersion, item: Item, seen: int) -> Result:
    fix_finding(
        version=version,
        code=request.POST.get("code", ""),
        place=request.POST.get("place", ""),
        seen=seen,
        by=person(request),
        at=timezone.now(),
    )
    return version, {}


_ACTS: dict[str, Callable[[HttpRequest, ScorecardVersion, Item, int], Result]] = {
    "save": _save,
    "save_option": _save_option,
    "add_section": _add_section,
    "add_criterion": _add_criterion,
    "add_option": _add_option,
    "preset": _preset,
    "use_set": _use_set,
    "keep_set": _keep_set,
    "move": _move,
    "remove": _remove,
    "restore": _restore,
    "lock": _lock,
    "even": _even,
    "fix": _fix,
}


# --- Answers ----------------------------------------------------------------------------------


def _answer(
    request: HttpRequest,
    version: ScorecardVersion,
    item: Item,
    more: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """The regions that may have changed, or, without JavaScript, the page again."""
    if request.headers.get("X-Builder") != "1":
        if status == 200:
            address = reverse("quality:version_edit", args=[version.scorecard_id, version.number])
            return redirect(f"{address}?item={item_name(item)}")
        context = _page(request, version, item) | _refused_form(more)
        return render(request, "quality/version_edit.html", context, status=status)
    context = _page(request, version, item) | _refused_form(more)
    regions = {
        name: render_to_string(f"quality/builder_{name}.html", context, request)
        for name in ("tree", "item", "side")
    }
    body = {
        "row_version": version.row_version,
        "item": item_name(item),
        "regions": regions,
        "removed": more.get("removed"),
    }
    return JsonResponse(body, status=status)


def _refused_form(more: dict[str, Any]) -> dict[str, Any]:
    """A refused form stands in for the fresh one; that of an option among its siblings."""
    form = more.get("form")
    if isinstance(form, OptionForm):
        return {"refused_option": form}
    return {"form": form} if form else {}


def _answer_refusal(request: HttpRequest, refusal: Refused) -> HttpResponse:
    if request.headers.get("X-Builder") == "1":
        return JsonResponse({"error": str(refusal)}, status=refusal.status)
    back = request.headers.get("Referer", "")
    context = {"sentence": str(refusal), "back": back}
    return render(request, "quality/refused.html", context, status=refusal.status)


def _page(request: HttpRequest, version: ScorecardVersion, item: Item) -> dict[str, Any]:
    part = request.GET.get("item") or request.POST.get("part") or ""
    weights = weights_of(version)
    content = Content(content_document(version))
    findings = lint_findings(version)
    context: dict[str, Any] = {
        "scorecard": version.scorecard,
        "version": version,
        "item": item,
        "item_name": "policy" if part == "policy" and item == version else item_name(item),
        "branches": tree_of(version),
        "form": form_of(item, part),
        "weights": weights,
        "weight_total": sum((weight.weight for weight in weights), Decimal(0)),
        "weights_are_right": sum((w.weight for w in weights), Decimal(0)) == HUNDRED,
        "remarks": remarks_of(version, findings),
        "error_count": sum(finding.is_error for finding in findings),
        "parts": parts_of_draft(content),
        "answer_sets": list(AnswerSet.objects.all()[:100]),
        "publish_form": PublishForm(),
    }
    if isinstance(item, Criterion):
        context["option_forms"] = [
            OptionForm(instance=option, prefix=f"option-{option.pk}")
            for option in item.options.all()
        ]
    return context


def form_of(item: Item, part: str = "", data: Any = None) -> ItemForm:
    """The form of an item; the version has one for scoring and one for policy."""
    if isinstance(item, Section):
        return SectionForm(data, instance=item)
    if isinstance(item, Criterion):
        return CriterionForm(data, instance=item)
    return (PolicyForm if part == "policy" else ScoringForm)(data, instance=item)


def _criterion(item: Item) -> Criterion:
    if not isinstance(item, Criterion):
        raise Invalid("item", "Choose a criterion first.")
    return item


def _option(item: Item, request: HttpRequest) -> Option:
    rows = _criterion(item).options.select_related("criterion__version")
    return get_object_or_404(rows, pk=_whole(request, "option"))


def _whole(request: HttpRequest, name: str) -> int:
    return number_in(request.POST.get(name, ""))
