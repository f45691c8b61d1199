"""One object of another house's form: read leniently, with a row for whatever is left behind."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from quality.passport.loss import HIGH, LOW, MEDIUM, LossReport
from quality.scoring.numbers import BadValue, plain, read_number
from quality.scoring.problems import KEY_CHARACTERS, KEY_LENGTH, MILLION, Notes


@dataclass(frozen=True)
class Item:
    """`path` leads to the object in their file; problems stop the import, losses are reported."""

    raw: Mapping[str, Any]
    path: str
    notes: Notes
    losses: LossReport

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def refuse(self, name: str, code: str, message: str) -> None:
        self.notes.add(self.at(name), code, message)

    def lose(self, name: str, code: str, severity: str, *, lost: str, kept: str = "") -> None:
        self.losses.add(self.at(name), code, severity, lost=lost, kept=kept)

    def object(self, name: str) -> "Item":
        """The object below; an empty one where there is none."""
        value = self.raw.get(name)
        if value is not None and not isinstance(value, Mapping):
            self.refuse(name, "wrong_kind", "An object in braces is expected here.")
        raw = value if isinstance(value, Mapping) else {}
        return Item(raw, self.at(name), self.notes, self.losses)

    def items(self, name: str, most: int) -> list["Item"]:
        value = self.raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            self.refuse(name, "wrong_kind", "A list of objects is expected here.")
            return []
        if len(value) > most:
            self.refuse(name, "too_large", f"At most {most} are possible, here are {len(value)}.")
            return []
        path = self.at(name)
        return [Item(one, f"{path}[{n}]", self.notes, self.losses) for n, one in enumerate(value)]

    def text(self, name: str, longest: int) -> str:
        """The text, cut with a row where it is too long for us; empty where there is none."""
        value = self.raw.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(name, "wrong_kind", "A text is expected here.")
            return ""
        if len(value) > longest:
            kept = f"the first {longest} characters"
            self.lose(name, "text_cut", MEDIUM, lost=f"{len(value)} characters in all", kept=kept)
        return value[:longest]

    def word(self, name: str, allowed: Collection[str], default: str) -> str:
        value = self.raw.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or value not in allowed:
            self.refuse(name, "out_of_limits", f"Known are: {', '.join(sorted(allowed))}.")
            return default
        return value

    def flag(self, name: str) -> bool:
        value = self.raw.get(name)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, "wrong_kind", "true or false is expected here.")
        return value is True

    def number(self, name: str, low: int = -MILLION, high: int = MILLION) -> Fraction | None:
        """The number, of which four decimals are kept; None where there is none."""
        value = self.raw.get(name)
        if value is None:
            return None
        try:
            number = read_number(value, 20)
        except BadValue as bad:
            self.refuse(name, bad.code, str(bad))
            return None
        if not low <= number <= high:
            self.refuse(name, "out_of_limits", f"Not between {low} and {high}.")
            return None
        kept = Fraction(round(number * 10_000), 10_000)
        if kept != number:
            self.lose(name, "decimals", HIGH, lost=str(value), kept=plain(kept))
        return kept

    def leave(self, known: Collection[str]) -> None:
        """A row for each field that nobody here reads and that holds something."""
        for name, value in self.raw.items():
            if name not in known and value not in (None, "", [], {}, False):
                self.lose(name[:60], "unknown_field", LOW, lost="this field")


def text_of(number: Fraction | None) -> str | None:
    return None if number is None else plain(number)


class Keys:
    """Keys that we can keep: theirs where they fit, made up where they do not, never twice."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def key(self, wanted: object, fallback: str) -> str:
        text = wanted if isinstance(wanted, str) else ""
        fits = 1 <= len(text) <= KEY_LENGTH and KEY_CHARACTERS.issuperset(text)
        base = text if fits else fallback
        found, number = base, 2
        while found in self.taken:
            found, number = f"{base[: KEY_LENGTH - 4]}-{number}", number + 1
        self.taken.add(found)
        return found


# --- Conditions ----------------------------------------------------------------------------------


def settle_conditions(document: dict[str, Any], paths: Mapping[int, Item]) -> None:
    """Drop conditions that ask about what comes later or is not there; such items always show.

    `paths` finds the item of their file from the `id()` of our section or criterion.
    """
    earlier: dict[str, set[str]] = {}
    for thing, is_criterion in in_reading_order(document):
        condition = thing.get("condition")
        if condition is not None and not all(
            _is_known(leaf, earlier) for leaf in leaves(condition)
        ):
            thing["condition"] = None
            paths[id(thing)].lose(
                "condition",
                "condition_target",
                HIGH,
                lost="a condition on something that comes later or is not there",
                kept="always visible",
            )
        if is_criterion:
            earlier[thing["key"]] = {option["key"] for option in thing.get("options", [])}


def in_reading_order(document: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Sections and criteria, each with whether it is a criterion."""
    for top in document["sections"]:
        for section in (top, *top.get("sections", [])):
            yield section, False
            for criterion in section.get("criteria", []):
                yield criterion, True


def leaves(condition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "op" in condition:
        yield condition
        return
    for word, parts in condition.items():
        for part in [parts] if word == "not" else parts:
            yield from leaves(part)


def _is_known(leaf: Mapping[str, Any], earlier: Mapping[str, set[str]]) -> bool:
    if "criterion" not in leaf:
        return True
    if leaf["criterion"] not in earlier:
        return False
    return leaf["op"] == "na" or set(leaf["value"]) <= earlier[leaf["criterion"]]
