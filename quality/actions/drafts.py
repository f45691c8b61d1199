"""Verbs of the scorecard builder: each changes one thing of a draft and is saved at once.

Every verb takes `seen`, the row_version of the version that the person saw, and moves it on, so
that two people cannot overwrite each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from quality import balance, documents
from quality.actions import draft_tree as tree
from quality.actions.documents import criterion_row, option_row, write_options
from quality.actions.draft_tree import Item, Step
from quality.models import AnswerSet, Criterion, Option, ScorecardVersion, Section
from quality.models.base import as_text
from quality.refusals import Invalid, Refused, Stale

YES_NO = (
    {"key": "yes", "label": "Yes", "points": "1", "tone": "good"},
    {"key": "no", "label": "No", "points": "0", "tone": "bad", "is_fail": True},
)


class NotADraft(Refused):
    def __init__(self) -> None:
        super().__init__("A published version never changes. Open a new draft to change it.")


class ChangedElsewhere(Stale):
    def __init__(self) -> None:
        super().__init__("Somebody else changed this draft. Load it again to go on.")


class TooMany(Refused):
    status = 422

    def __init__(self, most: int, what: str) -> None:
        super().__init__(f"A version holds at most {most} {what}.")


class KeyTaken(Invalid):
    def __init__(self, key: str) -> None:
        super().__init__("key", f"The key {key} is used already in this version.")


class KeyIsFixed(Invalid):
    def __init__(self, key: str) -> None:
        super().__init__(
            "key", f"The key {key} was published before and carries the trend; it stays."
        )


# --- Switches of the version ------------------------------------------------------------------


def change_switches(
    *, version: ScorecardVersion, changes: Mapping[str, Any], seen: int, by: User, at: datetime
) -> ScorecardVersion:
    """Change scoring or policy switches; values are cleaned by the form."""
    with editing(version, seen) as draft:
        before = _set(draft, changes)
        draft.save()
        _note("change_draft", draft, by, at, before, changes)
    return draft


def lock_weight(
    *, version: ScorecardVersion, key: str, is_locked: bool, seen: int, by: User, at: datetime
) -> ScorecardVersion:
    """Hold one weight where it is while others are edited."""
    with editing(version, seen) as draft:
        keys = set(draft.locked_weights) - {key} | ({key} if is_locked else set())
        draft.locked_weights = sorted(keys)
        draft.save(update_fields=["locked_weights", "updated_at"])
        _note("lock_weight", draft, by, at, {}, {"key": key, "is_locked": is_locked})
    return draft


def set_weight(
    *, item: Section | Criterion, weight: Decimal | None, seen: int, by: User, at: datetime
) -> ScorecardVersion:
    """Set one weight; in the percent modes the unlocked others share the difference."""
    with editing(item.version, seen) as draft:
        rows = tree.weighted_rows(draft)
        if weight is None or item.key not in {row.key for row in rows if type(row) is type(item)}:
            item.weight = weight
            item.save(update_fields=["weight", "updated_at"])
        else:
            tree.write_weights(rows, item.key, weight, draft.locked_weights)
        _note("set_weight", item, by, at, {}, {"weight": as_text(weight)})
    return draft


def share_evenly(
    *, version: ScorecardVersion, seen: int, by: User, at: datetime
) -> ScorecardVersion:
    """Give every weight of a percent mode the same share of 100."""
    with editing(version, seen) as draft:
        rows = tree.weighted_rows(draft)
        weights = balance.even([row.key for row in rows])
        for row in rows:
            row.weight = weights[row.key]
            row.save(update_fields=["weight", "updated_at"])
        _note("share_weights_evenly", draft, by, at, {}, {})
    return draft


# --- Sections, criteria, options --------------------------------------------------------------


def add_section(
    *,
    version: ScorecardVersion,
    title: str,
    seen: int,
    by: User,
    at: datetime,
    parent: Section | None = None,
) -> Section:
    with editing(version, seen) as draft:
        if parent and parent.parent_id:
            raise tree.TooDeep
        if draft.sections.count() >= documents.MAX_SECTIONS:
            raise TooMany(documents.MAX_SECTIONS, "sections")
        key = tree.free_key("section", draft.sections.values_list("key", flat=True))
        siblings = draft.sections.filter(parent=parent)
        section = Section.objects.create(
            version=draft,
            parent=parent,
            key=key,
            title=title,
            position=tree.next_position(siblings),
        )
        _note("add_section", section, by, at, {}, {"key": key, "title": title})
    return section


def add_criterion(*, section: Section, text: str, seen: int, by: User, at: datetime) -> Criterion:
    """Add a Yes/No criterion at the end of the section."""
    with editing(section.version, seen) as draft:
        if draft.criteria.count() >= documents.MAX_CRITERIA:
            raise TooMany(documents.MAX_CRITERIA, "criteria")
        key = tree.free_key("criterion", draft.criteria.values_list("key", flat=True))
        document = {"key": key, "text": text, "weight": "0", "options": YES_NO}
        criterion = criterion_row(
            draft, section, tree.next_position(section.criteria.all()), document, {}
        )
        criterion.save()
        write_options([(criterion, document)])
        _note("add_criterion", criterion, by, at, {}, {"key": key, "text": text})
    return criterion


def add_option(*, criterion: Criterion, label: str, seen: int, by: User, at: datetime) -> Option:
    with editing(criterion.version, seen):
        if criterion.options.count() >= documents.MAX_OPTIONS:
            raise TooMany(documents.MAX_OPTIONS, "options per criterion")
        key = tree.free_key("option", criterion.options.values_list("key", flat=True))
        option = option_row(
            criterion,
            tree.next_position(criterion.options.all()),
            {"key": key, "label": label, "points": "0"},
        )
        option.save()
        _note("add_option", option, by, at, {}, {"key": key, "label": label})
    return option


def change_item(
    *, item: Item, changes: Mapping[str, Any], seen: int, by: User, at: datetime
) -> Item:
    """Change fields of a section, criterion or option; values are cleaned by the form."""
    with editing(_version_of(item), seen) as draft:
        if changes.get("key", item.key) != item.key and tree.was_published(item, draft):
            raise KeyIsFixed(item.key)
        before = _set(item, changes)
        try:
            with transaction.atomic():
                item.save()
        except IntegrityError as error:
            raise _explained(error, item) from None
        _note(f"change_{item._meta.model_name}", item, by, at, before, changes)
    return item


def preset_options(*, criterion: Criterion, seen: int, by: User, at: datetime) -> Criterion:
    """Replace the options by Yes and No."""
    with editing(criterion.version, seen):
        criterion.options.all().delete()
        write_options([(criterion, {"options": YES_NO})])
        _note("preset_options", criterion, by, at, {}, {})
    return criterion


def use_answer_set(
    *, criterion: Criterion, answer_set: AnswerSet, seen: int, by: User, at: datetime
) -> Criterion:
    """Replace the options by those of a reusable set."""
    with editing(criterion.version, seen):
        criterion.options.all().delete()
        write_options([(criterion, {"options": answer_set.options})])
        criterion.answer_set = answer_set
        criterion.save(update_fields=["answer_set", "updated_at"])
        _note("use_answer_set", criterion, by, at, {}, {"answer_set": answer_set.name})
    return criterion


def move_item(*, item: Item, step: Step, seen: int, by: User, at: datetime) -> Item:
    """One place up or down among its siblings, or out of and into a neighboring section."""
    with editing(_version_of(item), seen) as draft:
        if step in ("up", "down"):
            tree.swap(item, -1 if step == "up" else 1)
        elif isinstance(item, Section):
            tree.renest_section(item, step)
        elif isinstance(item, Criterion):
            tree.rehome_criterion(item, step, draft)
        _note(f"move_{item._meta.model_name}", item, by, at, {}, {"step": step})
    return item


def remove_item(*, item: Item, seen: int, by: User, at: datetime) -> dict[str, Any]:
    """Delete an item with all below it; the answer is what `restore_item` needs to undo it."""
    with editing(_version_of(item), seen):
        removed = tree.removed_document(item)
        _note(f"remove_{item._meta.model_name}", item, by, at, {"key": item.key}, {})
        item.delete()
    return removed


def restore_item(
    *, version: ScorecardVersion, removed: Mapping[str, Any], seen: int, by: User, at: datetime
) -> ScorecardVersion:
    """Put a removed item back where it stood. Raises Invalid if its home is gone."""
    with editing(version, seen) as draft:
        try:
            with transaction.atomic():
                tree.RESTORERS[str(removed.get("what"))](draft, removed)
        except (KeyError, TypeError, ValueError, Section.DoesNotExist, Criterion.DoesNotExist):
            raise Invalid("removed", "The place of this item is gone; it stays deleted.") from None
        except IntegrityError as error:
            raise _explained(error, draft) from None
        _note("restore_item", draft, by, at, {}, {"what": removed.get("what")})
    return draft


# --- Below the verbs --------------------------------------------------------------------------


@contextmanager
def editing(version: ScorecardVersion, seen: int) -> Iterator[ScorecardVersion]:
    """The locked draft, one row_version further; refuses what is published or changed since."""
    with transaction.atomic():
        rows = ScorecardVersion.objects.select_related("scorecard").select_for_update(of=("self",))
        draft = rows.get(pk=version.pk)
        if not draft.is_draft:
            raise NotADraft
        if draft.row_version != seen:
            raise ChangedElsewhere
        draft.row_version += 1
        draft.save(update_fields=["row_version", "updated_at"])
        yield draft
        version.row_version = draft.row_version


def _version_of(item: Item) -> ScorecardVersion:
    return item.criterion.version if isinstance(item, Option) else item.version


def _note(
    verb: str,
    record: Any,
    by: User,
    at: datetime,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    plain = {name: _scalar(value) for name, value in after.items()}
    audit.record(verb=verb, record=record, by=by, at=at, before=before, after=plain)


def _set(row: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Set the fields and return what they were."""
    before = {name: _scalar(getattr(row, name)) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    return before


def _scalar(value: Any) -> Any:
    return as_text(value) if isinstance(value, Decimal) else value


def _explained(error: IntegrityError, item: Any) -> Refused:
    text = str(error).lower()
    if "unique" in text:
        return KeyTaken(getattr(item, "key", ""))
    name = next((c.name for c in item._meta.constraints if c.name in text), "")
    words = name.removeprefix("quality_").replace("_", " ")
    return Invalid("", f"This does not go together: {words or 'the values contradict each other'}.")
