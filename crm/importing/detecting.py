"""Guesses the format of a file from its content, never from its name."""

from __future__ import annotations

import csv
import re
from typing import BinaryIO

from crm.readers import anonymous_bank

HEAD_BYTES = 1 << 16
# What a JSON file of a format holds near its beginning.
JSON_MARKS = (
    ("attune_json", re.compile(r'"(attune|interactions|external_id)"\s*:')),
    ("harper_valley", re.compile(r'"sid"\s*:')),
    ("abcd", re.compile(r'"convo_id"\s*:')),
    ("vcon", re.compile(r'"(vcon|signatures|ciphertext)"\s*:')),
    ("contact_lens", re.compile(r'"Participants"\s*:')),
    ("amazon_connect", re.compile(r'"ContactId"\s*:')),
)
CUE = re.compile(r"\d\d[.,]\d{1,3}[ \t]+-->[ \t]+\d")
QUEUE_LOG = re.compile(r"\d{9,11}\|[^|\n]*\|[^|\n]*\|[^|\n]*\|[A-Z]+")
CDR_COLUMNS = range(16, 22)
CDR_STATES = frozenset({"ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION"})
TABLE = "delimited"


def detect(file: BinaryIO) -> str:
    """The name of the format that the first 64 KB look like; a table if nothing else fits.

    Leaves the file at its beginning. A guess is shown to the person, who may choose another.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    text = text.lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return next((name for name, mark in JSON_MARKS if mark.search(text)), "attune_json")
    if text.startswith("WEBVTT") or CUE.search(text):
        return "subtitles"
    if QUEUE_LOG.match(text):
        return "queue_log"
    return _table(text.splitlines()[0] if text else "")


def _table(first_line: str) -> str:
    columns = {cell.strip().strip('"') for cell in re.split(r"[\t;,|]", first_line)}
    if set(anonymous_bank.COLUMNS.values()) <= columns:
        return "anonymous_bank"
    cells = next(csv.reader([first_line]), [])
    if len(cells) in CDR_COLUMNS and CDR_STATES & set(cells):
        return "asterisk_cdr"
    return TABLE
