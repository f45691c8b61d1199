"""What a form loses on its way: one row for each thing, before anything is stored."""

from typing import NamedTuple

# How much it matters: scores can differ; a rule or setting is gone; only looks or automation are.
HIGH, MEDIUM, LOW = "high", "medium", "low"


class Loss(NamedTuple):
    """`path` leads to the thing in the form that was read; `kept` is empty where nothing is."""

    path: str
    code: str
    severity: str
    kept: str
    lost: str


class LossReport:
    """Collects rows; the passage is exact only where there are none."""

    def __init__(self) -> None:
        self.rows: list[Loss] = []

    def add(self, path: str, code: str, severity: str, *, lost: str, kept: str = "") -> None:
        self.rows.append(Loss(path, code, severity, kept, lost))

    @property
    def is_exact(self) -> bool:
        return not self.rows

    def as_list(self) -> list[dict[str, str]]:
        return [row._asdict() for row in self.rows]


class Imported(NamedTuple):
    """A document fit for a draft, and what did not come along."""

    document: dict[str, object]
    losses: LossReport


class Exported(NamedTuple):
    """Their form as plain data, and what does not go along."""

    form: dict[str, object]
    losses: LossReport
