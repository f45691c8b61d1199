"""What people write, made ready to be stored."""

from __future__ import annotations

from typing import Any

from crm.redaction import redact
from lib.sentences import said
from quality.refusals import Invalid


def clean_text(name: str, value: Any, longest: int) -> str:
    """What somebody wrote, without card numbers; raises Invalid if it is no text or too long."""
    if not isinstance(value, str) or "\x00" in value:
        raise Invalid(name, said("A text is needed here."))
    if len(value) > longest:
        raise Invalid(
            name,
            said(
                "At most {longest} characters; here are {count}.", longest=longest, count=len(value)
            ),
        )
    return redact(value.strip())[:longest]  # A masked code may be longer than it was.
