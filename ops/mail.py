"""Mail leaves the house here alone: rendered and sent by a job, at most once each."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from ops import copies
from ops.jobs import Unsent, enqueue
from ops.models import JobRun

Render = Callable[..., EmailMessage | None]
# The server answered and took nothing.
REFUSALS = (
    smtplib.SMTPSenderRefused,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
)
_letters: dict[str, Render] = {}
_is_silent: ContextVar[bool] = ContextVar("mail_is_silent", default=False)


def register(letter: str, render: Render) -> None:
    """Name the function that makes the mail `letter` from ids, in the worker.

    It may return None where there is no longer anything to send.
    """
    _letters[letter] = render


@contextmanager
def silence() -> Iterator[None]:
    """Send nothing meanwhile: for history that is made up, such as the demo center's."""
    token = _is_silent.set(True)
    try:
        yield
    finally:
        _is_silent.reset(token)


def send(letter: str, *, key: str, **ids: Any) -> JobRun | None:
    """Send the mail `letter` once for `key`, if the surrounding transaction commits.

    `ids` reach the letter's function; addresses and links are looked up or made there, so that no
    job argument holds them. None where mail is silenced.
    """
    if letter not in _letters:
        raise KeyError(f"No mail is registered as {letter!r}.")
    if _is_silent.get():
        return None
    return enqueue("ops.send_mail", key=f"{letter}:{key}", letter=letter, **ids)


def deliver(letter: str, ids: dict[str, Any]) -> str:
    """Render and send now; returns the Message-ID. Raises Unsent where nothing can have left.

    The Message-ID is empty where there is nothing to send, and in a copy of a place.
    """
    if copies.is_copy():
        return ""
    message = rendered(letter, ids)
    if message is None:
        return ""
    line = get_connection(timeout=30)
    try:
        line.open()
    except Exception as error:
        raise Unsent(f"{type(error).__name__}: no connection to the mail server") from error
    try:
        line.send_messages([message])
    except REFUSALS as error:
        raise Unsent(f"{type(error).__name__}: the mail server refused") from error
    finally:
        line.close()
    return str(message.extra_headers["Message-ID"])


def rendered(letter: str, ids: dict[str, Any]) -> EmailMessage | None:
    try:
        message = _letters[letter](**ids)
    except Exception as error:
        raise Unsent(f"{type(error).__name__}: {error}") from error
    if message is not None:
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
        message.extra_headers.setdefault("Message-ID", make_msgid(domain=domain))
    return message
