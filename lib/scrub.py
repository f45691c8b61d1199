"""Take what may be personal or secret out of a text for logs and job errors; pure."""

from __future__ import annotations

import re

PATTERNS = (
    (re.compile(r"\nDETAIL:.*", re.DOTALL), ""),  # PostgreSQL prints the offending values there.
    (re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.\w+"), "[e-mail]"),
    (re.compile(r"\b\w+://[^\s/@:]+:[^\s/@]+@"), "[sign-in]@"),
    (re.compile(r"\b(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{32,}\b"), "[token]"),
    (re.compile(r"\+?\d[\d \-()./]{5,}\d"), "[number]"),
    (re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"), "?"),
)


def scrub(text: str) -> str:
    """The text without e-mail addresses, long numbers, tokens and control characters.

    Ids of up to six digits stay, since errors are useless without them.
    """
    for pattern, word in PATTERNS:
        text = pattern.sub(word, text)
    return text
