"""The promises about speed and faults that are measured, and what was measured of them.

`python -m bench.figures` prints the table of bench/results/.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"


@dataclass(frozen=True)
class Figure:
    """One promise. `rounds` is what `make chaos` and `make load` do unless told otherwise."""

    what: str
    goal: str
    rounds: int = 1


FIGURES: dict[int, Figure] = {
    1: Figure("Survey submit under 32 clients", "≥0.45 × floor rate, p99 ≤3 × floor, 0 lost", 640),
    2: Figure("Pages of supervisors and evaluators", "p95 ≤4 × floor page, 0 errors", 600),
    3: Figure("Long lists and reports at ten times the rows", "the same queries"),
    4: Figure("Soak at half load", "memory +<5 %, files flat, 0 stuck jobs", 120),
    5: Figure("kill -9 of every process", "0 lost, 0 doubled, integrity clean", 20),
    6: Figure("Recovery to the first job done", "worst ≤120 s", 1),
    7: Figure("pg_terminate_backend under load", "0 acknowledged writes missing", 100),
    8: Figure("COMMIT reply cut by a proxy", "the retry gets the first answer, 0 doubles", 10),
    9: Figure("Disk full", "refused with a sentence, back without a restart"),
    10: Figure("Clock jumps", "0 double effects, 0 missed last slots"),
    11: Figure("Lost updates", "0 lost, every conflict told", 2000),
    12: Figure("Double claim, spend, submit", "0 doubles", 1000),
    13: Figure("Jobs run twice, and twice at once", "every registered job equal"),
    14: Figure("Cells of the permission matrix", "0 deviations, 0 unlisted addresses"),
    15: Figure("Object-level probes", "0 leaks"),
    17: Figure("API fuzz", "0 answers of 500 and above"),
    18: Figure("Damaged import and upload files", "0 partial writes"),
    19: Figure("Mail scanners at token links", "0 links burnt"),
    20: Figure("Token guesses", "0 hits, the limiter engages"),
    21: Figure("Planted cards and secrets", "0 found"),
    22: Figure("Canary person", "all exported, nothing after erasure"),
    23: Figure("Backup and restore", "equal at the snapshot, damaged ones refused"),
    24: Figure("Storm on the ledger with kills", "sum 0, every balance proved", 2_000),
}


@dataclass(frozen=True)
class Reading:
    """What one measurement found; `is_good` compares it with the goal."""

    value: Any
    is_good: bool
    notes: str = ""


@dataclass(frozen=True)
class Measured:
    """One line of the table, as it is kept; `duration` in seconds."""

    figure: int
    goal: str
    value: Any
    passed: bool
    engine: str
    rounds: int
    seed: int
    commit: str
    machine: str
    started_at: str
    duration: float
    notes: str = field(default="")

    def as_dict(self) -> dict[str, Any]:
        told = asdict(self)
        told["pass"] = told.pop("passed")
        return told


def measure(
    number: int, work: Callable[[], Reading], *, engine: str, rounds: int, seed: int
) -> Measured:
    """Do `work`, and keep what it found under bench/results/."""
    started_at, began = datetime.now(UTC), time.monotonic()
    reading = work()
    found = Measured(
        figure=number,
        goal=FIGURES[number].goal,
        value=reading.value,
        passed=reading.is_good,
        engine=engine,
        rounds=rounds,
        seed=seed,
        commit=commit(),
        machine=machine(),
        started_at=started_at.isoformat(timespec="seconds"),
        duration=round(time.monotonic() - began, 1),
        notes=reading.notes,
    )
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(found.as_dict(), indent=1, ensure_ascii=False)
    (RESULTS / f"{number}-{engine}.json").write_text(text + "\n", encoding="utf-8")
    return found


def commit() -> str:
    asked = ["git", "rev-parse", "--short=12", "HEAD"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def machine() -> str:
    return f"{os.cpu_count()} × {platform.machine()}, Python {platform.python_version()}"


def percentile(values: list[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table() -> str:
    """Every figure with what is known of it; a figure without a result says so."""
    lines = ["| # | Figure | Goal | Engine | Value | Pass | Rounds | Commit |", "|" + "---|" * 8]
    for number, figure in sorted(FIGURES.items()):
        found = sorted(RESULTS.glob(f"{number}-*.json"))
        for path in found:
            kept = json.loads(path.read_text(encoding="utf-8"))
            value = kept["value"]
            if isinstance(value, dict):
                value = ", ".join(f"{name} {item}" for name, item in value.items())
            lines.append(
                f"| {number} | {figure.what} | {figure.goal} | {kept['engine']} | {value} | "
                f"{'yes' if kept['pass'] else 'NO'} | {kept['rounds']} | {kept['commit']} |"
            )
        if not found:
            lines.append(f"| {number} | {figure.what} | {figure.goal} | – | not run | – | – | – |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
