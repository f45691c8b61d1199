"""Numbered pages of a table that may hold millions of rows."""

from __future__ import annotations

from functools import cached_property

from django.core.paginator import Paginator
from django.db import models

COUNTED_ROWS = 5000


class BoundedPaginator(Paginator):
    """Counts at most COUNTED_ROWS rows, so that a list of millions opens as fast as a short one."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, models.QuerySet):
            return len(rows)
        return int(rows.order_by()[: COUNTED_ROWS + 1].count())

    @property
    def has_more_than_counted(self) -> bool:
        return self.count > COUNTED_ROWS
