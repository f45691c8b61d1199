"""Verbs of the course builder: modules and lessons of a draft, and their order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction

from accounts import audit
from accounts.models import User
from quality.refusals import Refused
from training.actions.courses import locked_draft
from training.models import CourseRevision, Lesson, Module
from training.progress import RULES

ASIDE = 100_000  # Positions move through here, since no two rows of a parent may share one.


class ChangedElsewhere(Refused):
    def __init__(self) -> None:
        super().__init__("Someone changed this lesson after you opened it.")


class LastModule(Refused):
    def __init__(self) -> None:
        super().__init__("A course keeps at least one module.")


def add_module(*, revision: CourseRevision, title: str, by: User, at: datetime) -> Module:
    with transaction.atomic():
        locked = locked_draft(revision, by=by)
        module = Module.objects.create(
            revision=locked, position=next_position(locked.modules), title=title.strip()
        )
        audit.record(verb="add_module", record=locked, by=by, at=at, after={"title": title})
    return module


def rename_module(*, module: Module, title: str, by: User, at: datetime) -> Module:
    with transaction.atomic():
        locked_draft(module.revision, by=by)
        before = {"title": module.title}
        module.title = title.strip()
        module.save(update_fields=["title", "updated_at"])
        audit.record(
            verb="rename_module", record=module, by=by, at=at, before=before, after={"title": title}
        )
    return module


def delete_module(*, module: Module, by: User, at: datetime) -> None:
    """With all of its lessons. Raises LastModule."""
    with transaction.atomic():
        revision = locked_draft(module.revision, by=by)
        if revision.modules.count() == 1:
            raise LastModule
        before = {"title": module.title, "lessons": module.lessons.count()}
        module.delete()
        renumber(revision.modules.all())
        audit.record(verb="delete_module", record=revision, by=by, at=at, before=before)


def move_module(*, module: Module, to: int, by: User, at: datetime) -> None:
    with transaction.atomic():
        revision = locked_draft(module.revision, by=by)
        renumber(revision.modules.all(), moved=module.pk, to=to)
        audit.record(verb="move_module", record=module, by=by, at=at, after={"position": to})


def add_lesson(
    *, module: Module, kind: str, title: str, by: User, at: datetime, **fields: Any
) -> Lesson:
    """A lesson at the end of the module, with the first rule that its kind allows."""
    with transaction.atomic():
        locked_draft(module.revision, by=by)
        fields.setdefault("completion_rule", RULES[kind][0] if kind != "quiz" else "passed")
        lesson = Lesson.objects.create(
            module=module,
            kind=kind,
            title=title.strip(),
            position=next_position(module.lessons),
            **fields,
        )
        after = {"kind": kind, "title": title}
        audit.record(verb="add_lesson", record=lesson, by=by, at=at, after=after)
    return lesson


def change_lesson(*, lesson: Lesson, seen: int, by: User, at: datetime, **fields: Any) -> Lesson:
    """Write the named fields over version `seen`. Raises ChangedElsewhere, RevisionIsFrozen."""
    with transaction.atomic():
        locked_draft(lesson.module.revision, by=by)
        locked = Lesson.objects.select_for_update().get(pk=lesson.pk)
        if locked.row_version != seen:
            raise ChangedElsewhere
        for name, value in fields.items():
            setattr(locked, name, value)
        locked.row_version += 1
        locked.save(update_fields=[*fields, "row_version", "updated_at"])
        after = {"changed": sorted(fields), "title": locked.title}
        audit.record(verb="change_lesson", record=locked, by=by, at=at, after=after)
    return locked


def delete_lesson(*, lesson: Lesson, by: User, at: datetime) -> None:
    with transaction.atomic():
        locked_draft(lesson.module.revision, by=by)
        module, before = lesson.module, {"title": lesson.title, "kind": lesson.kind}
        lesson.delete()
        renumber(module.lessons.all())
        audit.record(verb="delete_lesson", record=module, by=by, at=at, before=before)


def move_lesson(*, lesson: Lesson, to_module: Module, to: int, by: User, at: datetime) -> None:
    """Put a lesson to a place of a module of the same revision."""
    with transaction.atomic():
        locked_draft(lesson.module.revision, by=by)
        left = lesson.module
        if to_module.pk != left.pk:
            Lesson.objects.filter(pk=lesson.pk).update(
                module=to_module, position=next_position(to_module.lessons)
            )
            renumber(left.lessons.all())
        renumber(to_module.lessons.all(), moved=lesson.pk, to=to)
        after = {"module_id": to_module.pk, "position": to}
        audit.record(verb="move_lesson", record=lesson, by=by, at=at, after=after)


def step_lesson(*, lesson: Lesson, by_steps: int, by: User, at: datetime) -> None:
    """One place up or down, over the border of its module where there is a neighbor."""
    modules = list(Module.objects.filter(revision=lesson.module.revision_id))
    place = next(n for n, module in enumerate(modules) if module.pk == lesson.module_id)
    count, to = lesson.module.lessons.count(), lesson.position + by_steps
    target = modules[place]
    if to < 0 and place > 0:
        target = modules[place - 1]
        to = target.lessons.count()
    elif to >= count and place + 1 < len(modules):
        target, to = modules[place + 1], 0
    move_lesson(lesson=lesson, to_module=target, to=max(to, 0), by=by, at=at)


def next_position(rows: Any) -> int:
    last = rows.aggregate(last=models.Max("position"))["last"]
    return 0 if last is None else last + 1


def renumber(rows: models.QuerySet[Any], *, moved: int | None = None, to: int = 0) -> None:
    """Positions 0, 1, 2 … in the present order, one row put to place `to`."""
    order = list(rows.order_by("position").values_list("pk", flat=True))
    if moved is not None:
        order.remove(moved)
        order.insert(min(max(to, 0), len(order)), moved)
    rows.update(position=models.F("position") + ASIDE)
    for position, pk in enumerate(order):
        rows.model._default_manager.filter(pk=pk).update(position=position)
