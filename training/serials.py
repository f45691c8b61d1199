"""Serials of certificates: twelve symbols by chance, and one that finds a typing error.

Luhn's check modulo 32 over Crockford's alphabet; told in docs/algorithms/serials.md.
"""

from __future__ import annotations

import secrets

from lib.sentences import said

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SIZE = len(ALPHABET)
PAYLOAD = 12
PREFIX = "ATT"
READ_AS = {"I": "1", "L": "1", "O": "0"}


class BadSerial(ValueError):
    """The text is no serial, or one with a typing error."""

    def __str__(self) -> str:
        return said("The number has a typing error.")


def check_symbol(payload: str) -> str:
    """The thirteenth symbol; raises BadSerial for one that the alphabet does not have."""
    total = 0
    for place, symbol in enumerate(reversed(payload)):
        value = ALPHABET.find(symbol)
        if value < 0:
            raise BadSerial
        product = value * 2 if place % 2 == 0 else value
        total += product // SIZE + product % SIZE
    return ALPHABET[(SIZE - total % SIZE) % SIZE]


def new_payload() -> str:
    """Sixty bits by chance."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PAYLOAD))


def shown(payload: str) -> str:
    """ATT-XXXX-XXXX-XXXX-C."""
    groups = [payload[start : start + 4] for start in range(0, PAYLOAD, 4)]
    return "-".join([PREFIX, *groups, check_symbol(payload)])


def read(text: str) -> str:
    """The payload of a serial as somebody typed it; raises BadSerial."""
    plain = "".join(letter for letter in text.upper() if letter not in " -\t")
    plain = plain.removeprefix(PREFIX) if len(plain) > PAYLOAD + 1 else plain
    plain = "".join(READ_AS.get(letter, letter) for letter in plain)
    if len(plain) != PAYLOAD + 1 or check_symbol(plain[:PAYLOAD]) != plain[PAYLOAD]:
        raise BadSerial
    return plain[:PAYLOAD]
