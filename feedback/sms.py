"""Text messages: which sender is used is a setting; two ship, others register themselves."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from ops import copies

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_DOUBLE = frozenset("^{}\\[~]|€")
# Hands a text to a number and returns the reference of the message.
Sender = Callable[[str, str, str], str]


def segments(text: str) -> int:
    """How many messages a text costs: 160 characters of GSM-7, else 70; longer: 153 or 67 each."""
    if all(letter in GSM7 or letter in GSM7_DOUBLE for letter in text):
        size = sum(2 if letter in GSM7_DOUBLE else 1 for letter in text)
        return 1 if size <= 160 else -(-size // 153)
    return 1 if len(text) <= 70 else -(-len(text) // 67)


def to_console(number: str, text: str, reference: str) -> str:
    sys.stdout.write(f"SMS to {number}: {text}\n")
    return f"console-{reference}"


def to_file(number: str, text: str, reference: str) -> str:
    """Append one JSON line to the file that the setting names."""
    path = Path(urlsplit(settings.FEEDBACK_SMS_BACKEND).path)
    with path.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"to": number, "text": text, "reference": reference}) + "\n")
    return f"file-{reference}"


_senders: dict[str, Sender] = {"console": to_console, "file": to_file}


def register(scheme: str, sender: Sender) -> None:
    """Make a sender known under the scheme of the setting, such as `acme` for acme://…"""
    _senders[scheme] = sender


def send(number: str, text: str, reference: str) -> str:
    """Send by the chosen sender; returns the message's reference, empty in a copy of a place."""
    if copies.is_copy():
        return ""
    return _senders[urlsplit(settings.FEEDBACK_SMS_BACKEND).scheme](number, text, reference)
