"""Where supervisors find people and teams, and administrators look after them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils import timezone

from accounts import actions
from accounts.admin_actions import confirmed
from accounts.admin_base import (
    AttuneModelAdmin,
    AttuneTabularInline,
    ReadOnlyAdmin,
    ReadOnlyInline,
)
from accounts.admin_filters import PeriodFilter
from accounts.forms import (
    AgentKeyForm,
    MembershipForm,
    NewUserForm,
    RightGrantForm,
    UserForm,
    role_choices,
)
from accounts.models import (
    AccessEntry,
    AccessReview,
    AccountInvitation,
    AgentKey,
    ApiToken,
    AuditAnchor,
    AuditEntry,
    AuditHead,
    AuditPayload,
    BusinessCalendar,
    CalendarVersion,
    CodeStep,
    MembershipKind,
    RightGrant,
    SignInCounter,
    SignInIdentity,
    Team,
    TeamMembership,
    User,
)


def memberships_now() -> Prefetch:
    """The memberships in force, as `memberships_now` of each row."""
    rows = TeamMembership.objects.in_force(timezone.now()).select_related("team", "user")
    return Prefetch("memberships", queryset=rows, to_attr="memberships_now")


class MembershipInline(AttuneTabularInline):
    model = TeamMembership
    form = MembershipForm
    can_delete = False
    show_change_link = False
    ordering = ("-starts_at",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "team")


class MembershipsOfPerson(MembershipInline):
    fields = ("team", "kind", "starts_at", "ends_at")


class MembershipsOfTeam(MembershipInline):
    fields = ("user", "kind", "starts_at", "ends_at")
    autocomplete_fields = ("user",)


class AgentKeyInline(AttuneTabularInline):
    model = AgentKey
    form = AgentKeyForm
    fields = ("source", "key", "starts_at", "ends_at")
    can_delete = False


class SavesMemberships(AttuneModelAdmin):
    """Memberships in an inline go through their verbs, so that legs are stamped anew."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not TeamMembership:
            super().save_formset(request, form, formset, change)
            return
        formset.save(commit=False)
        by, at = request.user, timezone.now()
        assert isinstance(by, User)
        for row in formset.new_objects:
            span = {"starts_at": row.starts_at, "ends_at": row.ends_at}
            actions.add_to_team(user=row.user, team=row.team, kind=row.kind, **span, by=by, at=at)
        for row, _changed in formset.changed_objects:
            actions.end_membership(membership=row, ends_at=row.ends_at, by=by, at=at)


class RoleFilter(admin.SimpleListFilter):
    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return role_choices()

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[User]
    ) -> models.QuerySet[User] | None:
        return queryset.filter(groups__name=self.value()) if self.value() else None


class TeamFilter(admin.SimpleListFilter):
    title = "team"
    parameter_name = "team"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        assert isinstance(request.user, User)
        rows = Team.objects.visible_to(request.user).values_list("pk", "name")
        return [(str(pk), name) for pk, name in rows]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[User]
    ) -> models.QuerySet[User] | None:
        chosen = self.value() or ""
        if not chosen.isdigit():
            return None
        now = TeamMembership.objects.in_force(timezone.now()).filter(team_id=int(chosen))
        return queryset.filter(pk__in=now.values("user_id"))


def deactivate_person(row: User, *, by: User, at: datetime, reason: str) -> None:
    actions.deactivate_user(user=row, by=by, at=at, reason=reason)


def reactivate_person(row: User, *, by: User, at: datetime, reason: str) -> None:
    actions.reactivate_user(user=row, by=by, at=at, reason=reason)


@admin.register(User)
class UserAdmin(SavesMemberships):
    """People. Roles and rights are granted on the person's page under /team/."""

    form = UserForm
    list_display = ("full_name", "email", "roles_held", "team_now", "is_active", "last_login")
    list_filter = (RoleFilter, TeamFilter, "is_active")
    search_fields = ("full_name", "display_name", "email")
    search_help_text = "A part of a name or e-mail."
    readonly_fields = ("roles_held", "is_active", "deactivated_at", "last_login")
    ordering = ("full_name", "id")
    inlines = (MembershipsOfPerson, AgentKeyInline)
    actions = (
        confirmed(
            deactivate_person,
            verb="accounts.manage_users",
            description="Deactivate the chosen people",
            refusals=(actions.LastAdmin,),
        ),
        confirmed(
            reactivate_person,
            verb="accounts.manage_users",
            description="Open the accounts of the chosen people again",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).prefetch_related(memberships_now(), "groups")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewUserForm
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            actions.follow_email(user=obj)
            return
        assert isinstance(request.user, User)
        made = actions.create_user(**form.cleaned_data, by=request.user, at=timezone.now())
        obj.__dict__.update(made.__dict__)

    @admin.display(description="Roles")
    def roles_held(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all())) or "–"

    @admin.display(description="Team now")
    def team_now(self, user: Any) -> str:
        return ", ".join(sorted({row.team.name for row in user.memberships_now})) or "–"


@admin.register(Team)
class TeamAdmin(SavesMemberships):
    list_display = ("name", "supervisors", "members_now")
    search_fields = ("name",)
    fields = ("name", "description")
    inlines = (MembershipsOfTeam,)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).prefetch_related(memberships_now())

    @admin.display(description="Supervisors")
    def supervisors(self, team: Any) -> str:
        rows = [row for row in team.memberships_now if row.kind == MembershipKind.SUPERVISOR]
        return ", ".join(sorted(row.user.short_name for row in rows)) or "–"

    @admin.display(description="Agents now")
    def members_now(self, team: Any) -> int:
        return sum(row.kind == MembershipKind.AGENT for row in team.memberships_now)


@admin.register(AgentKey)
class AgentKeyAdmin(AttuneModelAdmin):
    form = AgentKeyForm
    list_display = ("source", "key", "user", "starts_at", "ends_at")
    list_filter = ("source",)
    search_fields = ("key",)
    list_select_related = ("user",)
    autocomplete_fields = ("user",)


def end_grant(row: RightGrant, *, by: User, at: datetime, reason: str) -> None:
    actions.end_right(grant=row, by=by, at=at, reason=reason)


@admin.register(RightGrant)
class RightGrantAdmin(AttuneModelAdmin):
    """Single rights: granted here, ended by the action, never rewritten."""

    form = RightGrantForm
    list_display = ("user", "right", "granted_by", "from_at", "to_at", "reason")
    list_filter = ("right",)
    search_fields = ("user__full_name", "user__email")
    list_select_related = ("user", "granted_by")
    autocomplete_fields = ("user",)
    actions = (
        confirmed(
            end_grant,
            verb="accounts.grant_role",
            description="End the chosen rights",
            refusals=(actions.NotHeld, actions.NotForOneself),
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        made = actions.grant_right(**form.cleaned_data, by=request.user, at=timezone.now())
        obj.__dict__.update(made.__dict__)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Which programs may use the API; issued and revoked under Settings, Tokens."""

    list_display = ("name", "owner", "public_id", "expires_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", "public_id__exact", "owner__email__iexact")
    search_help_text = "A name, the letters after att_, or the owner's e-mail."
    list_select_related = ("owner",)


@admin.register(AccountInvitation)
class AccountInvitationAdmin(ReadOnlyAdmin):
    """Sent and revoked under Team, Invitations."""

    list_display = ("email", "roles", "invited_by", "created_at", "expires_at", "used_at")
    search_fields = ("email",)
    list_select_related = ("invited_by",)


@admin.register(SignInCounter)
class SignInCounterAdmin(ReadOnlyAdmin):
    """Where sign-ins fail; which login it is cannot be read back."""

    list_display = ("network", "failures", "window_start_at", "locked_until")
    search_fields = ("network__exact",)


@admin.register(SignInIdentity)
class SignInIdentityAdmin(ReadOnlyAdmin):
    """Who signs in by way of the issuer; removing one asks for the account's e-mail again."""

    list_display = ("user", "issuer", "subject", "last_used_at")
    search_fields = ("user__email", "subject__exact")
    list_select_related = ("user",)


@admin.register(AccessReview)
class AccessReviewAdmin(ReadOnlyAdmin):
    list_display = ("at", "reviewer", "people", "note")
    list_select_related = ("reviewer",)


@admin.register(CodeStep)
class CodeStepAdmin(ReadOnlyAdmin):
    list_display = ("user", "last_step")
    list_select_related = ("user",)


class PayloadInline(ReadOnlyInline):
    model = AuditPayload
    fields = ("before", "after", "reason")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "verb", "object_type", "object_id", "fields_shown", "source")
    list_filter = (PeriodFilter, "source")
    search_fields = ("object_id__exact", "request_id__exact", "verb__exact")
    search_help_text = "An object's id, a request id, or a verb, exactly."
    list_select_related = ("actor",)
    inlines = (PayloadInline,)

    @admin.display(description="Fields")
    def fields_shown(self, entry: AuditEntry) -> str:
        return ", ".join(entry.changed_fields) or "–"


@admin.register(AccessEntry)
class AccessEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "kind", "object_type", "object_id", "about", "reason")
    list_filter = (PeriodFilter, "kind")
    search_fields = ("object_id__exact", "request_id__exact")
    search_help_text = "An object's id or a request id, exactly."
    list_select_related = ("actor", "about")


@admin.register(AuditAnchor)
class AuditAnchorAdmin(ReadOnlyAdmin):
    list_display = ("on_date", "sequence", "head", "sent_to")


@admin.register(AuditHead)
class AuditHeadAdmin(ReadOnlyAdmin):
    list_display = ("sequence", "hash", "sealed_at")


class CalendarVersionInline(ReadOnlyInline):
    model = CalendarVersion
    fk_name = "calendar"
    fields = ("number", "time_zone", "made_by", "created_at")
    show_change_link = False


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(ReadOnlyAdmin):
    """Calendars are edited on their own page, where the next days can be seen."""

    list_display = ("name", "zone", "version", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("current",)
    search_fields = ("name",)
    inlines = (CalendarVersionInline,)

    @admin.display(description="zone")
    def zone(self, calendar: BusinessCalendar) -> str:
        return calendar.current.time_zone if calendar.current else ""
