"""Where the real data sets lie; tests that need one skip visibly without it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("ATTUNE_REAL_DATA") or ROOT.parent / "shared" / "data")


def real_file(name: str) -> Path:
    """The path of a real file, or a skip that says where it was looked for."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the real data is not there: {path} (set ATTUNE_REAL_DATA)")
    return path
