"""Grouping in the database, and storing what was grouped without bringing it here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BigIntegerField, F, Func, IntegerField, Model, QuerySet
from django.db.models.expressions import Combinable, CombinedExpression, ExpressionWrapper, Value
from django.db.models.functions import Cast


class QuarterHour(Func):
    """The number of the quarter hour, counted from 1970 in UTC, that holds a moment."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "(CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / 900)"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "(FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / 900)::integer)"
        return self.as_sql(compiler, connection, template=template, **extra)


def rounded_up(column: str, step: int) -> CombinedExpression:
    """A whole number of seconds, up to the next multiple of a step."""
    return (F(column) + Value(step - 1)) / Value(step) * Value(step)


def square(value: Combinable | str) -> ExpressionWrapper:
    """The square of a number of seconds, large enough for a day."""
    wide = Cast(F(value) if isinstance(value, str) else value, BigIntegerField())
    return ExpressionWrapper(wide * wide, BigIntegerField())


def insert_rows(model: type[Model], columns: Sequence[str], rows: QuerySet[Any, Any]) -> int:
    """Store the rows of a grouped query, which stands in the order of `columns`; one statement."""
    select, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{_insert_into(model, columns)} {select}", parameters)
        return int(cursor.rowcount)


def insert_values(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Store rows that were counted here, each in the order of `columns`, without making objects."""
    own = connections[DEFAULT_DB_ALIAS]  # Looked up once, not for every value.
    named = {field.attname: field for field in model._meta.concrete_fields}
    fields = [named[name] for name in columns]
    ready = [
        [field.get_db_prep_save(value, own) for field, value in zip(fields, row, strict=True)]
        for row in rows
    ]
    marks = ", ".join(["%s"] * len(columns))
    if ready:
        with connection.cursor() as cursor:
            cursor.executemany(f"{_insert_into(model, columns)} VALUES ({marks})", ready)
    return len(ready)


def _insert_into(model: type[Model], columns: Sequence[str]) -> str:
    """The beginning of the statement; its names come from models, nothing was typed by anybody."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in columns)  # Facts have no foreign keys.
    return f"INSERT INTO {quote(model._meta.db_table)} ({names})"
