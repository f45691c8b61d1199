"""Why a verb says no: each text is a sentence fit for the user."""

from __future__ import annotations

from lib.sentences import said


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
        super().__init__(
            "reason", said("Give a reason of at least {least} characters.", least=least)
        )


class ReasonTooLong(Invalid):
    def __init__(self, most: int) -> None:
        super().__init__("reason", said("Give a reason of at most {most} characters.", most=most))


def need_reason(text: str, least: int, most: int = 500) -> str:
    """The reason without blanks around it; raises ReasonTooShort, ReasonTooLong, or Invalid."""
    reason = text.strip()
    if "\x00" in reason:
        raise Invalid("reason", said("A reason is text."))
    if len(reason) < least:
        raise ReasonTooShort(least)
    if len(reason) > most:
        raise ReasonTooLong(most)
    return reason
