"""Pages of long lists by keyset: the last page costs what the first one costs.

A page is found by the sort value and id of the row next to it, never by counting. Rows that stay
are seen exactly once while one walks forward, whatever is inserted or deleted meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200
CURSOR_PARAMETER = "cursor"

Direction = Literal["next", "previous"]
_READERS: dict[str, Callable[[str], Any]] = {
    "at": datetime.fromisoformat,
    "on": date.fromisoformat,
    "number": Decimal,
}
ModelT = TypeVar("ModelT", bound=Model)


class TamperedCursor(ValueError):
    """The cursor was changed, or made for another list, filter, order or person."""


class BadLimit(ValueError):
    """The number of rows asked for is not 1-200."""


@dataclass(frozen=True)
class Page(Generic[ModelT]):
    """Rows of one page, and the cursors of its neighbors (None where the list ends)."""

    rows: list[ModelT]
    next_cursor: str | None
    previous_cursor: str | None

    def __iter__(self) -> Iterator[ModelT]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def binding(request: HttpRequest, *, ignored: Iterable[str] = ()) -> str:
    """What a cursor of this request belongs to: view, filters, order and person."""
    left_out = {CURSOR_PARAMETER, *ignored}
    filters = sorted(
        (name, value)
        for name, values in request.GET.lists()
        if name not in left_out
        for value in values
    )
    view = request.resolver_match.view_name if request.resolver_match else request.path
    person = getattr(getattr(request, "user", None), "pk", None)
    return f"{view}?{urlencode(filters)}#{request.path}#{person}"


def page_of(
    request: HttpRequest, rows: QuerySet[ModelT], *, order: str, limit: int = DEFAULT_LIMIT
) -> Page[ModelT]:
    """The page that the request's cursor names; the first one if the cursor is not of this list."""
    bound_to = binding(request)
    try:
        cursor = request.GET.get(CURSOR_PARAMETER)
        return paginate(rows, order=order, cursor=cursor, limit=limit, bound_to=bound_to)
    except TamperedCursor:
        return paginate(rows, order=order, cursor=None, limit=limit, bound_to=bound_to)


def page_links(request: HttpRequest, page: Page[ModelT]) -> tuple[str, str]:
    """Query strings of the previous and the next page, "" where there is none."""
    return _link(request, page.previous_cursor), _link(request, page.next_cursor)


def paginate(
    rows: QuerySet[ModelT],
    *,
    order: str,
    cursor: str | None,
    limit: int = DEFAULT_LIMIT,
    bound_to: str,
) -> Page[ModelT]:
    """One page in one query, ordered by a column ("-started_at") and then by id.

    An index on (column, id) serves every page. A nullable column has its empty values last.
    Stepping back past the first row gives the first page whole. Raises TamperedCursor.
    """
    list_order = _Order.of(rows, order)
    salt = f"lib.keyset:{order}:{bound_to}"
    if not cursor:
        return _first_page(rows, list_order, limit, salt)
    direction, value, pk = _read(cursor, salt)
    backwards = direction == "previous"
    side = list_order.reversed() if backwards else list_order
    found = list(rows.filter(side.after(value, pk)).order_by(*side.columns())[: limit + 1])
    has_more = len(found) > limit
    found = found[:limit]
    if not backwards:
        return _page(found, list_order, salt, has_previous=True, has_next=has_more)
    if not has_more:
        return _first_page(rows, list_order, limit, salt)
    found.reverse()
    return _page(found, list_order, salt, has_previous=True, has_next=True)


def read_limit(text: str | None) -> int:
    """The number of rows asked for, 50 by default; raises BadLimit unless it is 1-200."""
    if text is None or text == "":
        return DEFAULT_LIMIT
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_LIMIT:
        return int(text)
    raise BadLimit(f"limit is a whole number from 1 to {LARGEST_LIMIT}.")


@dataclass(frozen=True)
class _Order:
    """One column and the id, both in one direction; empty values at the end of the list."""

    column: str
    descending: bool
    nullable: bool
    nulls_first: bool = False

    @classmethod
    def of(cls, rows: QuerySet[Any], order: str) -> "_Order":
        column = order.removeprefix("-")
        return cls(column, order.startswith("-"), column != "pk" and _is_nullable(rows, column))

    def reversed(self) -> "_Order":
        return _Order(self.column, not self.descending, self.nullable, not self.nulls_first)

    def columns(self) -> list[OrderBy]:
        nulls = {}
        if self.nullable:
            nulls = {"nulls_first": True} if self.nulls_first else {"nulls_last": True}
        return [
            OrderBy(F(self.column), descending=self.descending, **nulls),
            OrderBy(F("pk"), descending=self.descending),
        ]

    def after(self, value: Any, pk: Any) -> Q:
        """Rows behind the one with this value and id.

        The range on the column alone comes first, so that an index begins at the right place.
        """
        beyond = "lt" if self.descending else "gt"
        same_value_later = Q(**{f"pk__{beyond}": pk})
        empty = Q(**{f"{self.column}__isnull": True})
        if value is None:
            later = empty & same_value_later
            return later | ~empty if self.nulls_first else later
        from_here = Q(**{f"{self.column}__{beyond}e": value})
        later = from_here & (Q(**{f"{self.column}__{beyond}": value}) | same_value_later)
        return later | empty if self.nullable and not self.nulls_first else later

    def value_of(self, row: Any) -> Any:
        for name in self.column.split("__"):
            row = getattr(row, name)
        return row


def _is_nullable(rows: QuerySet[Any], column: str) -> bool:
    """Whether the column, or a relation on the way to it, may be empty; annotations may."""
    if column in rows.query.annotations:
        return True
    model: Any = rows.model
    for name in column.split("__"):
        field = model._meta.get_field(name)
        if field.null:
            return True
        model = field.related_model
    return False


def _first_page(rows: QuerySet[ModelT], order: _Order, limit: int, salt: str) -> Page[ModelT]:
    found = list(rows.order_by(*order.columns())[: limit + 1])
    return _page(found[:limit], order, salt, has_previous=False, has_next=len(found) > limit)


def _page(
    rows: list[ModelT], order: _Order, salt: str, *, has_previous: bool, has_next: bool
) -> Page[ModelT]:
    def cursor(direction: Direction, row: ModelT) -> str:
        return _write(direction, order.value_of(row), row.pk, salt)

    return Page(
        rows,
        next_cursor=cursor("next", rows[-1]) if rows and has_next else None,
        previous_cursor=cursor("previous", rows[0]) if rows and has_previous else None,
    )


def _write(direction: Direction, value: Any, pk: Any, salt: str) -> str:
    return signing.dumps([direction, _plain(value), _plain(pk)], salt=salt)


def _read(cursor: str, salt: str) -> tuple[Direction, Any, Any]:
    try:
        direction, value, pk = signing.loads(cursor, salt=salt)
    except (signing.BadSignature, ValueError):
        raise TamperedCursor("The cursor does not belong to this list. Begin again.") from None
    return direction, _rich(value), _rich(pk)


def _plain(value: Any) -> Any:
    """A value as JSON that `_rich` reads back exactly."""
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)


def _rich(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    return _READERS[kind](text)


def _link(request: HttpRequest, cursor: str | None) -> str:
    if cursor is None:
        return ""
    parameters = request.GET.copy()
    parameters[CURSOR_PARAMETER] = cursor
    return f"?{parameters.urlencode()}"
