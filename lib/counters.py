"""What this process has counted since it was last kept: sums by name and labels, for /metrics.

Labels are names of ours, such as routes and jobs; never an id or anything a request holds.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5)  # Upper ends of the parts of a histogram.

Sums = dict[tuple[str, str], float]
_sums: Sums = {}
_lock = threading.Lock()


def add(name: str, amount: float = 1, /, **labels: str) -> None:
    put_back({(name, text_of(labels)): amount})


def observe(name: str, seconds: float, **labels: str) -> None:
    """One duration of a histogram: each part counts what took at most so long."""
    ends = [*(f"{end:g}" for end in SECONDS if seconds <= end), "+Inf"]
    parts: Sums = {(f"{name}_bucket", text_of({**labels, "le": end})): 1 for end in ends}
    own = text_of(labels)
    put_back(parts | {(f"{name}_count", own): 1, (f"{name}_sum", own): seconds})


def take() -> Sums:
    """All that was counted; from here on the sums begin at nothing."""
    global _sums
    with _lock:
        taken, _sums = _sums, {}
    return taken


def put_back(sums: Sums) -> None:
    """Count these too, as when they could not be kept."""
    with _lock:
        for key, amount in sums.items():
            _sums[key] = _sums.get(key, 0) + amount


def text_of(labels: Mapping[str, str]) -> str:
    """As Prometheus writes them; empty without labels."""
    inner = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{inner}}}" if inner else ""
