"""Time of an evaluation sheet, against a bare WeasyPrint render of the same HTML.

    python -m bench.sheet [--rounds N]

Runs in a database of its own that is made and dropped again; a sheet of 30 criteria. The import of
WeasyPrint is left out on both sides. Prints one JSON object; exit 1 above the target.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.test.runner import DiscoverRunner  # noqa: E402

from lib import pdf  # noqa: E402
from lib.pdf.rendering import BASE_CSS  # noqa: E402
from quality.sheets import evaluation_sheet_html  # noqa: E402
from tests.migrated import keep_between_runs  # noqa: E402

CRITERIA = 30
TARGET = 1.3
FONTS = Path(__file__).resolve().parent.parent / "static" / "vendor" / "inter"


def sheet() -> str:
    """The HTML of a submitted evaluation of 30 criteria with comments."""
    from tests.quality.worlds import AT, YES_NO, World, document

    criteria = [
        {"key": f"c{n}", "text": f"Question number {n} of the scorecard", "options": YES_NO}
        for n in range(CRITERIA)
    ]
    sections = [
        {"key": f"s{n}", "title": f"Section {n}", "criteria": criteria[n : n + 10]}
        for n in range(0, CRITERIA, 10)
    ]
    world = World(document(weight_mode="points", sections=sections, bands=[]))
    draft = world.start()
    for n in range(CRITERIA):
        answer = {"option": "yes" if n % 4 else "no"}
        words = "What was said here, in a sentence or two, so that the agent can follow it."
        world.save(draft, f"c{n}", answer=answer, comment_public=words)
    evaluation = world.submit(draft, key=uuid4())
    revision = evaluation.current_revision
    return evaluation_sheet_html(evaluation, revision, reader=world.agent, at=AT)


def bare(html: str) -> bytes:
    """The plain library with our style sheet, its two fonts read from the disk."""
    from weasyprint import CSS, HTML

    css = BASE_CSS
    for name in ("inter-latin-ext", "inter-latin"):
        file = FONTS / f"{name}-wght-normal.woff2"
        css = css.replace(f"static:fonts/{name}.woff2", file.as_uri())
    return bytes(HTML(string=html).write_pdf(stylesheets=[CSS(string=css)], pdf_variant="pdf/ua-1"))


def seconds(work: Callable[[], object], rounds: int) -> float:
    """The middle of the rounds, after one to warm up."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    for name in ("weasyprint", "weasyprint.progress"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    keep_between_runs()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        html = sheet()
    finally:
        runner.teardown_databases(databases)
    ours = seconds(lambda: pdf.render(html), rounds)
    plain = seconds(lambda: bare(html), rounds)
    ratio = ours / plain
    result = {
        "bench": "evaluation sheet",
        "criteria": CRITERIA,
        "ours_seconds": round(ours, 3),
        "bare_seconds": round(plain, 3),
        "ratio": round(ratio, 2),
        "target": TARGET,
    }
    sys.stdout.write(json.dumps(result) + "\n")
    return int(ratio > TARGET)


if __name__ == "__main__":
    sys.exit(main())
