"""Attune's own format, attune.scorecard/1: a version's document as JSON, whole and exact."""

import json
from collections.abc import Mapping
from typing import Any

from quality.documents import VERSION_FIELDS
from quality.passport import shown
from quality.passport.loss import Imported, LossReport
from quality.scoring.problems import Fields, InvalidRequest, Notes, Problem
from quality.scoring.reading import read_card

FORMAT = "attune.scorecard/1"


def dump(document: Mapping[str, Any]) -> str:
    """The document as a file that people can read and compare."""
    return json.dumps({**document, "format": FORMAT}, indent=1, ensure_ascii=False) + "\n"


def read(data: object) -> Imported:
    """The same document again; raises InvalidRequest naming unknown fields and bad values."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        message = f'The format is not "{FORMAT}".'
        raise InvalidRequest([Problem("format", "out_of_limits", message)])
    check(data)
    return Imported(data, LossReport())


def check(document: object) -> None:
    """Raises InvalidRequest unless a draft can be made of the document."""
    notes = Notes()
    read_card(document, "", notes)
    notes.raise_any()
    fields = Fields(document, "", notes, VERSION_FIELDS)
    shown.check_version(fields)
    _check_switches(fields)
    notes.raise_any()


def _check_switches(fields: Fields) -> None:
    """What the database asks of a version beyond what scoring does."""
    is_fixed = fields.raw.get("na_policy") == "fixed"
    if fields.has("na_fixed_percent") and not is_fixed:
        fields.problem("na_fixed_percent", "out_of_limits", "Only na_policy fixed has a percent.")
    if fields.raw.get("cap_percent") != "none":
        fields.number("cap_percent", 100, 1000)
    fields.number("pass_percent", 0, 1000)
