"""What lint says, and how a mechanical fix is applied."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Edit:
    """One value to put into the document."""

    path: Path
    value: object


@dataclass(frozen=True)
class Finding:
    """`path` leads to the item in the document; `edits` is empty where a person has to decide."""

    code: str
    path: Path
    key: str
    message: str
    edits: tuple[Edit, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.code.startswith("E")

    @property
    def severity(self) -> str:
        return "error" if self.is_error else "warning"

    @property
    def place(self) -> str:
        """The path as text: sections[0].criteria[1]."""
        return path_text(self.path)

    def as_dict(self) -> dict[str, object]:
        return {
            "code": self.code,
            "severity": self.severity,
            "path": self.place,
            "key": self.key,
            "message": self.message,
            "can_fix": bool(self.edits),
        }


def path_text(path: Path) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def apply_fix(document: Mapping[str, object], finding: Finding) -> dict[str, object]:
    """A copy of the document with the finding's edits made."""
    fixed = copy.deepcopy(dict(document))
    for edit in finding.edits:
        holder: object = fixed
        for step in edit.path[:-1]:
            holder = holder[step]  # type: ignore[index]
        holder[edit.path[-1]] = edit.value  # type: ignore[index]
    return fixed
