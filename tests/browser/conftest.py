"""A real Chromium against a real server: it fails on any script error or policy breach."""

import os
import random
import socket
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# A busy machine is slow without being wrong.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in str(item.path).replace(os.sep, "/"):
            item.add_marker(pytest.mark.browser)


def free_port() -> int:
    """A free port below the ephemeral range, which outgoing connections take theirs from."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # Playwright's loop runs in this thread; Django would refuse the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def own_connections(race_database) -> None:
    """A page asks several things at once: on one shared connection they would mix transactions."""


@pytest.fixture
def server(own_connections) -> Iterator[LiveServer]:
    server = LiveServer(f"127.0.0.1:{free_port()}")
    # Stopping then waits for answers under way.
    server.thread.httpd.daemon_threads = False
    server._live_server_modified_settings.enable()
    yield server
    server._live_server_modified_settings.disable()
    server.stop()


@pytest.fixture
def open_page(chromium: Browser, server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Open a page as a person: `open_page(user, "/interactions/", width=360, dark=True)`.

    `routes` (address pattern to handler) is in place before the page loads: a route added to a
    loaded page may miss its first requests. The test fails at its end if a page logged a script
    error or broke the content policy.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda message: (
                faults.append(message.text)
                if message.type == "error" and "Content Security Policy" in message.text
                else None
            ),
        )

    def opened(
        user=None, path="/", *, width=1440, height=900, dark=False, script=True, routes=None
    ) -> Page:
        context = chromium.new_context(
            base_url=server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([session_cookie(user, server.url)])
        page = context.new_page()
        watch(page)
        for pattern, handler in (routes or {}).items():
            page.route(pattern, handler)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def session_cookie(user, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}
