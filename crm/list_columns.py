"""Which columns a list shows: its own ones and custom fields, as chosen in its address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from crm import custom_fields
from crm.models import CustomFieldDefinition
from lib.keyset import CURSOR_PARAMETER

PARAMETER = "columns"
CUSTOM = "custom_"
HIDDEN = "all"


class ListColumns:
    """`standard` names what the list shows where nothing is chosen, `more` what it can show.

    What is chosen but gone, as a retired field, is left out and named in `gone`.
    """

    def __init__(
        self,
        query: QueryDict,
        standard: Mapping[str, Any],
        definitions: Sequence[CustomFieldDefinition] = (),
        *,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        fields = {CUSTOM + row.key: row for row in definitions}
        known = {**standard, **(more or {})}
        known |= {name: row.label for name, row in fields.items()}
        asked = [name for name in query.getlist(PARAMETER) if name]
        chosen = frozenset(asked) & known.keys()
        self.gone = sorted(set(asked) - known.keys())
        self.shown = chosen or frozenset(standard)
        self.chosen = sorted(chosen)
        self.choices = [(name, words, name in self.shown) for name, words in known.items()]
        self.heads = [(name, words) for name, words, is_shown in self.choices if is_shown]
        self.own = [row for name, row in fields.items() if name in self.shown]
        kept = (CURSOR_PARAMETER, PARAMETER, HIDDEN)
        self.others = [
            (name, value)
            for name, values in query.lists()
            if name not in kept
            for value in values
            if value
        ]
        self.usual_url = f"?{urlencode(self.others) or 'all=1'}"

    def own_cells(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Label and words of each custom field that is shown, empty ones too."""
        return [(row.label, custom_fields.shown(row, values.get(row.key))) for row in self.own]

    def with_cells(self, rows: Iterable[Any]) -> list[tuple[Any, list[tuple[str, str]]]]:
        """Each row with its `own_cells`."""
        return [(row, self.own_cells(row.custom) if self.own else []) for row in rows]
