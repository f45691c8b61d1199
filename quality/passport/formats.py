"""The formats that a form may come in or go out as."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from quality.passport import (
    attune,
    connect_export,
    connect_import,
    genesys_export,
    genesys_import,
    reading,
)
from quality.passport.loss import Exported, Imported, LossReport
from quality.scoring.problems import InvalidRequest, Problem


class Format(NamedTuple):
    """`mark` is a field that only this format has at its top."""

    label: str
    mark: str
    read: Callable[[object], Imported]
    write: Callable[[Mapping[str, Any]], Exported]


def _as_it_is(document: Mapping[str, Any]) -> Exported:
    return Exported({**document, "format": attune.FORMAT}, LossReport())


FORMATS = {
    "attune": Format("Attune", "format", attune.read, _as_it_is),
    "connect": Format("Amazon Connect", "Items", connect_import.read, connect_export.write),
    "genesys": Format("Genesys Cloud", "questionGroups", genesys_import.read, genesys_export.write),
}


def read_form(body: bytes) -> tuple[str, Imported]:
    """The format that was found and what came in; raises InvalidRequest."""
    data = reading.parse(body)
    inner = data.get("EvaluationForm", data) if isinstance(data, dict) else None
    for name, known in FORMATS.items():
        if isinstance(inner, dict) and known.mark in inner:
            return name, known.read(data)
    labels = ", ".join(known.label for known in FORMATS.values())
    message = f"This is no form that is known here. Known are: {labels}."
    raise InvalidRequest([Problem("", "wrong_kind", message)])


def write_form(name: str, document: Mapping[str, Any]) -> Exported:
    """Raises InvalidRequest where the document is a draft that cannot be scored yet."""
    attune.check(document)
    return FORMATS[name].write(document)


def as_file(form: Mapping[str, Any]) -> str:
    return json.dumps(form, indent=1, ensure_ascii=False) + "\n"
