"""Packages that Attune does not start with: releases older than those whose faults are known."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "docs" / "minimum_versions.toml"


def numbers(release: str) -> tuple[int, ...]:
    """The leading numbers of a release: 5.2.17 gives (5, 2, 17), 70.0rc1 gives (70, 0)."""
    return tuple(int(part) for part in re.findall(r"^\d+|(?<=\.)\d+", release.split("+")[0]))


def minimums() -> dict[str, str]:
    """The least release of each package that has one."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {package: entry["least"] for package, entry in found.items()}


def faults() -> list[str]:
    """Sentences about installed packages that are too old or not there."""
    told = []
    for package, least in minimums().items():
        try:
            here = version(package)
        except PackageNotFoundError:
            told.append(f"{package} is not installed.")
            continue
        if numbers(here) < numbers(least):
            told.append(f"{package} {here} is too old; use {least} or newer.")
    return told
