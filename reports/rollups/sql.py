"""Grouping in the database, and storing what was grouped without bringing it here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
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
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in columns)  # Facts have no foreign keys.
    select, parameters = rows.query.sql_with_params()
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        # Names come from models and the query from the ORM; nothing here was typed by anybody.
        cursor.execute(f"INSERT INTO {table} ({names}) {select}", parameters)
        return int(cursor.rowcount)
