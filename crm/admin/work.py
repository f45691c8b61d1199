"""Tasks, promises, notes, macros and canned replies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin_actions import confirmed
from accounts.admin_base import AttuneModelAdmin, ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from accounts.models import User
from crm.actions import macros, promises, tasks
from crm.models import CannedReply, Macro, Note, NoteText, Promise, Task
from lib.refusals import Refused


def take_row(row: Task, *, by: User, at: datetime, reason: str) -> None:
    tasks.take_task(task=row, by=by, at=at)


def done_row(row: Task, *, by: User, at: datetime, reason: str) -> None:
    tasks.complete_task(task=row, by=by, at=at, result=reason)


def cancel_row(row: Task, *, by: User, at: datetime, reason: str) -> None:
    tasks.cancel_task(task=row, by=by, at=at, result=reason)


def task_action(do: Any, description: str) -> Any:
    return confirmed(do, verb="crm.change_task", description=description, refusals=(Refused,))


@admin.register(Task)
class TaskAdmin(AttuneModelAdmin):
    list_display = ("title", "kind", "due_at", "assignee", "team", "priority", "state")
    list_filter = ("state", "kind", "team", "priority", period_of("due_at"))
    list_select_related = ("assignee", "team")
    search_fields = ("title",)
    ordering = ("due_at", "id")
    autocomplete_fields = ("assignee", "team")
    fields = ("title", "kind", "due_at", "reminder_at", "priority", "assignee", "team", "state")
    readonly_fields = ("state",)
    actions = (
        task_action(take_row, "Take"),
        task_action(done_row, "Set done"),
        task_action(cancel_row, "Cancel"),
    )

    def save_model(self, request: HttpRequest, obj: Task, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        stored = Task.objects.get(pk=obj.pk)
        saved = tasks.change_task(task=stored, changes=changes, by=request.user, at=timezone.now())
        obj.version = saved.version


def keep_row(row: Promise, *, by: User, at: datetime, reason: str) -> None:
    promises.keep_promise(promise=row, proof=reason, by=by, at=at)


def withdraw_row(row: Promise, *, by: User, at: datetime, reason: str) -> None:
    promises.withdraw_promise(promise=row, reason=reason, by=by, at=at)


@admin.register(Promise)
class PromiseAdmin(ReadOnlyAdmin):
    """The reason of “Kept” is the proof."""

    actions = (task_action(keep_row, "Kept"), task_action(withdraw_row, "Withdraw"))
    list_display = ("text", "kind", "customer", "made_by", "due_at", "state", "kept_late_at")
    list_filter = ("state", "kind", period_of("due_at"))
    list_select_related = ("customer", "made_by")
    search_fields = ("text",)
    ordering = ("due_at", "id")


class NoteTextInline(ReadOnlyInline):
    model = NoteText
    fields = ("body", "replaced_at")
    show_change_link = False


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "author", "written_at", "is_pinned", "edited_at")
    list_filter = ("is_pinned", period_of("written_at"))
    list_select_related = ("author",)
    search_fields = ("body",)
    ordering = ("-id",)
    inlines = (NoteTextInline,)


def share_row(row: Macro | CannedReply, *, by: User, at: datetime, reason: str) -> None:
    macros.share(record=row, by=by, at=at)


def retire_row(row: Macro | CannedReply, *, by: User, at: datetime, reason: str) -> None:
    macros.retire(record=row, by=by, at=at)


def shared_action(do: Any, description: str) -> Any:
    return confirmed(do, verb="crm.change_case", description=description, refusals=(Refused,))


class SharedAdmin(ReadOnlyAdmin):
    """Written on /cases/macros/; here one sees what is used, shares it and retires it."""

    actions = (
        shared_action(share_row, "Share with everybody"),
        shared_action(retire_row, "Retire"),
    )


@admin.register(Macro)
class MacroAdmin(SharedAdmin):
    list_display = ("name", "scope", "owner", "use_count", "last_used_at", "retired_at")
    list_filter = ("scope", ("retired_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("name",)


@admin.register(CannedReply)
class CannedReplyAdmin(SharedAdmin):
    list_display = ("shortcut", "name", "scope", "owner", "use_count", "last_used_at", "retired_at")
    list_filter = ("scope", ("retired_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("shortcut", "name")
