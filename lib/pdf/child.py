"""The renderer itself, run as a program of its own; it imports nothing of the product.

Started as `child.py <order file> <document file> <parent pid> <static names as JSON>`. Each line on
standard input means that the order file holds an order; the answer is one line of JSON.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

DOCUMENT_BYTES = 100_000_000
SET_PARENT_DEATH_SIGNAL = 1


class Refused(Exception):
    """The document is not rendered: a reason in one word, and a sentence."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.answer: dict[str, object] = {"reason": reason, "sentence": sentence}


def main(order_file: int, document_file: int, parent: int, statics: dict[str, str]) -> None:
    die_with(parent)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Whatever a library prints is no answer.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (DOCUMENT_BYTES, DOCUMENT_BYTES))
    for _ in sys.stdin:
        order = json.loads(os.pread(order_file, os.fstat(order_file).st_size, 0))
        answers.write(json.dumps(answer(order, document_file, statics)) + "\n")
        answers.flush()


def die_with(parent: int) -> None:
    """Be killed when the parent ends, also if it ended before this line."""
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def answer(order: dict[str, Any], document_file: int, statics: dict[str, str]) -> dict[str, object]:
    """Render one order into the document file; every way to fail has a sentence."""
    limit_resources(order["memory_bytes"], order["processor_seconds"])
    try:
        document = render(order, statics)
        if len(document) > DOCUMENT_BYTES:
            raise Refused("size", "The document is larger than 100 MB. Make it shorter.")
        os.ftruncate(document_file, 0)
        os.pwrite(document_file, document, 0)
    except Refused as refused:
        return refused.answer
    except MemoryError:
        return Refused("memory", "The document needs too much memory. Make it shorter.").answer
    except RecursionError:
        return Refused("nesting", "The document is nested too deeply to be rendered.").answer
    except Exception as error:  # Whatever a library raises, the parent needs an answer.
        sentence = f"The document could not be rendered ({type(error).__name__})."
        return Refused("broken", sentence).answer
    return {"bytes": len(document), "memory_bytes": resident_bytes()}


def limit_resources(memory_bytes: int, processor_seconds: int) -> None:
    """Memory for the process, and processor time from now on."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, most))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + processor_seconds, most))


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def render(order: dict[str, Any], statics: dict[str, str]) -> bytes:
    import logging

    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError

    logging.disable(logging.CRITICAL)
    generated_at = order["generated_at"]
    # fontTools writes this moment into the fonts it embeds.
    os.environ["SOURCE_DATE_EPOCH"] = str(int(generated_at or 0))
    fetcher = closed_fetcher(statics)
    options: dict[str, Any] = {
        "pdf_variant": "pdf/ua-1",
        "pdf_identifier": bytes.fromhex(order["identifier"]),
        "stylesheets": [style_sheet(order["css"], tuple(sorted(statics.items())))],
    }
    try:
        html = HTML(string=order["html"], url_fetcher=fetcher)
        document = html.render(font_config=font_configuration(), **options)
        check_accessible(document.metadata)
        if generated_at is not None:
            moment = datetime.fromtimestamp(generated_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            document.metadata.created = document.metadata.modified = moment
        written: bytes = document.write_pdf(**options)
    except FatalURLFetchingError:
        written = b""
    if fetcher.has_refused:  # Also where the library swallowed the refusal and drew on.
        raise Refused("forbidden_address", "The template asked for a forbidden address.")
    return written


def check_accessible(metadata: Any) -> None:
    if not metadata.lang or not metadata.title:
        raise Refused("incomplete", "The template names no language or no title.")


@cache
def font_configuration() -> Any:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def style_sheet(css: str, statics: tuple[tuple[str, str], ...]) -> Any:
    """A style sheet is parsed, and its fonts are unpacked, once per process."""
    from weasyprint import CSS

    return CSS(
        string=css, font_config=font_configuration(), url_fetcher=closed_fetcher(dict(statics))
    )


def closed_fetcher(statics: dict[str, str]) -> Any:
    """Knows `data:` and registered `static:` names; anything else stops the document."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class ClosedFetcher(URLFetcher):
        has_refused = False

        def fetch(self, url: str, headers: Any = None) -> Any:
            scheme, _, name = url.partition(":")
            if scheme == "static" and name in statics:
                return URLFetcherResponse(url, BytesIO(Path(statics[name]).read_bytes()))
            if scheme == "data":
                return super().fetch(url, headers)
            self.has_refused = True
            raise ValueError("Only data: and registered static: addresses are known here.")

    return ClosedFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4]))
