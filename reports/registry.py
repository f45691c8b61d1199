"""What the center decided about definitions and targets, read once for a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from reports.definitions import DEFAULTS, Definition, parse
from reports.models import KpiDefinition, Target
from reports.slices import Slice


@dataclass(frozen=True)
class Goal:
    value: float
    limit: float | None


class Registry:
    """Two queries: the definitions in use, and the targets in force on a day."""

    def __init__(self, on: date) -> None:
        self._rows = {row.slug: row for row in KpiDefinition.objects.exclude(state="retired")}
        self._targets = list(Target.objects.in_force(on))

    def default(self, key: str) -> Definition:
        """What a KPI is counted by where nobody asks otherwise."""
        chosen = [slug for slug, row in self._rows.items() if row.is_default]
        for slug in chosen:
            if (definition := parse(slug)).key == key:
                return definition
        return parse(DEFAULTS[key])

    def min_n(self, definition: Definition) -> int:
        row = self._rows.get(definition.slug)
        return definition.kind.min_n if row is None or row.min_n is None else row.min_n

    def practical_change(self, definition: Definition) -> float:
        row = self._rows.get(definition.slug)
        if row is None or row.practical_change is None:
            return definition.kind.practical_change
        return float(row.practical_change)

    def goal(self, definition: Definition, piece: Slice) -> Goal | None:
        """The nearest target: of the one queue or team that is shown, else of the site."""
        queue = next(iter(piece.queues)) if piece.queues and len(piece.queues) == 1 else None
        for wanted in ((piece.team, None), (None, queue), (None, None)):
            if found := self._target(definition.slug, *wanted):
                return _goal(found)
        return None

    def _target(self, slug: str, team: int | None, queue: int | None) -> Target | None:
        same = (
            row
            for row in self._targets
            if (row.definition, row.team_id, row.queue_id) == (slug, team, queue)
        )
        return next(same, None)

    def slugs(self) -> Iterable[str]:
        return self._rows


def _goal(row: Target) -> Goal:
    limit = None if row.limit_value is None else float(row.limit_value)
    return Goal(float(row.target_value), limit)
