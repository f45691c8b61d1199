"""The one way in: JSON, read strictly."""

from __future__ import annotations

from typing import IO, Any

from rest_framework.parsers import BaseParser

from lib import strict_json
from lib.api.errors import Refused
from lib.http import Fault

MOST_BYTES = 1024 * 1024


class StrictJSONParser(BaseParser):
    """Bodies up to the `most_bytes` of the view, 1 MB by default."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        most = getattr((parser_context or {}).get("view"), "most_bytes", MOST_BYTES)
        body = stream.read(most + 1)
        if len(body) > most:
            raise too_large(most)
        try:
            return strict_json.read(body)
        except strict_json.BadJson as bad:
            fault = Fault(pointer=bad.pointer, code=bad.code, detail=bad.detail)
            raise Refused("invalid-json", bad.detail, errors=[fault]) from None


class FileParser(BaseParser):
    """The body as it comes, as a stream, for a view that stores it."""

    media_type = "application/octet-stream"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        return stream


class JSONFileParser(FileParser):
    media_type = "application/json"


def too_large(most: int) -> Refused:
    return Refused("too-large", f"A request here has at most {most:,} bytes.")
