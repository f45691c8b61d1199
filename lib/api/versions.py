"""Which version of a record a program has seen: ETag, If-None-Match, If-Match (RFC 9110)."""

from __future__ import annotations

import hashlib
import re

from lib.api.errors import Refused

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')
_VERSION = re.compile(r"(\d{1,12})(\..*)?")


def etag(version: int, representation: bytes) -> str:
    """`"<version>.<12 hex digits of the representation>"`."""
    return f'"{version}.{hashlib.sha256(representation).hexdigest()[:12]}"'


def is_unchanged(if_none_match: str | None, tag: str) -> bool:
    """Whether the program holds this very representation already."""
    if not if_none_match:
        return False
    held = [item.strip().removeprefix("W/") for item in if_none_match.split(",")]
    return tag in held or held == ["*"]


def expected_version(if_match: str | None, version: int) -> int:
    """`version`, if the program says that it saw this one; else raises Refused.

    Only the part of a tag before the dot is compared: other fields may look different to others.
    """
    if if_match is None or if_match.strip() == "*":
        raise Refused("version-missing", "Send the record's ETag in the header If-Match.")
    items = [item.strip() for item in if_match.split(",")]
    tags = [_TAG.fullmatch(item) for item in items]
    if not all(tags):
        raise Refused("invalid-input", 'If-Match holds tags in quotes, such as "7.ab12cd34ef56".')
    seen = {_VERSION.fullmatch(tag[2]) for tag in tags if tag and not tag[1]}
    if any(found and int(found[1]) == version for found in seen):
        return version
    raise Refused("version-old", f"You sent {if_match[:80]}, the record is at version {version}.")
