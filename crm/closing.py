"""Guards that other apps put before the end of a case; joined in config/wiring.py."""

from __future__ import annotations

from collections.abc import Callable

from crm.models import Case

Guard = Callable[[Case], list[str]]
_guards: list[Guard] = []


def register(guard: Guard) -> None:
    """Ask `guard` before a case is resolved or closed; it returns the sentences that forbid it."""
    if guard not in _guards:
        _guards.append(guard)


def sentences(case: Case) -> list[str]:
    """Why the case may not end now, from every guard; empty if it may."""
    return [sentence for guard in _guards for sentence in guard(case)]
