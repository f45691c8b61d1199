"""Moves rows from one customer to another, writing down each change, and takes the changes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from crm.merging.rules import MergeRule, all_rules
from crm.models import MergeMove, MergeRecord

BATCH = 500


def moving(rule: MergeRule, winner_id: int, loser_id: int) -> QuerySet[Any]:
    """The rows that will go to the winner: all of the loser's but those that stay."""
    rows = rule.rows.filter(**{rule.field: loser_id})
    if rule.stays is not None:
        rows = rows.exclude(rule.stays(winner_id, loser_id))
    folded = folding(rule, winner_id, loser_id)
    return rows.exclude(pk__in=folded) if folded else rows


def folding(rule: MergeRule, winner_id: int, loser_id: int) -> list[Any]:
    """Ids of the loser's rows whose like the winner has; they stay where they are."""
    if not rule.alike:
        return []
    there = set(rule.rows.filter(**{rule.field: winner_id}).values_list(*rule.alike))
    if not there:
        return []
    rows = rule.rows.filter(**{rule.field: loser_id}).values_list("pk", *rule.alike)
    return [pk for pk, *values in rows if tuple(values) in there]


def move_rows(record: MergeRecord) -> dict[str, int]:
    """Give the winner the loser's rows by the rules; how many of each kind were moved."""
    winner_id, loser_id = record.winner_id, record.loser_id
    counts: dict[str, int] = {}
    for rule in all_rules():
        if rule.moves:
            clear_flags(record, rule, winner_id, loser_id)
            ids = list(moving(rule, winner_id, loser_id).values_list("pk", flat=True))
            changed = [(pk, loser_id, winner_id) for pk in ids]
            write(record, rule.model, rule.field, changed)
            for part in _parts(ids):
                rule.rows.filter(pk__in=part).update(**{rule.field: winner_id})
            if ids and rule.title:
                counts[rule.title] = counts.get(rule.title, 0) + len(ids)
    return counts


def clear_flags(record: MergeRecord, rule: MergeRule, winner_id: int, loser_id: int) -> None:
    """Where both sides have a true one in the rule's column, the loser's becomes false first."""
    if not rule.clears:
        return
    flagged = {rule.clears: True}
    taken = set(rule.rows.filter(**{rule.field: winner_id}, **flagged).values_list(*rule.within))
    rows = moving(rule, winner_id, loser_id).filter(**flagged).values_list("pk", *rule.within)
    ids = [pk for pk, *values in rows if tuple(values) in taken]
    write(record, rule.model, rule.clears, [(pk, True, False) for pk in ids])
    rule.rows.filter(pk__in=ids).update(**{rule.clears: False})


def change(record: MergeRecord, row: Model, **values: Any) -> None:
    """Set columns of one row, written down; equal values are left out."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        write(record, row._meta.label_lower, name, [(row.pk, getattr(row, name), value)])
        setattr(row, name, value)


def made(record: MergeRecord, row: Model) -> None:
    """Write down that the merge made a row, which an undo takes away again."""
    write(record, row._meta.label_lower, "", [(row.pk, None, None)])


def write(
    record: MergeRecord, model: str, field: str, changes: Iterable[tuple[Any, Any, Any]]
) -> None:
    MergeMove.objects.bulk_create(
        (
            MergeMove(
                record=record,
                model=model.lower(),
                row_id=str(pk),
                field=field,
                old=_plain(old),
                new=_plain(new),
            )
            for pk, old, new in changes
        ),
        batch_size=BATCH,
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def take_back(record: MergeRecord) -> list[list[str]]:
    """Undo every change that is still as the merge left it; the others as model, id and field.

    Rows that were moved on, changed again or deleted meanwhile are left alone.
    """
    kept: list[list[str]] = []
    groups: dict[tuple[str, str, str], list[MergeMove]] = defaultdict(list)
    for move in record.moves.order_by("-id"):
        groups[move.model, move.field, repr((move.old, move.new))].append(move)
    for (model, field, _), moves in groups.items():
        kept += [[model, pk, field] for pk in _undone(apps.get_model(model), field, moves)]
    return kept


def _undone(model: type[Model], field: str, moves: Sequence[MergeMove]) -> Iterator[str]:
    """Take equal changes of one column back; yields the ids that had moved on."""
    for part in _parts(moves):
        rows = model._base_manager.filter(pk__in=[move.row_id for move in part])
        if not field:
            rows.delete()
            continue
        still = rows.filter(_as(field, part[0].new))
        ids = {str(pk) for pk in still.values_list("pk", flat=True)}
        model._base_manager.filter(pk__in=ids).update(**{field: part[0].old})
        yield from (move.row_id for move in part if move.row_id not in ids)


def _as(field: str, value: Any) -> Q:
    return Q(**{f"{field}__isnull": True}) if value is None else Q(**{field: value})


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
