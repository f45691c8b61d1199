"""What the resources of quality share: the version that a program has seen."""

from __future__ import annotations

from typing import Any, ClassVar

from accounts.api import Resource


class QualityResource(Resource):
    """A resource whose records count their versions in `row_version`."""

    orders: ClassVar[tuple[str, ...]] = ("-id", "id")

    def version_of(self, record: Any) -> int:
        return int(getattr(record, "row_version", 0))
