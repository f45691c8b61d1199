"""What SCORM content reports amounts to: time, status, percent; told in docs/algorithms/scorm.md.

Nothing here trusts the content more than the rules of its edition do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from training.scorm_elements import as_number, code_of, fault_of
from training.scorm_times import V12, UnreadableTime, format_time, parse_time

__all__ = [
    "V12",
    "Outcome",
    "Terms",
    "UnreadableTime",
    "check_element",
    "credited",
    "entry_of",
    "format_time",
    "keeps_place",
    "mean_percent",
    "outcome",
    "parse_time",
    "percent",
]
GRACE_HUNDREDTHS = 60 * 100
CENT = Decimal("0.01")
DONE_12 = ("passed", "completed")


def check_element(edition: str, name: str, value: str) -> int:
    """0 if content may set the element to the value, else the edition's error code.

    1.2: 401 no such element, 402 keyword, 403 read only, 405 wrong type or range.
    2004: 401 no such element, 404 read only, 406 wrong type, 407 out of range.
    """
    fault = fault_of(edition, name, value)
    return code_of(edition, fault) if fault else 0


def credited(reported: int, elapsed: int, already: int) -> int:
    """Hundredths of a second to add for a commit: no more than can have passed, never below 0.

    `reported` is the session's time, `elapsed` the time since the launch by our clock, `already`
    what this launch was credited before.
    """
    return max(0, min(reported, max(elapsed, 0) + GRACE_HUNDREDTHS) - already)


# --- Status --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What the manifest demands of an item, and the switches of its package."""

    mastery_score: Decimal | None = None
    scaled_passing_score: Decimal | None = None
    completion_threshold: Decimal | None = None
    trusts_status: bool = False
    completes_silent: bool = False


@dataclass(frozen=True)
class Outcome:
    """`status` is the lesson status (1.2) or the completion status (2004), `success` the other."""

    status: str
    success: str
    is_done: bool


def outcome(edition: str, cmi: Mapping[str, str], terms: Terms, *, is_final: bool) -> Outcome:
    """What the values of an item amount to, now or at Finish.

    In 1.2 the mastery score rules at Finish, and before that nothing is done which it would undo.
    In 2004 threshold and passing score rule at any time.
    """
    if edition == V12:
        said = cmi.get("cmi.core.lesson_status", "not attempted")
        final = _final_status_12(said, as_number(cmi.get("cmi.core.score.raw", "")), terms)
        status = final if is_final else said
        done = final in DONE_12 and (is_final or said in DONE_12)
        return Outcome(status, status if status in ("passed", "failed") else "", done)
    completion = cmi.get("cmi.completion_status", "unknown")
    progress = as_number(cmi.get("cmi.progress_measure", ""))
    if progress is not None and terms.completion_threshold is not None:
        completion = "completed" if progress >= terms.completion_threshold else "incomplete"
    success = cmi.get("cmi.success_status", "unknown")
    scaled = as_number(cmi.get("cmi.score.scaled", ""))
    if scaled is not None and terms.scaled_passing_score is not None:
        success = "passed" if scaled >= terms.scaled_passing_score else "failed"
    done = success == "passed" or (completion == "completed" and success != "failed")
    return Outcome(completion, success, done)


def _final_status_12(said: str, raw: Decimal | None, terms: Terms) -> str:
    if said == "not attempted":
        said = "completed" if terms.completes_silent else "incomplete"
    if raw is None or terms.mastery_score is None or terms.trusts_status:
        return said
    return "passed" if raw >= terms.mastery_score else "failed"


# --- Percent -------------------------------------------------------------------------------------


def percent(edition: str, cmi: Mapping[str, str]) -> Decimal | None:
    """0 to 100 with two decimals; None without a score, or if its bounds make no sense."""
    prefix = "cmi.core.score" if edition == V12 else "cmi.score"
    raw, low, high = (as_number(cmi.get(f"{prefix}.{part}", "")) for part in ("raw", "min", "max"))
    scaled = as_number(cmi.get("cmi.score.scaled", "")) if edition != V12 else None
    if scaled is not None:
        return _rounded(max(scaled, Decimal(0)) * 100)
    low = Decimal(0) if low is None else low
    high = Decimal(100) if high is None and edition == V12 else high
    if raw is None or high is None or high <= low or not low <= raw <= high:
        return None
    return _rounded(100 * (raw - low) / (high - low))


def mean_percent(percents: Sequence[Decimal | None]) -> Decimal | None:
    """The mean of those items that have one; None if none has."""
    known = [one for one in percents if one is not None]
    return _rounded(sum(known, Decimal(0)) / len(known)) if known else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


# --- Coming back ---------------------------------------------------------------------------------


def keeps_place(edition: str, *, exit: str, was_closed: bool, always: bool) -> bool:
    """Whether a new launch finds location and suspend data.

    1.2 always does. 2004 does after a suspend, and after a launch that never said goodbye (its tab
    was closed, or another window took over), so that nothing committed is lost.
    """
    return edition == V12 or always or exit == "suspend" or not was_closed


def entry_of(*, is_first: bool, exit: str, was_closed: bool) -> str:
    """The value of cmi.entry: ab-initio at first, resume after a suspend, else empty."""
    if is_first:
        return "ab-initio"
    return "resume" if exit == "suspend" or not was_closed else ""
