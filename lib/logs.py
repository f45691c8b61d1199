"""One JSON line per event, with the request id of its piece of work, and nothing personal in it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from lib import request_context
from lib.scrub import scrub

LONGEST_FIELD = 8000
# What every record of the standard library has; anything else was given by `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request"}


class JsonFormatter(logging.Formatter):
    """Strings are scrubbed and bounded; line breaks and control characters cannot leave a field."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": clean(record.getMessage()),
            "request_id": request_context.current().request_id,
        }
        extra = {name: value for name, value in vars(record).items() if name not in _USUAL}
        line |= {name: plain(value) for name, value in extra.items()}
        if record.exc_info:
            line["error"] = clean(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)


def plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else clean(str(value))


def clean(text: str) -> str:
    return scrub(text[:LONGEST_FIELD])
