"""Finds rows by words with typing errors, the same on both databases.

Candidates share a group of three letters with a word of the query, told by the words' beginnings
and ends too; those that share most are ranked by `crm.duplicates.word_score`. On PostgreSQL the
groups are found by a trigram index over the same expression; SQLite reads the column through.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models
from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, TextField, Value, When

from crm.duplicates import word_score
from crm.names import name_key

LEAST_SCORE = 0.70
MOST_CANDIDATES = 200
LONGEST_QUERY = 200
MOST_GROUPS = 60
SHORTEST_FUZZY = 3
ModelT = TypeVar("ModelT", bound=models.Model)


class Padded(Func):
    """A column of words with a space at both ends; the migration's index has the same form."""

    template = "(' ' || %(expressions)s || ' ')"
    output_field = TextField()


def groups_of(key: str) -> list[str]:
    """The distinct groups of three letters of a name key, each word with a space at both ends."""
    found: dict[str, None] = {}
    for word in key.split():
        padded = f" {word} "
        found.update((padded[at : at + 3], None) for at in range(len(padded) - 2))
    return list(found)[:MOST_GROUPS]


def find(
    rows: QuerySet[ModelT], words: str, *, column: str, texts: Iterable[str] = (), limit: int = 10
) -> list[ModelT]:
    """The rows whose `column` (a name key) answers the words, the best first; one query.

    Up to two letters find beginnings alone. `texts` names the columns that are scored, the key
    itself by default.
    """
    key = name_key(words[:LONGEST_QUERY])
    if not key:
        return []
    if len(key) < SHORTEST_FUZZY:
        return list(rows.filter(**{f"{column}__startswith": key}).order_by(column, "pk")[:limit])
    names = list(texts) or [column]
    ranked = [
        (max(word_score(key, getattr(row, name)) for name in names), row)
        for row in candidates(rows, key, column)
    ]
    ranked = [each for each in ranked if each[0] >= LEAST_SCORE]
    ranked.sort(key=lambda each: (-each[0], each[1].pk))
    return [row for _, row in ranked[:limit]]


def candidates(rows: QuerySet[ModelT], key: str, column: str) -> QuerySet[ModelT]:
    """Up to 200 rows that share most groups with the key."""
    groups = groups_of(key)
    shared: Any = Value(0)
    any_shared = Q()
    for group in groups:
        has = Q(padded__contains=group)
        any_shared |= has
        shared = shared + Case(When(has, then=1), default=0, output_field=IntegerField())
    found = rows.alias(padded=Padded(F(column))).filter(any_shared).alias(shared=shared)
    return found.order_by("-shared", "-pk")[:MOST_CANDIDATES]
