"""Walk through a running center as each role, by the links that its pages have."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as BrowserError

from tests.browser.axe import violations

ROLES = ("agent", "evaluator", "trainer", "supervisor", "admin")
PASSWORD = "attune-demo-center"
NO_PAGE = re.compile(
    r"\.(csv|pdf|zip|xlsx|json|ics|png|svg|txt)$|/sign-out/|/files/|^/static/|^/api/"
)
OF_ADMIN = re.compile(r"^/admin/(\w+/\w+/)?(add/)?$|^/admin/\w+/\w+/[^/]+/change/$")
LINKS = "[...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))"
NARROW = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
TIMING = (
    "(([one]) => [one.responseStart - one.requestStart, one.decodedBodySize])"
    "(performance.getEntriesByType('navigation'))"
)


@dataclass
class Seen:
    """One page as one role found it."""

    role: str
    name: str
    path: str
    status: int
    milliseconds: float = 0.0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)


def sign_in(browser: Browser, address: str, role: str) -> BrowserContext:
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto("/sign-in/")
    page.fill("[name=login]", f"{role}@meridian.example")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    page.close()
    return context


def walk(context: BrowserContext, role: str, most: int) -> Iterator[tuple[Seen, Page]]:
    """One page of each kind that links lead to from the start page, nearest first."""
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(f"script: {error}"))
    page.on("console", lambda message: said.append(message.text) if is_breach(message) else None)
    waiting, known = deque(["/"]), {"/"}
    names: set[str] = set()
    while waiting and len(names) < most:
        path = waiting.popleft()
        name = name_of(path)
        if not name or name in names:
            continue
        said.clear()
        show(page, dark=False, width=1440)
        try:
            answer = page.goto(path)
        except BrowserError:  # A download.
            continue
        if answer is None or "text/html" not in (answer.headers.get("content-type") or ""):
            continue
        names.add(name)
        seen = Seen(role, name, path, answer.status)
        seen.milliseconds, seen.bytes = page.evaluate(TIMING)
        seen.faults += said
        for found in page.evaluate(LINKS):
            further = same_origin(page.url, found)
            if further and further not in known:
                known.add(further)
                waiting.append(further)
        yield seen, page
    page.close()


def is_breach(message) -> bool:
    return message.type == "error" and "Content Security Policy" in message.text


def name_of(path: str) -> str:
    """What kind of page an address is; nothing where it is none to look at."""
    place = urlsplit(path).path
    if NO_PAGE.search(place) or (place.startswith("/admin/") and not OF_ADMIN.match(place)):
        return ""
    try:
        match = resolve(place)
    except Resolver404:
        return ""
    return match.view_name or place


def same_origin(base: str, link: str) -> str:
    full = urlsplit(urldefrag(urljoin(base, link)).url)
    if full.netloc != urlsplit(base).netloc or full.scheme not in ("http", "https"):
        return ""
    return full.path + (f"?{full.query}" if full.query else "")


def show(page: Page, *, dark: bool, width: int) -> None:
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})


def look(page: Page, seen: Seen, folder: str, *, dark: bool, width: int) -> None:
    """Take a picture in one theme and width, and note what axe and the edges say."""
    theme = "dark" if dark else "light"
    show(page, dark=dark, width=width)
    page.wait_for_timeout(150)
    found = violations(page)
    if found:  # A busy machine may still have been changing colors.
        page.wait_for_timeout(1500)
        found = violations(page)
    seen.faults += [f"{theme} {width}: {line}" for line in found]
    if (over := page.evaluate(NARROW)) > 1:
        seen.faults.append(f"{theme} {width}: {over} px too wide")
    file = f"{seen.role}-{re.sub(r'[^a-z0-9]+', '-', seen.name.lower())}-{theme}-{width}.jpg"
    page.screenshot(path=f"{folder}/{file}", type="jpeg", quality=60)
    seen.pictures[f"{theme} {width}"] = file
