"""Checks a receipt by computing it again."""

from collections.abc import Mapping

from quality.scoring.requests import read_request


def verify_receipt(request: Mapping[str, object], receipt: Mapping[str, object]) -> str | None:
    """The first step that differs from what the request gives, or None where all is equal.

    Steps are named by their rule; after them come "input_sha256", "sha256" and "engine". A whole
    answer with result and receipt may be given too; then "result" is compared last.
    Raises InvalidRequest where the request itself cannot be scored.
    """
    expected = read_request(request).score()
    found = receipt.get("receipt", receipt)
    if not isinstance(found, Mapping):
        return "receipt"
    truth = expected.receipt.as_dict()
    if differing := first_difference(expected.receipt.steps, found.get("steps")):
        return differing
    for name in ("input_sha256", "sha256", "engine"):
        if found.get(name) != truth[name]:
            return name
    if "result" in receipt and receipt["result"] != expected.result():
        return "result"
    return None


def first_difference(steps: list[dict[str, object]], found: object) -> str | None:
    """The rule of the first step that is changed, missing or too many."""
    given = found if isinstance(found, list) else []
    for index, step in enumerate(steps):
        if index >= len(given) or given[index] != step:
            return str(step["rule"])
    return "steps" if len(given) > len(steps) else None
