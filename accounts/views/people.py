"""The team: who is here, in which team since when, with which roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts import access, actions
from accounts.forms import (
    DeactivateForm,
    EraseForm,
    JoinTeamForm,
    LeaveTeamForm,
    PeopleFilters,
    RoleForm,
)
from accounts.models import MembershipKind, TeamMembership, User
from accounts.permissions import has
from accounts.views.common import signed_in, visible_person
from lib import keyset, panels
from lib.sentences import said

REFUSALS = (
    actions.AlreadyHeld,
    actions.AlreadyInTeam,
    actions.EndsBeforeItStarts,
    actions.LastAdmin,
    actions.NotClosed,
    actions.NotForOneself,
    actions.NotHeld,
)


def team_list(request: HttpRequest) -> HttpResponse:
    """Everybody the reader may see, by name; at most 12 queries."""
    reader = signed_in(request)
    filters = PeopleFilters(request.GET, reader=reader)
    is_valid = filters.is_valid()
    people = narrowed(User.objects.visible_to(reader), filters.cleaned_data)
    if not is_valid:
        people = people.none()
    page = keyset.page_of(request, with_memberships(people), order="full_name")
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "filters": filters,
        "is_narrowed": any(filters.cleaned_data.values()),
        "people": page.rows,
        "may_review": access.may_review_access(reader),
        "may_invite": access.may_manage_users(reader),
        "previous_url": previous_url,
        "next_url": next_url,
    }
    return render(request, "accounts/team_list.html", context, status=200 if is_valid else 400)


def narrowed(people: Any, wanted: dict[str, Any]) -> Any:
    """`people` as the filters want them; closed accounts are shown only when asked for."""
    people = people.matching(wanted.get("q") or "")
    if not wanted.get("with_inactive"):
        people = people.active()
    if wanted.get("role"):
        people = people.in_role(wanted["role"])
    if wanted.get("team"):
        members = TeamMembership.objects.in_force(timezone.now()).filter(team=wanted["team"])
        people = people.filter(pk__in=members.values("user_id"))
    return people


def with_memberships(people: QuerySet[User]) -> QuerySet[User]:
    now = TeamMembership.objects.in_force(timezone.now()).select_related("team")
    memberships = Prefetch("memberships", queryset=now, to_attr="memberships_now")
    return people.prefetch_related(memberships, "groups")


def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: teams over time, roles and rights, agent keys."""
    return person_page(request, visible_person(request, pk))


def person_page(
    request: HttpRequest, person: User, *, status: int = 200, **entered: forms.Form
) -> HttpResponse:
    """The page of `person`; `entered` are forms that came back with errors, by their name."""
    reader = signed_in(request)
    memberships = person.memberships.select_related("team").order_by("-starts_at", "-id")
    role_names = sorted(person.roles)
    may_grant = access.may_grant_role(reader, person)
    may_manage = access.may_manage_users(reader)
    context = {
        "person": person,
        "panels": panels.panels_for("person.side"),
        "facts": facts_of(person),
        "memberships": memberships,
        "now": timezone.now(),
        "roles": role_names,
        "rights": person.right_grants.in_force(timezone.now()).select_related("granted_by"),
        "agent_keys": person.agent_keys.all(),
        "may_grant_role": may_grant,
        "may_manage_users": may_manage,
        "may_view_audit": has(reader, "accounts.view_audit"),
        "may_deactivate": access.may_deactivate_user(reader, person),
        "grant_form": entered.get("grant_form") or RoleForm(prefix="grant", without=role_names),
        "end_form": entered.get("end_form") or RoleForm(prefix="end", only=role_names),
        "join_form": entered.get("join_form") or JoinTeamForm(prefix="join", reader=reader),
        "leave_form": entered.get("leave_form") or LeaveTeamForm(prefix="leave"),
        "may_erase": access.may_erase_user(reader, person),
        "deactivate_form": entered.get("deactivate_form") or DeactivateForm(prefix="close"),
        "erase_form": entered.get("erase_form") or EraseForm(prefix="erase"),
    }
    return render(request, "accounts/person_detail.html", context, status=status)


def facts_of(person: User) -> list[tuple[str, Any]]:
    return [
        ("E-mail", person.email),
        ("Time zone", person.time_zone or "The site's"),
        ("Hired", person.hired_on),
        ("Left", person.left_on),
    ]


def answer(
    request: HttpRequest, person: User, name: str, form: Any, act: Callable[[], object]
) -> HttpResponse:
    """Do `act` if the form is valid; else, and on a refusal, the page with the form again."""
    if not form.is_valid():
        return person_page(request, person, status=422, **{name: form})
    try:
        act()
    except REFUSALS as refusal:
        form.add_error(None, str(refusal))
        person.forget_grants()
        return person_page(request, person, status=409, **{name: form})
    return redirect("accounts:person_detail", pk=person.pk)


def person_grant_role(request: HttpRequest, pk: int) -> HttpResponse:
    reader, person = signed_in(request), visible_person(request, pk)
    if not access.may_grant_role(reader, person):
        raise PermissionDenied(str(actions.NotForOneself()))
    form = RoleForm(request.POST, prefix="grant")

    def act() -> None:
        actions.grant_role(user=person, by=reader, at=timezone.now(), **form.cleaned_data)

    return answer(request, person, "grant_form", form, act)


def person_end_role(request: HttpRequest, pk: int) -> HttpResponse:
    reader, person = signed_in(request), visible_person(request, pk)
    if not access.may_grant_role(reader, person):
        raise PermissionDenied(str(actions.NotForOneself()))
    form = RoleForm(request.POST, prefix="end")

    def act() -> None:
        actions.end_role(user=person, by=reader, at=timezone.now(), **form.cleaned_data)

    return answer(request, person, "end_form", form, act)


def person_join_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a membership; an agent's current team ends on that day."""
    reader, person = signed_in(request), visible_person(request, pk)
    form = JoinTeamForm(request.POST, prefix="join", reader=reader)

    def act() -> None:
        team, kind, starts_at = (form.cleaned_data[name] for name in ("team", "kind", "starts_on"))
        at = timezone.now()
        if kind == MembershipKind.AGENT:
            actions.move_to_team(user=person, team=team, from_at=starts_at, by=reader, at=at)
        else:
            span = {"kind": kind, "starts_at": starts_at}
            actions.add_to_team(user=person, team=team, **span, by=reader, at=at)

    return answer(request, person, "join_form", form, act)


def person_leave_team(request: HttpRequest, pk: int, membership_pk: int) -> HttpResponse:
    reader, person = signed_in(request), visible_person(request, pk)
    membership = get_object_or_404(person.memberships, pk=membership_pk)
    form = LeaveTeamForm(request.POST, prefix="leave")

    def act() -> None:
        ends_at = form.cleaned_data["ends_on"]
        actions.end_membership(membership=membership, ends_at=ends_at, by=reader, at=timezone.now())

    return answer(request, person, "leave_form", form, act)


def person_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    reader, person = signed_in(request), visible_person(request, pk)
    if not access.may_deactivate_user(reader, person):
        raise PermissionDenied(said("Nobody closes their own account. Ask another administrator."))
    form = DeactivateForm(request.POST, prefix="close")

    def act() -> None:
        actions.deactivate_user(user=person, by=reader, at=timezone.now(), **form.cleaned_data)

    return answer(request, person, "deactivate_form", form, act)


def person_erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the names and words of somebody who left out of every area, for good."""
    reader, person = signed_in(request), visible_person(request, pk)
    if not access.may_erase_user(reader, person):
        raise PermissionDenied(said("Nobody erases themselves. Ask another administrator."))
    form = EraseForm(request.POST, prefix="erase")

    def act() -> None:
        reason = form.cleaned_data["reason"]
        actions.erase_user(user=person, by=reader, at=timezone.now(), reason=reason)

    return answer(request, person, "erase_form", form, act)


def person_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    reader, person = signed_in(request), visible_person(request, pk)
    if person.erased_at is not None:
        raise PermissionDenied(str(actions.ErasedForGood()))
    actions.reactivate_user(user=person, by=reader, at=timezone.now())
    return redirect("accounts:person_detail", pk=person.pk)
