"""The compliance matrix, requirements, what one person must show, and papers from elsewhere."""

from __future__ import annotations

from datetime import date
from itertools import chain, groupby
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.models import User
from lib.speaking import spoken
from ops import uploads
from quality.refusals import Invalid
from training import access, compliance_sheet
from training.actions import compliance as cycles
from training.actions import requirements as actions
from training.compliance import LOOKS, STATES, Matrix, chart_of, matrix_of, own_standing
from training.forms.compliance import DocumentForm, MatrixFilter, RequirementForm, WaiveForm
from training.models import Cycle, ExternalDocument, Requirement, RequirementAssignment
from training.reach import people_for
from training.views.common import (
    csv_answer,
    form_page,
    must,
    page_refusals,
    pdf_answer,
    person,
    query_without,
    refused_by,
)

PEOPLE_A_PAGE, REQUIREMENTS_A_PAGE = 100, 25
DOCUMENT_TYPES = ("application/pdf", "image/jpeg", "image/png")
DOCUMENT_BYTES = 10 * 1024 * 1024


def compliance(request: HttpRequest) -> HttpResponse:
    """People × requirements as of a day, by pages, with totals over everybody."""
    form, matrix = _asked(request)
    people = Paginator(matrix.people, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    columns = Paginator(matrix.requirements, REQUIREMENTS_A_PAGE).get_page(
        request.GET.get("requirements")
    )
    totals = matrix.totals_of(list(columns)) if matrix.people else []
    context = {
        "form": form,
        "matrix": matrix,
        "people": people,
        "columns": columns,
        "rows": list(matrix.rows(list(people), list(columns))),
        "chart": chart_of(totals),
        "looks": matrix.whole.looks,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "pages": {
            "people": query_without(request, "page"),
            "columns": query_without(request, "requirements"),
        },
        "query": request.GET.urlencode(),
        "may_manage": access.may_manage_requirements(person(request)),
    }
    return render(request, "training/compliance.html", context, status=_status(form))


def compliance_export(request: HttpRequest) -> HttpResponseBase:
    """One line for each person and requirement that is asked of them."""
    _form, matrix = _asked(request)
    head: list[Any] = ["Person", "Requirement", f"State on {matrix.on:%Y-%m-%d}", "Until"]
    lines = (
        [who.full_name, one.title, cell.told, cell.until]
        for who, cells in matrix.rows()
        for one, cell in zip(matrix.requirements, cells, strict=True)
        if cell.state != "not_applicable"
    )
    return csv_answer("compliance", chain([head], lines))


def compliance_sheet_pdf(request: HttpRequest) -> HttpResponse:
    """The matrix as a document with its hash."""
    _form, matrix = _asked(request)
    at = timezone.now()
    return pdf_answer(
        request,
        lambda: compliance_sheet.matrix_pdf(matrix, at=at),
        f"compliance-{matrix.on:%Y-%m-%d}",
    )


def compliance_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Every round of one person with its evidence."""
    return _person_page(request, pk, WaiveForm())


@require_POST
@page_refusals
def cycle_waive(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    cycle = get_object_or_404(Cycle.objects.visible_to(user), pk=pk)
    must(access.may_waive(user, cycle))
    form = WaiveForm(request.POST)
    if form.is_valid():
        try:
            cycles.waive_cycle(cycle=cycle, by=user, at=timezone.now(), **form.cleaned_data)
            messages.success(request, "It is not asked for until then.")
            return redirect("training:compliance_person", pk=cycle.person_id)
        except Invalid as refusal:
            refused_by(form, refusal)
    return _person_page(request, cycle.person_id, form)


@require_POST
@page_refusals
def requirement_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask somebody no more for what was asked by hand."""
    user = person(request)
    rows = RequirementAssignment.objects.visible_to(user).in_force()
    assignment = get_object_or_404(rows, pk=pk)
    must(access.may_withdraw_requirement(user, assignment))
    cycles.withdraw_requirement(assignment=assignment, by=user, at=timezone.now())
    messages.success(request, "It is not asked by hand any more. What was shown stays.")
    return redirect("training:compliance_person", pk=assignment.person_id)


# --- Requirements -------------------------------------------------------------------------------


def requirement_list(request: HttpRequest) -> HttpResponse:
    rows = Requirement.objects.active().select_related("team")
    shown = [(one, _ways(one)) for one in rows.prefetch_related("proofs__course", "proofs__path")]
    return render(request, "training/requirement_list.html", {"requirements": shown})


@page_refusals
def requirement_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    user = person(request)
    must(access.may_manage_requirements(user))
    rows = Requirement.objects.active()
    stored = None if pk is None else get_object_or_404(rows, pk=pk)
    form = RequirementForm(request.POST or None, instance=stored, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_requirement(
                requirement=None if pk is None else rows.get(pk=pk),
                alternatives=form.alternatives,
                by=user,
                at=timezone.now(),
                **form.own_fields,
            )
            messages.success(request, "Saved. Rounds begin with the next nightly run.")
            return redirect("training:requirement_list")
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/requirement_form.html", form, {"requirement": stored})


@require_POST
@page_refusals
def requirement_retire(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    must(access.may_manage_requirements(user))
    requirement = get_object_or_404(Requirement.objects.active(), pk=pk)
    actions.retire_requirement(requirement=requirement, by=user, at=timezone.now())
    return redirect("training:requirement_list")


# --- One's own ----------------------------------------------------------------------------------


def my_requirements(request: HttpRequest) -> HttpResponse:
    """What is asked of the person, until when it is shown, and papers they handed in."""
    user = person(request)
    orders = _orders(user)
    context = {
        "rows": [
            (
                one,
                cell,
                cycle,
                orders.get(one.pk),
                _ways(one),
                any(proof.kind == "document" for proof in one.proofs.all()),
            )
            for one, cell, cycle in own_standing(user, timezone.localdate())
        ],
        "documents": ExternalDocument.objects.filter(person=user).select_related("requirement"),
    }
    return render(request, "training/my_requirements.html", context)


@page_refusals
def document_hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper from elsewhere for a requirement."""
    user, at = person(request), timezone.now()
    requirement = get_object_or_404(Requirement.objects.active(), pk=pk)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            actions.check_dates(given["issued_on"], given["valid_until_on"], at)
            stored = uploads.take(
                given.pop("file"),
                kind="proof",
                by_id=user.pk,
                media_types=DOCUMENT_TYPES,
                max_bytes=DOCUMENT_BYTES,
            )
            actions.hand_in_document(
                requirement=requirement, person=user, file=stored, by=user, at=at, **given
            )
            messages.success(request, gettext("A trainer will look at it."))
            return redirect("training:my_requirements")
        except uploads.BadUpload as error:
            form.add_error("file", spoken(str(error)))
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/document_hand_in.html", form, {"requirement": requirement})


def document_list(request: HttpRequest) -> HttpResponse:
    """Papers that wait for a decision, and those of late."""
    user = person(request)
    rows = ExternalDocument.objects.visible_to(user).select_related(
        "person", "requirement", "file", "decided_by"
    )
    context = {
        "waiting": [
            (one, access.may_decide_document(user, one))
            for one in rows.filter(state="waiting")[:100]
        ],
        "decided": rows.exclude(state="waiting")[:50],
    }
    return render(request, "training/document_list.html", context)


@require_POST
@page_refusals
def document_decide(request: HttpRequest, pk: int) -> HttpResponse:
    user, at = person(request), timezone.now()
    document = get_object_or_404(ExternalDocument.objects.visible_to(user), pk=pk)
    must(access.may_decide_document(user, document))
    if request.POST.get("act") == "approve":
        actions.approve_document(document=document, by=user, at=at)
    else:
        reason = request.POST.get("reason", "")
        actions.reject_document(document=document, reason=reason, by=user, at=at)
    return redirect("training:document_list")


# --- Below the views ----------------------------------------------------------------------------


def _asked(request: HttpRequest) -> tuple[MatrixFilter, Matrix]:
    """The filter and the matrix that it asks for; today's where it cannot be read."""
    user, today = person(request), timezone.localdate()
    form = MatrixFilter(request.GET or None, user=user, today=today)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    on: date = given.get("on") or today
    team = given.get("team")
    matrix = matrix_of(
        user,
        on,
        as_known_then=given.get("known") != "now",
        team_id=team.pk if team else None,
    )
    return form, matrix


def _status(form: MatrixFilter) -> int:
    return 422 if form.is_bound and form.errors else 200


def _person_page(request: HttpRequest, pk: int, form: WaiveForm) -> HttpResponse:
    user = person(request)
    reached = User.objects.filter(people_for(user, "training.view_compliance"))
    learner = get_object_or_404(reached, pk=pk)
    today = timezone.localdate()
    rounds = Cycle.objects.filter(person=learner).order_by("-number")
    by_requirement: dict[int, list[Cycle]] = {}
    for cycle in rounds:
        by_requirement.setdefault(cycle.requirement_id, []).append(cycle)
    standing = own_standing(learner, today)
    orders = _orders(learner)
    context = {
        "learner": learner,
        "rows": [
            (one, cell, by_requirement.get(one.pk, []), cycle, orders.get(one.pk))
            for one, cell, cycle in standing
        ],
        "may_waive": user.pk != learner.pk and access.may_assign(user),
        "form": form,
        "states": [LOOKS[state] for state in STATES],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "training/compliance_person.html", context, status=status)


def _orders(learner: User) -> dict[int, RequirementAssignment]:
    """What is asked of somebody by hand, by requirement."""
    rows = RequirementAssignment.objects.in_force().filter(person=learner)
    return {row.requirement_id: row for row in rows.select_related("assigned_by")}


def _ways(requirement: Requirement) -> list[str]:
    """ "A and B", one for each alternative. The proofs are prefetched."""
    groups = groupby(requirement.proofs.all(), key=lambda proof: proof.alternative)
    both = f" {gettext('and')} "
    return [both.join(str(proof) for proof in group) for _number, group in groups]
