"""Why a verb of quality says no: the refusals of the house under this app's name."""

from lib.refusals import (
    Forbidden,
    Invalid,
    ReasonTooLong,
    ReasonTooShort,
    Refused,
    Stale,
    need_reason,
)

__all__ = [
    "Forbidden",
    "Invalid",
    "ReasonTooLong",
    "ReasonTooShort",
    "Refused",
    "Stale",
    "need_reason",
]
