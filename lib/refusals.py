"""Why a verb says no: each text is a sentence fit for the user."""

from __future__ import annotations


class Refused(Exception):
    """The state of things forbids the act; nothing was changed. Answered with 409."""

    status = 409


class Invalid(Refused):
    """What was sent cannot be used; `field` names it. Answered with 422."""

    status = 422

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class Forbidden(Refused):
    """Not this person, whatever the state. Answered with 403."""

    status = 403


class Stale(Refused):
    """Somebody else changed the row first."""


class ReasonTooShort(Invalid):
    def __init__(self, least: int) -> None:
        super().__init__("reason", f"Give a reason of at least {least} characters.")


def need_reason(text: str, least: int) -> str:
    """The reason without blanks around it; raises ReasonTooShort."""
    reason = text.strip()
    if len(reason) < least:
        raise ReasonTooShort(least)
    return reason
