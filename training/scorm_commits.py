"""Take a commit of content apart, and what may be taken of it into the stored values; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.scorm_elements import (
    MOST_ROWS,
    Fault,
    Model,
    code_of,
    fault_of,
    generic,
    model_of,
)
from training.scorm_times import V12, UnreadableTime, parse_time

LARGEST_BYTES = 1024 * 1024
MOST_ELEMENTS = 40_000
DEEPEST = 8
KEY = re.compile(r"[A-Za-z0-9_]{1,40}", re.ASCII)
MOST_SEQUENCE = 2**31 - 1
SHOWN_LENGTH = 200
MOST_REFUSALS = 100
# Told by the content for this session alone; never part of what is kept.
SESSION_TIMES = ("cmi.core.session_time", "cmi.session_time")
EXITS = ("cmi.core.exit", "cmi.exit")
TOTALS = ("cmi.core.total_time", "cmi.total_time")
NAVIGATION = "adl.nav.request"
PASSING = (*SESSION_TIMES, *EXITS, NAVIGATION)


class BadCommit(Exception):
    """The message is no commit at all; answered with 400."""


@dataclass(frozen=True)
class Message:
    """A commit as it came: element names and values, flat."""

    sequence: int
    elements: dict[str, str]
    is_final: bool


@dataclass(frozen=True)
class Refusal:
    element: str
    code: int
    value: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"element": self.element, "code": self.code, "value": self.value}


@dataclass
class Taken:
    """`cmi` are the values to keep from now on; `session` is None if no time was told."""

    cmi: dict[str, str]
    accepted: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    session: int | None = None
    exit: str | None = None
    navigation: str = ""

    def refuse(self, element: str, code: int, value: str = "") -> None:
        if len(self.refusals) < MOST_REFUSALS:
            shown = value.encode("utf-8", "replace").decode().replace("\x00", "?")
            self.refusals.append(Refusal(element[:SHOWN_LENGTH], code, shown[:SHOWN_LENGTH]))


# --- Reading -------------------------------------------------------------------------------------


def read(body: bytes) -> Message:
    """The message in the body of a commit; raises BadCommit."""
    if len(body) > LARGEST_BYTES:
        raise BadCommit("The message is larger than 1 MB.")
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadCommit("The message is not JSON.") from None
    if not isinstance(data, dict):
        raise BadCommit("The message is not an object.")
    sequence = data.get("commitSequence")
    if type(sequence) is not int or not 1 <= sequence <= MOST_SEQUENCE:
        raise BadCommit("commitSequence is a whole number from 1.")
    elements: dict[str, str] = {}
    for root in ("cmi", "adl"):
        for name, value in _leaves(root, data.get(root, {}), 0):
            elements[name] = value
            if len(elements) > MOST_ELEMENTS:
                raise BadCommit("The message names too many elements.")
    return Message(sequence, elements, data.get("final") is True)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _leaves(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Every value of a tree with its dotted name; lists count as objects with numbers as keys."""
    if depth > DEEPEST:
        raise BadCommit("The message is nested too deeply.")
    if isinstance(value, list):
        value = {str(number): item for number, item in enumerate(value)}
    if isinstance(value, dict):
        for key, item in value.items():
            if not KEY.fullmatch(key):
                raise BadCommit("The message has an element name that cannot be one.")
            yield from _leaves(f"{name}.{key}", item, depth + 1)
    elif depth == 0:
        raise BadCommit(f"{name} is not an object.")
    elif value is None:
        yield name, ""
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    else:
        yield name, str(value)


# --- Taking --------------------------------------------------------------------------------------


def take(
    edition: str, stored: Mapping[str, str], given: Mapping[str, str], known: Mapping[str, str]
) -> Taken:
    """Which values of a commit are kept, which refused and with which code.

    `stored` are the values kept so far, `known` what the content was told and may not change.
    An element that did not change costs nothing; one that is missing stays as it was.
    """
    model, taken = model_of(edition), Taken(dict(stored))
    rows = Rows(model, stored)
    ids_first = sorted(given, key=lambda name: not name.endswith(".id"))
    for name in ids_first:
        value = given[name]
        if value == _held(model, name, stored, known):
            continue
        fault = _fault(model, rows, name, value, given, known)
        if fault is None:
            rows.add(name)
            _keep(edition, taken, name, value)
        elif not _is_noise(name, value, fault):
            taken.refuse(name, code_of(edition, fault), value)
    return taken


def _held(model: Model, name: str, stored: Mapping[str, str], known: Mapping[str, str]) -> str:
    """What the content found there, which saying again changes nothing."""
    if name in PASSING:
        return "\x00"  # Never kept, so always news.
    return stored.get(name, known.get(name, model.defaults.get(generic(name), "")))


def _fault(
    model: Model,
    rows: Rows,
    name: str,
    value: str,
    given: Mapping[str, str],
    known: Mapping[str, str],
) -> Fault | None:
    if name in TOTALS:
        is_sum = _is_sum_of_session(model.edition, value, given, known.get(name, ""))
        return None if is_sum else Fault.READ_ONLY
    return fault_of(model.edition, name, value) or rows.fault(name)


def _is_sum_of_session(edition: str, value: str, given: Mapping[str, str], before: str) -> bool:
    """At the end the runtime tells the total it reckons with; that changes nothing here."""
    session = next((given[name] for name in SESSION_TIMES if given.get(name)), "")
    try:
        total = parse_time(edition, before) + (parse_time(edition, session) if session else 0)
        return abs(parse_time(edition, value) - total) <= 1
    except UnreadableTime:
        return False


def _is_noise(name: str, value: str, fault: Fault) -> bool:
    """Blanks of a full commit stand for "never set"; to refuse each would hide what matters."""
    return value == "" and fault in (Fault.TYPE, Fault.DEPENDENCY, Fault.PLACE)


def _keep(edition: str, taken: Taken, name: str, value: str) -> None:
    if name in SESSION_TIMES:
        taken.session = parse_time(edition, value)
    elif name in EXITS:
        taken.exit = value
    elif name == NAVIGATION:
        taken.navigation = "" if value == "_none_" else value
    elif name not in TOTALS:
        taken.cmi[name] = value
        taken.accepted += 1


class Rows:
    """Which rows of each list there are, so that none comes before the one in front of it."""

    def __init__(self, model: Model, stored: Mapping[str, str]) -> None:
        self.model = model
        self.lengths: dict[str, int] = {}
        self.named: set[str] = set()
        for name in stored:
            self.add(name)

    def add(self, name: str) -> None:
        for parent, index in self._lists_in(name):
            self.lengths[parent] = max(self.lengths.get(parent, 0), index + 1)
        if name.endswith(".id"):
            self.named.add(name.removesuffix(".id"))

    def fault(self, name: str) -> Fault | None:
        for parent, index in self._lists_in(name):
            if index >= MOST_ROWS:
                return Fault.TOO_MANY
            if index > self.lengths.get(parent, 0):
                return Fault.PLACE
        return Fault.DEPENDENCY if self._lacks_id(name) else None

    def _lacks_id(self, name: str) -> bool:
        """2004 names an objective or interaction before anything is said about it."""
        parts = name.split(".")
        has_ids = len(parts) > 3 and parts[1] in ("objectives", "interactions")
        if self.model.edition == V12 or not has_ids or parts[3] == "id":
            return False
        return ".".join(parts[:3]) not in self.named

    def _lists_in(self, name: str) -> Iterator[tuple[str, int]]:
        parts = name.split(".")
        for place, part in enumerate(parts):
            parent = ".".join(parts[:place])
            if part.isdigit() and generic(parent) in self.model.collections:
                yield parent, int(part)


# --- Giving back ---------------------------------------------------------------------------------


def nested(model: Model, values: Mapping[str, str]) -> dict[str, Any]:
    """The values as the runtime loads them: objects, with lists where the model has lists.

    Names and types come before what depends on them.
    """
    order = {name: place for place, name in enumerate(model.writable)}
    tree: dict[str, Any] = {}
    for name in sorted(values, key=lambda name: _place(name, order)):
        here = tree
        *parents, last = name.split(".")
        for parent in parents:
            here = here.setdefault(parent, {})
        here[last] = values[name]
    listed: dict[str, Any] = _listed(tree)
    return listed


def _place(name: str, order: Mapping[str, int]) -> tuple[list[int], int, list[int]]:
    rows = [int(part) for part in name.split(".") if part.isdigit()]
    return rows[:1], order.get(generic(name), -1), rows


def _listed(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isdigit() for key in tree):
        return [_listed(tree[key]) for key in sorted(tree, key=int)]
    return {key: _listed(value) for key, value in tree.items()}
