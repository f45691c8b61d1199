"""What is wrong with a package, in sentences that its author can act on; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """`code` is for programs and tests, `sentence` for people; `line` is 0 where there is none."""

    code: str
    sentence: str
    file: str = ""
    line: int = 0
    is_error: bool = True

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "sentence": self.sentence,
            "file": self.file,
            "line": self.line,
            "is_error": self.is_error,
        }


class BadPackage(Exception):
    """The package is not taken in; `findings` says why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(" ".join(finding.sentence for finding in findings))
        self.findings = findings

    @property
    def code(self) -> str:
        return self.findings[0].code


def bad(code: str, sentence: str, file: str = "", line: int = 0) -> BadPackage:
    return BadPackage(Finding(code, sentence, shown(file), line))


def shown(name: str) -> str:
    """A name out of an archive, fit to print: no control characters, at most 200 long."""
    kept = "".join(letter if letter.isprintable() else "?" for letter in name)
    return kept if len(kept) <= 200 else kept[:199] + "…"
