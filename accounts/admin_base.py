"""The admin classes that every app's admin is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts import audit
from accounts.models import User
from accounts.permissions import has
from lib.paginator import BoundedPaginator

SEEN_VERSION = "seen_version"


class VersionedForm(forms.ModelForm):
    """Refuses to save over a change that someone else made since the form was shown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and SEEN_VERSION in self.fields:
            self.fields[SEEN_VERSION].initial = self.instance.version

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        seen = self.cleaned_data.get(SEEN_VERSION)
        if self.instance.pk and SEEN_VERSION in self.fields and seen != self.instance.version:
            self.show_version_of_now()
            raise forms.ValidationError(
                "Someone changed this first: you saw version %(seen)s, it is now at version "
                "%(now)s. Your entries are kept below; compare, then save again.",
                code="version_old",
                params={"seen": seen or "?", "now": self.instance.version},
            )
        return cleaned

    def show_version_of_now(self) -> None:
        """The form that comes back may be saved on purpose over the other change."""
        entered = cast(QueryDict, self.data).copy()
        entered[self.add_prefix(SEEN_VERSION)] = str(self.instance.version)
        self.data = entered


class VisibleRows:
    """Rows and choices start from what the person may see; works for admins and inlines."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return visible(super().get_queryset(request), request)  # type: ignore[misc]

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        related = db_field.remote_field.model
        if "queryset" not in kwargs and hasattr(related._default_manager, "visible_to"):
            kwargs["queryset"] = related._default_manager.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


def visible(rows: models.QuerySet[Any], request: HttpRequest) -> models.QuerySet[Any]:
    return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows


class AttuneModelAdmin(VisibleRows, admin.ModelAdmin):
    """An admin page by the house rules.

    Lists start from `visible_to` and never count the whole table. A versioned row is saved only
    over the version that the person saw (409 otherwise). Each save writes one audit entry, named
    `add_<model>` or `change_<model>`; the history button shows the audit trail. An admin whose
    saving is a verb of its own overrides `save_model` and calls the verb instead.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 200
    actions_selection_counter = False

    @property
    def is_versioned(self) -> bool:
        return any(field.name == "version" for field in self.model._meta.concrete_fields)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if not (self.is_versioned and obj is not None and self.has_change_permission(request, obj)):
            return super().get_form(request, obj, change, **kwargs)
        base = kwargs.pop("form", self.form)
        hidden = forms.IntegerField(required=False, widget=forms.HiddenInput)
        kwargs["form"] = type("SeenForm", (VersionedForm, base), {SEEN_VERSION: hidden})
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = list(super().get_fieldsets(request, obj))
        form = self._get_form_for_get_fields(request, obj)  # type: ignore[attr-defined]
        named = {name for _, options in fieldsets for name in options["fields"]}
        if SEEN_VERSION in form.base_fields and SEEN_VERSION not in named:
            fieldsets.append((None, {"fields": [SEEN_VERSION], "classes": ["hidden"]}))
        return fieldsets

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The row, locked while a form is being saved over it."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "POST" and self.is_versioned:
            self.model._base_manager.select_for_update().get(pk=row.pk)
            row.refresh_from_db()
        return row

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST" and response.status_code == 200:
            response.status_code = status_of_refused_form(response)
        return response

    def get_actions(self, request: HttpRequest) -> Any:
        """Only actions whose verb the person has; see accounts.admin_actions."""
        found = super().get_actions(request)
        return {
            name: item
            for name, item in found.items()
            if item and (not hasattr(item[0], "verb") or has(request.user, item[0].verb))
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = {} if obj._state.adding else stored_values(obj, form.changed_data)
        if change and self.is_versioned:
            obj.version += 1
        super().save_model(request, obj, form, change)
        write_audit(request, obj, "change" if change else "add", before, form.changed_data)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        before = {
            row.instance.pk: stored_values(row.instance, row.changed_data)
            for row in formset.initial_forms
        }
        removed = [(row, row.pk) for row in getattr(formset, "deleted_objects", [])]
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            write_audit(request, row, "add", {}, [f.name for f in row._meta.concrete_fields])
        for row, changed in formset.changed_objects:
            write_audit(request, row, "change", before.get(row.pk, {}), changed)
        for row, pk in removed:
            row.pk = pk
            write_audit(request, row, "delete", {}, [])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        write_audit(request, obj, "delete", {}, [])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the audit entry is the only record of an act."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the audit entry is the only record of an act."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Nothing: the audit entry is the only record of an act."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        about = urlencode({"object": f"{self.model._meta.label_lower}:{object_id}"})
        return HttpResponseRedirect(f"{reverse('accounts:audit_list')}?{about}")


class ReadOnlyAdmin(AttuneModelAdmin):
    """Rows that nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AttuneTabularInline(VisibleRows, admin.TabularInline):
    """An inline by the house rules: visible rows and choices only."""

    extra = 0
    show_change_link = True


class ReadOnlyInline(AttuneTabularInline):
    """Children that are shown and never edited here."""

    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of them: a form cannot hold what is not editable, not even to show it."""
        return self.fields or super().get_readonly_fields(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def status_of_refused_form(response: Any) -> int:
    context = getattr(response, "context_data", None) or {}
    form = getattr(context.get("adminform"), "form", None)
    is_old = form is not None and form.has_error(NON_FIELD_ERRORS, "version_old")
    return 409 if is_old else 422


def stored_values(row: models.Model, names: list[str]) -> dict[str, Any]:
    """The named columns of `row` as the database has them now, as JSON scalars."""
    wanted = [field.name for field in row._meta.concrete_fields if field.name in names]
    found = type(row)._base_manager.filter(pk=row.pk).values(*wanted).first() if wanted else None
    return {name: scalar(value) for name, value in (found or {}).items()}


def scalar(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else repr(value)


def write_audit(
    request: HttpRequest, row: models.Model, act: str, before: Mapping[str, Any], names: list[str]
) -> None:
    assert isinstance(request.user, User)
    audit.record(
        verb=f"{act}_{row._meta.model_name}",
        record=row,
        by=request.user,
        at=timezone.now(),
        before=before,
        after=stored_values(row, names),
    )
