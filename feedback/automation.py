"""Whether a machine sent an answer: weighed signals; told in docs/algorithms/survey-links.md."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

WEIGHTS: Mapping[str, Decimal] = {
    "trap": Decimal("1.0"),
    "all_ratings": Decimal("0.6"),
    "headless": Decimal("0.5"),
    "fast_hit": Decimal("0.4"),
    "no_event": Decimal("0.4"),
    "data_center": Decimal("0.3"),
    "fast_submit": Decimal("0.3"),
    "no_cookie": Decimal("0.2"),
    "staff": Decimal("1.0"),
    "same_text": Decimal("0.6"),
    "honeypot": Decimal("1.0"),
}
IN_WORDS: Mapping[str, str] = {
    "trap": "a link that people cannot see was followed",
    "all_ratings": "every rating link of the message was opened within ten seconds",
    "headless": "the client says that it runs without a screen",
    "fast_hit": "the link was opened within five seconds of the delivery",
    "no_event": "the page's script ran, but nothing was touched, pressed or moved",
    "data_center": "the request came from a data center",
    "fast_submit": "it was sent within a second of being shown",
    "no_cookie": "the session cookie was not kept",
    "staff": "it came from a colleague's browser or network",
    "same_text": "the same long text was sent before",
    "honeypot": "a field that people cannot see was filled in",
}
SUSPECT, REVIEW = Decimal("1.00"), Decimal("0.60")


def score(signals: Iterable[str], weights: Mapping[str, Decimal] = WEIGHTS) -> Decimal:
    """Exact sum of the weights of the signals present, each once."""
    return sum((weights[name] for name in set(signals)), Decimal("0.0"))


def verdict(total: Decimal) -> str:
    """suspect, needs_review or accepted."""
    if total >= SUSPECT:
        return "suspect"
    return "needs_review" if total >= REVIEW else "accepted"
