"""What is wrong with a request: each problem with its path, a code and a sentence."""

from collections.abc import Container, Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from quality.scoring.numbers import BadValue, plain, read_number

MOST_PROBLEMS = 50
MILLION = 1_000_000  # Of points, weights and percentages.
FAR = 10**12  # Of number answers, ranges and facts.
KEY_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
KEY_LENGTH = 40


class Problem(NamedTuple):
    """`path` leads to the value in the request; empty for the request as a whole."""

    path: str
    code: str
    message: str


class InvalidRequest(ValueError):
    """A scorecard, an answer or a fact that cannot be scored; `problems` holds 1 to 50 reasons."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)[:MOST_PROBLEMS]
        first = self.problems[0]
        super().__init__(f"{first.path}: {first.message}" if first.path else first.message)

    def as_dict(self) -> dict[str, object]:
        return {"errors": [problem._asdict() for problem in self.problems]}


class Notes:
    """Collects problems while reading goes on, so that one answer names them all."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, path: str, code: str, message: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(path, code, message))

    def raise_any(self) -> None:
        if self.problems:
            raise InvalidRequest(self.problems)


class Fields:
    """One object of the request, read field by field; what does not fit is noted and skipped."""

    def __init__(self, raw: object, path: str, notes: Notes, known: Container[str]) -> None:
        self.path = path
        self.notes = notes
        self.raw: Mapping[str, object] = {}
        if isinstance(raw, Mapping):
            self.raw = raw
        else:
            notes.add(path, "wrong_kind", "An object in braces is expected here.")
        for name in self.raw:
            if name not in known:
                notes.add(self.at(name), "unknown_field", "This field is not known here.")

    def at(self, name: object) -> str:
        """The path of one field; over-long names are cut."""
        return f"{self.path}.{str(name)[:60]}" if self.path else str(name)[:60]

    def has(self, name: str) -> bool:
        return self.raw.get(name) is not None

    def problem(self, name: str, code: str, message: str) -> None:
        self.notes.add(self.at(name), code, message)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.raw.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.problem(name, "wrong_kind", "Give true or false.")
        return value is True

    def word(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str | None:
        """One of the allowed words; the default where the field is absent or null."""
        value = self.raw.get(name)
        if value is None:
            return default
        if value not in allowed:
            code = "out_of_limits" if isinstance(value, str) else "wrong_kind"
            self.problem(name, code, f"Give one of: {', '.join(allowed)}.")
            return default
        return str(value)

    def required_word(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.word(name, allowed)
        if value is None and not self.has(name):
            self.problem(name, "wrong_kind", f"Missing. Give one of: {', '.join(allowed)}.")
        return value or allowed[0]

    def key(self) -> str:
        """The item's key: 1 to 40 letters, digits, dots, dashes or underscores."""
        value = self.raw.get("key")
        if not isinstance(value, str):
            self.problem("key", "wrong_kind", "A key is needed here, as text.")
            return ""
        if not 1 <= len(value) <= KEY_LENGTH or not KEY_CHARACTERS.issuperset(value):
            self.problem("key", "out_of_limits", "A key is 1 to 40 of A-Z a-z 0-9 . _ -")
        return value

    def text(self, name: str, longest: int) -> str:
        value = self.raw.get(name)
        if not isinstance(value, str) or not value:
            self.problem(name, "wrong_kind", "A text is needed here.")
            return ""
        if len(value) > longest:
            self.problem(name, "out_of_limits", f"At most {longest} characters.")
        return value

    def number(
        self, name: str, low: int = -MILLION, high: int = MILLION, decimals: int = 4
    ) -> Fraction | None:
        """The number between low and high, both included; None where absent or null."""
        value = self.raw.get(name)
        return None if value is None else self.as_number(name, value, low, high, decimals)

    def as_number(
        self, name: str, value: object, low: int, high: int, decimals: int
    ) -> Fraction | None:
        try:
            number = read_number(value, decimals)
        except BadValue as bad:
            self.problem(name, bad.code, str(bad))
            return None
        if not low <= number <= high:
            message = f"{shortened(number)} is not between {low} and {high}."
            self.problem(name, "out_of_limits", message)
            return None
        return number

    def items(self, name: str, most: int) -> list[tuple[str, object]]:
        """Path and value of each item of a list; empty where absent, null or too long."""
        value = self.raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.problem(name, "wrong_kind", "A list in brackets is expected here.")
            return []
        if len(value) > most:
            self.problem(name, "too_large", f"At most {most} are possible, here are {len(value)}.")
            return []
        path = self.at(name)
        return [(f"{path}[{index}]", item) for index, item in enumerate(value)]


def shortened(number: Fraction) -> str:
    """A number fit for a sentence."""
    text = plain(number)
    return text if len(text) <= 20 else f"{text[:17]}..."
