"""How long everything around a job may take; tests shorten all of it by one setting."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Timers:
    """Seconds, each."""

    lease: float = 90  # A claim not renewed for so long is given to another worker.
    sweep: float = 10  # The supervisor looks for lapsed leases and lost bells this often.
    bell: float = 20  # A due run without a bell for so long is rung for again.
    silence: float = 95  # No sign of life for so long, while something is due, is a stuck cluster.
    start: float = 20  # A cluster that has shown no sign yet has so much longer.
    grace: float = 20  # A stopping cluster may finish its work for so long.
    retry: float = 30  # The first failed attempt is repeated after so long, the next after 4 times.
    unclear: float = 600  # A delivery claimed for so long without a word needs a person.


def timers() -> Timers:
    """The product's figures, overridden by the setting JOB_TIMERS."""
    return Timers(**getattr(settings, "JOB_TIMERS", {}))
