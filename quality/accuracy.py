"""Critical-error accuracy: the share of evaluations without a failed critical criterion."""

from __future__ import annotations

from dataclasses import dataclass

from lib import statistics

DEFAULT_TARGETS = {"customer": 95.0, "business": 90.0, "compliance": 99.5}
DEFAULT_TOLERANCE = 2.0
STATUS_WORDS = {
    "on_target": "On target",
    "at_risk": "At risk",
    "below": "Below target",
    "not_configured": "Not configured",
}
STATUS_TONES = {"on_target": "good", "at_risk": "warn", "below": "bad", "not_configured": ""}


@dataclass(frozen=True)
class Accuracy:
    """Of one family; percentages 0-100, None where no evaluation held a criterion of it."""

    n: int
    errors: int
    target: float
    status: str
    percent: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def status_words(self) -> str:
        return STATUS_WORDS[self.status]

    @property
    def tone(self) -> str:
        return STATUS_TONES[self.status]


def accuracy(
    n: int, errors: int, *, target: float, tolerance: float = DEFAULT_TOLERANCE
) -> Accuracy:
    """100 * (n - errors) / n with its Wilson interval, judged against the target.

    `n` counts evaluations with an applicable criterion of the family, `errors` those of them in
    which one failed. Families are never averaged with one another.
    """
    interval = statistics.wilson(n - errors, n)
    if interval is None:
        return Accuracy(n, errors, target, "not_configured")
    percent = 100 * (n - errors) / n
    low, high = (round(100 * end, 2) for end in interval)
    status = status_of(percent, target, tolerance)
    return Accuracy(n, errors, target, status, round(percent, 2), low, high)


def status_of(percent: float, target: float, tolerance: float) -> str:
    if percent >= target:
        return "on_target"
    return "at_risk" if percent >= target - tolerance else "below"
