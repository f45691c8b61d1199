"""Where a person may be sent after signing in: pages of this site and nowhere else."""

from __future__ import annotations

import re

from django.urls import Resolver404, resolve

LONGEST = 500
UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


def is_safe(path: str) -> bool:
    """Whether `path` starts with exactly one slash, is plain, and leads to a page."""
    if not path.startswith("/") or path.startswith("//"):
        return False
    if len(path) > LONGEST or UNSAFE.search(path):
        return False
    try:
        resolve(path.partition("#")[0].partition("?")[0])
    except Resolver404:
        return False
    return True


def safe(path: str | None, otherwise: str = "/") -> str:
    return path if path and is_safe(path) else otherwise
