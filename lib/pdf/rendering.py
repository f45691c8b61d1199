"""Ask the renderer of this process for a PDF; it is started when first needed and kept warm."""

import atexit
import hashlib
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from lib.pdf.renderer import Failure, Renderer

BASE_CSS = (Path(__file__).parent / "base.css").read_text(encoding="utf-8")

_WALL_SECONDS = 120
_PROCESSOR_SECONDS = 60
_MEMORY_BYTES = 1_610_612_736
_DOCUMENTS_OF_ONE_RENDERER = 50
_WARM_MEMORY_BYTES = 400_000_000
_FONTS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "inter"

_statics: dict[str, Path] = {
    "fonts/inter-latin.woff2": _FONTS / "inter-latin-wght-normal.woff2",
    "fonts/inter-latin-ext.woff2": _FONTS / "inter-latin-ext-wght-normal.woff2",
}
_lock = threading.Lock()
_renderer: Renderer | None = None


class PdfFailed(Exception):
    """A document was not made; the text is a sentence fit for the person who ordered it.

    `reason` is one of forbidden_address, memory, processor, time, nesting, size, incomplete,
    broken.
    """

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


def register_static(name: str, path: Path) -> None:
    """Let documents use a file of the product as `static:<name>`; for use at start-up."""
    _statics[name] = path
    stop()


def render(
    html: str,
    *,
    base_css: str = BASE_CSS,
    generated_at: datetime | None = None,
    identifier: bytes | None = None,
    timeout_seconds: float = _WALL_SECONDS,
    processor_seconds: int = _PROCESSOR_SECONDS,
    memory_bytes: int = _MEMORY_BYTES,
) -> bytes:
    """Render HTML as a tagged PDF/UA-1.

    The document must have a language (`<html lang>`) and a `<title>`. It may use `data:` URLs and
    `static:` names, and nothing else: any other address fails the whole document. `generated_at` is
    written as date of creation and change; without it the document has none. `identifier` (16
    bytes) is the document's id, by default a digest of the HTML. Same input and same library
    versions give the same bytes. Raises PdfFailed; the next call works again.
    """
    if generated_at is not None and generated_at.tzinfo is None:
        raise ValueError("generated_at is an aware moment.")
    request = {
        "html": html,
        "css": base_css,
        "generated_at": generated_at.astimezone(UTC).timestamp() if generated_at else None,
        "identifier": (identifier or hashlib.sha256(html.encode()).digest())[:16].hex(),
        "processor_seconds": processor_seconds,
        "memory_bytes": memory_bytes,
    }
    with _lock:
        return _render(request, timeout_seconds)


def stop() -> None:
    """End the renderer of this process; the next document starts a new one."""
    global _renderer
    renderer, _renderer = _renderer, None
    if renderer:
        renderer.close()


def _render(request: Mapping[str, object], timeout_seconds: float) -> bytes:
    global _renderer
    if _renderer is None or not _renderer.is_alive():
        stop()
        _renderer = Renderer(_statics)
    try:
        document = _renderer.render(request, timeout_seconds)
    except Failure as failure:
        if not failure.is_harmless:
            stop()
        raise PdfFailed(failure.sentence, failure.reason) from None
    except BaseException:
        stop()  # An interrupted renderer would answer the next order with this document.
        raise
    is_worn = _renderer.documents >= _DOCUMENTS_OF_ONE_RENDERER
    if is_worn or _renderer.memory_bytes > _WARM_MEMORY_BYTES:
        stop()
    return document


def _forget_in_child() -> None:
    """A forked process must not talk to the renderer of its parent."""
    global _renderer, _lock
    if _renderer:
        _renderer.forget()
    _renderer, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_in_child)
atexit.register(stop)
