"""Tags: made, put on customers, interactions and cases and taken off, renamed, merged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from crm.actions.cases import locked_case
from crm.actions.customers import locked
from crm.models import Case, Customer, Interaction, Organization, Tag
from lib.refusals import Invalid
from lib.sentences import said

LONGEST_NAME = 40
Tagged = Customer | Interaction | Case


class NameTaken(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__("name", said("There already is a tag “{name}”.", name=name))


class MergedIntoItself(Invalid):
    def __init__(self) -> None:
        super().__init__("target", said("A tag cannot be merged into itself. Choose another one."))


def tag_named(name: str) -> Tag | None:
    """The tag of that name in any case, also by the name of a tag that was merged into it."""
    name = name.strip()
    found = Tag.objects.filter(name__iexact=name).first()
    if found is not None:
        return found
    folded = name.casefold()
    merged = Tag.objects.exclude(aliases=[])
    return next((tag for tag in merged if folded in map(str.casefold, tag.aliases)), None)


def tag_record(*, record: Tagged, name: str, by: User | None, at: datetime) -> Tag:
    """Put a tag on a record, a new one if nobody has used the name; twice is once."""
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Invalid("name", said("Enter the name of a tag."))
    with transaction.atomic():
        record = _locked(record)
        tag = tag_named(name) or Tag.objects.create(name=name)
        if not record.tags.filter(pk=tag.pk).exists():
            record.tags.add(tag)
            _audit_tagging("tag", record, tag, by, at)
    return tag


def untag_record(*, record: Tagged, tag: Tag, by: User | None, at: datetime) -> None:
    """Take a tag off a record."""
    with transaction.atomic():
        record = _locked(record)
        if record.tags.filter(pk=tag.pk).exists():
            record.tags.remove(tag)
            _audit_tagging("untag", record, tag, by, at)


def _locked(record: Tagged) -> Tagged:
    """The row for update; raises what its kind refuses, such as a customer who was merged."""
    if isinstance(record, Customer):
        return locked(record)
    if isinstance(record, Case):
        return locked_case(record)
    return Interaction.objects.select_for_update(of=("self",)).get(pk=record.pk)


def _audit_tagging(verb: str, record: Tagged, tag: Tag, by: User | None, at: datetime) -> None:
    named = f"{verb}_{record._meta.model_name}"
    audit.record(verb=named, record=record, by=by, at=at, after={"tag": tag.name})


def change_tag(*, tag: Tag, name: str, color: str, by: User, at: datetime) -> Tag:
    """Give a tag another name or color; raises NameTaken."""
    name = " ".join(name.split())[:LONGEST_NAME]
    with transaction.atomic():
        tag = Tag.objects.select_for_update().get(pk=tag.pk)
        other = tag_named(name)
        if other is not None and other.pk != tag.pk:
            raise NameTaken(other.name)
        before = {"name": tag.name, "color": tag.color}
        tag.name, tag.color = name, color
        tag.save()
        after = {"name": name, "color": color}
        audit.record(verb="change_tag", record=tag, by=by, at=at, before=before, after=after)
    return tag


def merge_tags(*, tag: Tag, target: Tag, by: User, at: datetime) -> Tag:
    """Let everything that has `tag` have `target` instead; the old name stays known.

    Raises MergedIntoItself.
    """
    if tag.pk == target.pk:
        raise MergedIntoItself
    with transaction.atomic():
        rows = Tag.objects.select_for_update().filter(pk__in=(tag.pk, target.pk)).order_by("pk")
        found = {row.pk: row for row in rows}
        tag, target = found[tag.pk], found[target.pk]
        for model in (Customer, Organization, Interaction, Case):
            _move(model.tags.through, tag, target)
        target.aliases = sorted({*target.aliases, *tag.aliases, tag.name})
        target.save(update_fields=["aliases", "updated_at"])
        before = {"name": tag.name}
        audit.record(
            verb="merge_tags",
            record=target,
            by=by,
            at=at,
            before=before,
            after={"aliases": target.aliases},
        )
        tag.delete()
    return target


def _move(owners: type, tag: Tag, target: Tag) -> None:
    """Give the rows of one many-to-many table to the other tag, each once."""
    rows = owners.objects.filter(tag=tag)  # type: ignore[attr-defined]
    owner = next(
        field.name
        for field in owners._meta.concrete_fields  # type: ignore[attr-defined]
        if field.is_relation and field.name != "tag"
    )
    there = owners.objects.filter(tag=target).values(owner)  # type: ignore[attr-defined]
    rows.filter(**{f"{owner}__in": there}).delete()
    rows.update(tag=target)


def tag_many(*, customers: Iterable[Customer], name: str, by: User, at: datetime) -> int:
    """Put one tag on many; one audit entry for each. All or nothing."""
    count = 0
    with transaction.atomic():
        for customer in sorted(customers, key=lambda row: row.pk):
            tag_record(record=customer, name=name, by=by, at=at)
            count += 1
    return count
