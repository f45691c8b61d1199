"""Takes the fields of one JSON object by type, and says which one is wrong and how it should be."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from math import floor, isfinite

from crm.readers.base import JsonValue

LARGEST_SECONDS = 2**31 - 1
LARGEST_MS = 2**31 - 1


class FieldError(ValueError):
    """One field is wrong: `column` is the path to it, `code` one of requirement C-707."""

    def __init__(self, column: str, code: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.code = code
        self.message = message


class Fields:
    """One object of a JSON file with the path that leads to it; every getter may raise FieldError.

    An absent key and null are the same.
    """

    def __init__(self, value: JsonValue, path: str = "") -> None:
        if not isinstance(value, dict):
            raise FieldError(path, "line_unreadable", "This must be an object in braces.")
        self.value: Mapping[str, JsonValue] = value
        self.path = path

    def at(self, key: str) -> str:
        """The path to `key`, as shown to people."""
        return f"{self.path}.{key}" if self.path else key

    def refuse(self, key: str, code: str, message: str) -> FieldError:
        return FieldError(self.at(key), code, message)

    def allow(self, known: Collection[str]) -> None:
        """Refuse keys that are not ours."""
        for key in self.value:
            if key not in known:
                raise self.refuse(
                    key,
                    "unsupported",
                    f'The key "{key}" is not known here. Put values of your own into "custom".',
                )

    def text(self, key: str, *, required: bool = False, multiline: bool = False) -> str:
        value = self.value.get(key)
        if value is None or value == "":
            if required:
                raise self.refuse(key, "required", "This is missing.")
            return ""
        if not isinstance(value, str):
            raise self.refuse(key, "line_unreadable", "This must be text in quotes.")
        check_text(value, self.at(key))
        return value if multiline else value.strip()

    def choice(self, key: str, choices: Collection[str], default: str) -> str:
        value = self.text(key) or default
        if value not in choices:
            names = ", ".join(sorted(choices))
            raise self.refuse(key, "choice_unknown", f'"{value}" is not one of {names}.')
        return value

    def flag(self, key: str) -> bool:
        value = self.value.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.refuse(key, "choice_unknown", "This must be true or false.")

    def whole(self, key: str, largest: int = LARGEST_SECONDS) -> int | None:
        """A whole number; a negative one is kept, for the caller to flag."""
        value = self.value.get(key)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(key, "number_unreadable", "This must be a whole number.")
        if abs(value) > largest:
            raise self.refuse(key, "number_unreadable", f"This is larger than {largest:,}.")
        return value

    def seconds(self, key: str) -> int | None:
        """Seconds as whole seconds; a fraction is cut off."""
        value = self.value.get(key)
        if isinstance(value, float) and isfinite(value):
            value = floor(value)
            if abs(value) > LARGEST_SECONDS:
                raise self.refuse(key, "number_unreadable", f"This is over {LARGEST_SECONDS:,}.")
            return value
        return self.whole(key)

    def number(self, key: str) -> float | None:
        value = self.value.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise self.refuse(key, "number_unreadable", "This must be a number.")
        return value

    def instant(self, key: str) -> datetime | None:
        """An ISO 8601 moment with offset, as whole seconds in UTC."""
        moment = self.exact_instant(key)
        return moment.replace(microsecond=0) if moment else None

    def moment(self, key: str) -> datetime:
        """Like `instant`, but it must be there."""
        found = self.instant(key)
        if found is None:
            raise self.refuse(key, "required", "This is missing.")
        return found

    def exact_instant(self, key: str) -> datetime | None:
        text = self.text(key)
        if not text:
            return None
        try:
            return parse_instant(text)
        except ValueError as error:
            raise self.refuse(key, "date_unreadable", str(error)) from None

    def texts(self, key: str) -> list[str]:
        value = self.value.get(key) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.refuse(key, "line_unreadable", "This must be a list of texts.")
        found = [item.strip() for item in value if isinstance(item, str)]
        for item in found:
            check_text(item, self.at(key))
        return [item for item in found if item]

    def objects(self, key: str) -> Iterator["Fields"]:
        """The objects of a list, each with its place in the path."""
        value = self.value.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            raise self.refuse(key, "line_unreadable", "This must be a list.")
        for index, item in enumerate(value):
            yield Fields(item, f"{self.at(key)}[{index}]")

    def object(self, key: str) -> "Fields | None":
        value = self.value.get(key)
        return None if value is None else Fields(value, self.at(key))

    def free(self, key: str) -> dict[str, JsonValue]:
        """An object whose content is not ours, checked only for what no database can keep."""
        inner = self.object(key)
        if inner is None:
            return {}
        _check_free(dict(inner.value), inner.path)
        return dict(inner.value)


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 moment with offset as UTC; raises ValueError with a sentence."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f'"{text[:40]}" is not a date and time such as 2026-03-16T09:00:00+01:00.'
        ) from None
    if moment.tzinfo is None:
        raise ValueError(f'"{text}" has no offset. Write it as {text}+01:00, or with Z for UTC.')
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f'"{text}" lies outside the years that can be stored.') from None


def check_text(value: str, path: str) -> None:
    """Refuse characters that no database can keep."""
    if value.isascii():
        broken = "\0" in value
    else:
        broken = "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)
    if broken:
        raise FieldError(path, "line_unreadable", "This holds a NUL or half a character.")


def _check_free(value: JsonValue, path: str) -> None:
    if isinstance(value, str):
        check_text(value, path)
    elif isinstance(value, list):
        for item in value:
            _check_free(item, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            check_text(key, path)
            _check_free(item, f"{path}.{key}")
