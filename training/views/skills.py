"""Skills: the matrix, one person's proofs, their upkeep; and roles to grow into."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Team, User
from quality.refusals import Invalid
from training import access
from training.actions import skills as actions
from training.forms.skills import AssessForm, ChoiceForm, RoleForm, SkillForm, TargetForm
from training.models import RoleChoice, RoleTarget, Skill, SkillEvidence, TargetRole
from training.reach import people_for
from training.role_page import readiness_of
from training.skill_matrix import skill_matrix_of
from training.views.common import form_page, must, page_refusals, person, refused_by

PEOPLE_A_PAGE = 100


def skill_matrix(request: HttpRequest) -> HttpResponse:
    """People × skills, a hundred people a page; counts are over everybody."""
    user, at = person(request), timezone.now()
    given = request.GET.get("team", "")
    teams = Team.objects.visible_to(user)
    chosen = teams.filter(pk=given).first() if given.isdigit() else None
    matrix = skill_matrix_of(user, at, timezone.localdate(), team_id=chosen.pk if chosen else None)
    page = Paginator(matrix.rows, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "matrix": matrix,
        "page": page,
        "teams": teams,
        "chosen": chosen,
        "may_manage": access.may_manage_requirements(user),
    }
    return render(request, "training/skill_matrix.html", context)


@page_refusals
def skill_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Every proof of one person; assessors add their word."""
    user = person(request)
    reached = User.objects.filter(people_for(user, "training.view_board"))
    learner = get_object_or_404(reached.distinct(), pk=pk)
    may_assess = access.may_assign(user) and learner.pk != user.pk
    form = AssessForm(request.POST or None)
    if request.method == "POST":
        must(may_assess)
        if form.is_valid():
            actions.assess(person=learner, by=user, at=timezone.now(), **form.cleaned_data)
            return redirect("training:skill_person", pk=pk)
    evidence = SkillEvidence.objects.filter(person=learner).select_related("skill", "created_by")
    context = {"learner": learner, "evidence": evidence[:200], "may_assess": may_assess}
    return form_page(request, "training/skill_person.html", form, context)


@page_refusals
def skill_list(request: HttpRequest) -> HttpResponse:
    """Skills and the targets of roles; a form sets a target."""
    user = person(request)
    form = TargetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.set_target(by=user, at=timezone.now(), **form.cleaned_data)
        return redirect("training:skill_list")
    targets = RoleTarget.objects.filter(skill__retired_at=None).select_related("skill")
    context = {"skills": Skill.objects.active().select_related("course"), "targets": targets}
    return form_page(request, "training/skill_list.html", form, context)


@page_refusals
def skill_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    stored = None if pk is None else get_object_or_404(Skill.objects.active(), pk=pk)
    form = SkillForm(request.POST or None, instance=stored)
    if request.method == "POST" and form.is_valid():
        row = None if pk is None else Skill.objects.get(pk=pk)
        actions.save_skill(skill=row, by=person(request), at=timezone.now(), **form.cleaned_data)
        return redirect("training:skill_list")
    return form_page(request, "training/skill_edit.html", form, {"skill": stored})


# --- Roles --------------------------------------------------------------------------------------


def role_list(request: HttpRequest) -> HttpResponse:
    """Roles to grow into, one's own choice, and what people share with their supervisor."""
    user = person(request)
    shared = RoleChoice.objects.filter(is_shared=True).exclude(person=user)
    reached = User.objects.filter(people_for(user, "training.view_board")).values("pk")
    context = {
        "roles": TargetRole.objects.active(),
        "own": RoleChoice.objects.filter(person=user).select_related("target_role").first(),
        "shared": shared.filter(person__in=reached).select_related("person", "target_role"),
        "may_manage": access.may_manage_requirements(user),
    }
    return render(request, "training/role_list.html", context)


def role_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own way to a role; with `person`, that of somebody who shares it with the reader."""
    user, at = person(request), timezone.now()
    role = get_object_or_404(TargetRole.objects.active(), pk=pk)
    learner, given = user, request.GET.get("person", "")
    if given.isdigit() and int(given) != user.pk:
        reached = User.objects.filter(people_for(user, "training.view_board"))
        shared = reached.filter(role_choice__target_role=role, role_choice__is_shared=True)
        learner = get_object_or_404(shared.distinct(), pk=given)
    choice = RoleChoice.objects.filter(person=learner, target_role=role).first()
    context = {
        "role": role,
        "learner": learner,
        "is_own": learner.pk == user.pk,
        "choice": choice,
        "ready": readiness_of(learner, role, at, timezone.localdate()),
        "form": ChoiceForm(initial={"is_shared": bool(choice and choice.is_shared)}),
    }
    return render(request, "training/role_detail.html", context)


@require_POST
@page_refusals
def role_choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the role, share it or not, or take the choice back."""
    user, at = person(request), timezone.now()
    role = get_object_or_404(TargetRole.objects.active(), pk=pk)
    chosen = None if request.POST.get("act") == "drop" else role
    shares = "is_shared" in request.POST
    actions.choose_role(person=user, role=chosen, is_shared=shares, at=at)
    messages.success(request, _("Saved.") if chosen else _("Taken back."))
    return redirect("training:role_detail", pk=pk)


@page_refusals
def role_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    user = person(request)
    stored = None if pk is None else get_object_or_404(TargetRole.objects.active(), pk=pk)
    form = RoleForm(request.POST or None, instance=stored)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.save_role(
                role=None if pk is None else TargetRole.objects.get(pk=pk),
                courses=list(form.cleaned_data["courses"]),
                levels=form.levels,
                by=user,
                at=timezone.now(),
                **form.own_fields,
            )
            return redirect("training:role_detail", pk=made.pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/role_edit.html", form, {"role": stored})
