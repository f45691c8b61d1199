"""Verbs of answer sets: options kept for other criteria, edited until a published version has them.

A criterion takes a copy of the options, so that editing a set changes no draft behind its back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from quality import documents
from quality.actions.draft_tree import free_key
from quality.actions.drafts import editing
from quality.actions.texts import clean_text
from quality.models import AnswerSet, Criterion
from quality.refusals import Invalid, Refused, Stale

LEAST_OPTIONS = 2
LONGEST_NAME = 120
Options = Sequence[Mapping[str, Any]]


class SetIsLocked(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name}” stands in a published version and never changes. Copy it and edit the copy."
        )


class ChangedElsewhere(Stale):
    def __init__(self) -> None:
        super().__init__("Somebody else changed this answer set. Load it again to go on.")


class NameTaken(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__("name", f"There is an answer set “{name}” already.")


def keep_answer_set(
    *, criterion: Criterion, name: str, seen: int, by: User, at: datetime
) -> AnswerSet:
    """Keep the options of a criterion as a set; from then on the criterion uses it.

    Raises NameTaken, Invalid, and what every change of a draft raises.
    """
    with editing(criterion.version, seen):
        options = [option.as_document() for option in criterion.options.all()]
        kept = _create("keep_answer_set", name, options, by, at)
        criterion.answer_set = kept
        criterion.save(update_fields=["answer_set", "updated_at"])
    return kept


def copy_answer_set(*, answer_set: AnswerSet, name: str, by: User, at: datetime) -> AnswerSet:
    """The same options under another name, to be edited. Raises NameTaken, Invalid."""
    with transaction.atomic():
        return _create("copy_answer_set", name, answer_set.options, by, at)


def change_answer_set(
    *, answer_set: AnswerSet, name: str, options: Options, seen: int, by: User, at: datetime
) -> AnswerSet:
    """Rename a set and replace its options; those without a key are given one.

    Raises SetIsLocked, ChangedElsewhere, NameTaken, Invalid.
    """
    with transaction.atomic():
        locked = AnswerSet.objects.select_for_update().get(pk=answer_set.pk)
        if locked.frozen_at:
            raise SetIsLocked(locked.name)
        if locked.row_version != seen:
            raise ChangedElsewhere
        before = {"name": locked.name, "options": locked.options}
        locked.name = _free_name(name, besides=locked.pk)
        locked.options = _checked(options)
        locked.row_version += 1
        locked.save(update_fields=["name", "options", "row_version", "updated_at"])
        after = {"name": locked.name, "options": locked.options}
        audit.record(
            verb="change_answer_set", record=locked, by=by, at=at, before=before, after=after
        )
    return locked


# --- Below the verbs --------------------------------------------------------------------------


def _create(verb: str, name: str, options: Options, by: User, at: datetime) -> AnswerSet:
    row = AnswerSet.objects.create(name=_free_name(name), options=_checked(options))
    audit.record(verb=verb, record=row, by=by, at=at, after={"name": row.name})
    return row


def _free_name(name: str, besides: int = 0) -> str:
    """Forms from elsewhere name their set, so that no two may be called the same."""
    name = clean_text("name", name, LONGEST_NAME)
    if not name:
        raise Invalid("name", "Give the set a name.")
    if AnswerSet.objects.filter(name__iexact=name).exclude(pk=besides).exists():
        raise NameTaken(name)
    return name


def _checked(options: Options) -> list[dict[str, Any]]:
    if not LEAST_OPTIONS <= len(options) <= documents.MAX_OPTIONS:
        sentence = f"A set holds {LEAST_OPTIONS} to {documents.MAX_OPTIONS} options."
        raise Invalid("options", sentence)
    taken = {option["key"] for option in options if option.get("key")}
    checked = []
    for option in options:
        key = option.get("key") or free_key("option", taken)
        taken.add(key)
        checked.append({**option, "key": key})
    return checked
