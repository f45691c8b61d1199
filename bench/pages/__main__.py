"""Look at every page of a running demo center: axe, width, time, bytes, and a contact sheet.

    python -m bench.pages --address http://127.0.0.1:8000 --into var/pages

Exit 1 if a page failed, was slow, too wide, or axe found something. The browser is the tests' own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from html import escape
from pathlib import Path

import django
from playwright.sync_api import sync_playwright

VIEWS = ((False, 1440), (True, 1440), (False, 360), (True, 360))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.pages")
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--into", type=Path, default=Path("var/pages"))
    parser.add_argument("--role", action="append", help="only this role; repeatable")
    parser.add_argument("--most", type=int, default=400, help="at most so many pages of a role")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from bench.pages.walking import ROLES, look, sign_in, walk
    from tests.browser.conftest import CHROMIUM, FLAGS

    options.into.mkdir(parents=True, exist_ok=True)
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for role in options.role or ROLES:
            context = sign_in(browser, options.address, role)
            for seen, page in walk(context, role, options.most):
                for dark, width in VIEWS:
                    look(page, seen, str(options.into), dark=dark, width=width)
                found.append(seen)
                for fault in seen.faults:
                    print(f"{role} {seen.path}: {fault}")
                if seen.status >= 400:
                    print(f"{role} {seen.path}: answered {seen.status}")
            context.close()
        browser.close()
    (options.into / "pages.json").write_text(json.dumps([asdict(one) for one in found], indent=1))
    (options.into / "index.html").write_text(sheet(found), encoding="utf-8")
    report(found)
    return int(any(seen.faults or seen.status >= 400 for seen in found))


def report(found) -> None:
    slow = sorted(found, key=lambda seen: -seen.milliseconds)[:10]
    heavy = sorted(found, key=lambda seen: -seen.bytes)[:10]
    print(f"{len(found)} pages, {sum(bool(seen.faults) for seen in found)} with faults")
    for seen in slow:
        print(f"  {seen.milliseconds:7.0f} ms  {seen.role:10} {seen.path}")
    for seen in heavy:
        print(f"  {seen.bytes / 1000:7.0f} kB  {seen.role:10} {seen.path}")


def sheet(found) -> str:
    """All pictures on one page, a row for each page."""
    rows = []
    for seen in found:
        pictures = "".join(
            f'<a href="{file}"><img src="{file}" alt="{name}" height="260" loading="lazy"></a>'
            for name, file in seen.pictures.items()
        )
        faults = "".join(f"<li>{escape(fault)}</li>" for fault in seen.faults)
        rows.append(
            f"<section><h2>{seen.role} {escape(seen.path)}</h2>"
            f"<p>{seen.milliseconds:.0f} ms, {seen.bytes / 1000:.0f} kB</p>{pictures}"
            f"<ul>{faults}</ul></section>"
        )
    return "<!doctype html><title>Every page</title>" + "".join(rows)


if __name__ == "__main__":
    sys.exit(main())
