"""Pages of a list by cursor: without a total, and the last one costs what the first costs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from lib import keyset
from lib.api.filters import refuse_values
from lib.http import Fault

LIMIT, CURSOR, ORDER = "limit", keyset.CURSOR_PARAMETER, "order"
PARAMETERS = frozenset({LIMIT, CURSOR, ORDER})


class KeysetPagination(BasePagination):
    """`limit`, `cursor` and `order`; the view's `orders` are allowed, the first is the default.

    A cursor is signed for its address, filters, order and token.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        bound_to = f"{keyset.binding(request._request, ignored=[LIMIT])}#{request.auth.pk}"
        try:
            self.page = keyset.paginate(
                queryset,
                order=_order(request, view.orders),
                cursor=request.query_params.get(CURSOR),
                limit=keyset.read_limit(request.query_params.get(LIMIT)),
                bound_to=bound_to,
            )
        except keyset.BadLimit as bad:
            _refuse(LIMIT, "out_of_range", str(bad))
        except keyset.TamperedCursor as bad:
            _refuse(CURSOR, "foreign_cursor", str(bad))
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        """The rows and the cursor behind the last one; the header Link has it as an address."""
        cursor = self.page.next_cursor
        response = Response({"results": data, "next": cursor})
        if cursor:
            parameters = self.request.query_params.dict() | {CURSOR: cursor}
            address = f"{settings.BASE_URL}{self.request.path}?{urlencode(parameters)}"
            response["Link"] = f'<{address}>; rel="next"'
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        cursor = "The cursor of the next page; null on the last one."
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": {"type": "array", "items": schema["items"]},
                "next": {"type": ["string", "null"], "description": cursor},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
        order = {"type": "string", "enum": list(view.orders), "default": view.orders[0]}
        return [
            _parameter(LIMIT, limit, "How many rows at most."),
            _parameter(CURSOR, {"type": "string"}, "What `next` of the page before said."),
            _parameter(ORDER, order, "Which rows come first."),
        ]


def _order(request: Request, orders: tuple[str, ...]) -> str:
    order = request.query_params.get(ORDER, orders[0])
    if order not in orders:
        _refuse(ORDER, "invalid_choice", f"Use one of {', '.join(orders)}.")
    return order


def _refuse(name: str, code: str, detail: str) -> None:
    refuse_values([Fault(pointer=f"?{name}", code=code, detail=detail)])


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description}
