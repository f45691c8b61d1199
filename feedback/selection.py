"""Who is asked: drawn by hash, so that anyone can draw again.

Told in docs/algorithms/survey-asking.md.
"""

import hashlib
from decimal import Decimal

SPACE = 2**64


def draw(salt: str, survey_id: int, interaction_id: int) -> int:
    """A number below 2^64 that depends on nothing but salt and ids."""
    text = f"{salt}:{survey_id}:{interaction_id}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def is_invited(u: int, p: Decimal) -> bool:
    """Whether the drawn number falls below the share p, 0-1; 1 invites all."""
    return u < int(p * SPACE)
