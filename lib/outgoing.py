"""The one way to fetch something over HTTPS: only public addresses, checked where we connect.

The name is resolved once, every address it has must be public, and the connection goes to the very
address that was checked, so that a name that changes its mind in between leads nowhere.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from lib.addresses import is_public

HTTPS_PORT = 443
PATIENCE_SECONDS = 15


class BadUrl(ValueError):
    """The address cannot be used at all; the text says why, to the person who entered it."""


class ClosedAddress(Exception):
    """The name leads to an address that is not on the public internet."""


class NoAnswer(Exception):
    """Nobody answered in time, or what came was not HTTP."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes  # No more than was asked for.
    seconds: float


def check_url(url: str, *, is_port_free: bool = False) -> tuple[str, int, str]:
    """Host, port and path of an https address; raises BadUrl.

    Other ports than 443 are for networks that the operator listed, see `fetch`.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or HTTPS_PORT
    except ValueError:
        raise BadUrl("This is not an address.") from None
    if parts.scheme != "https" or not host:
        raise BadUrl("Use an address that begins with https://.")
    if parts.username is not None or parts.password is not None:
        raise BadUrl("Leave name and password out of the address.")
    if port != HTTPS_PORT and not is_port_free:
        raise BadUrl("Use the port of https, 443.")
    if not url.isascii() or any(character <= " " for character in url):
        raise BadUrl("Write the address without spaces and in ASCII.")
    path = parts.path or "/"
    return host, port, f"{path}?{parts.query}" if parts.query else path


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    networks: Iterable[str] = (),
    most_bytes: int = 500,
    context: ssl.SSLContext | None = None,
    patience: float = PATIENCE_SECONDS,
) -> Answer:
    """One request, no redirects, `patience` seconds in all, and `most_bytes` of the answer.

    `networks` are private ones that the operator allows. Raises BadUrl, ClosedAddress, NoAnswer.
    """
    allowed = list(networks)
    host, port, path = check_url(url, is_port_free=bool(allowed))
    began = time.monotonic()
    address = _checked_address(host, port, allowed)
    line = _Line(host, port, address, context or ssl.create_default_context(), patience)
    watch = threading.Timer(patience, line.cut)
    watch.start()
    try:
        line.request(method, path, body=body, headers=dict(headers or {}))
        answer = line.getresponse()
        content = answer.read(most_bytes)
        if line.was_cut:
            raise TimeoutError
        return Answer(answer.status, dict(answer.getheaders()), content, time.monotonic() - began)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(f"{type(error).__name__} after {time.monotonic() - began:.1f} s") from error
    finally:
        watch.cancel()
        line.close()


def _checked_address(host: str, port: int, allowed: list[str]) -> str:
    """An address of the host, all of which are public or in an allowed network."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer("The name has no address.") from error
    addresses = [str(item[4][0]).partition("%")[0] for item in found]
    for address in addresses:
        is_allowed = any(ip_address(address) in ip_network(network) for network in allowed)
        if not is_allowed and not (is_public(address) and port == HTTPS_PORT):
            raise ClosedAddress(f"{host} leads to {address}, which is closed to us.")
    return addresses[0]


class _Line(http.client.HTTPSConnection):
    """A connection to the checked address, with the host's name for TLS and in the header."""

    def __init__(
        self, host: str, port: int, address: str, context: ssl.SSLContext, patience: float
    ) -> None:
        super().__init__(host, port, timeout=patience, context=context)
        self._address, self._tls = address, context
        self.was_cut = False
        self._open: socket.socket | None = None  # The library forgets `sock` while it reads.

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), timeout=self.timeout)
        self._open = plain
        self._open = self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)

    def cut(self) -> None:
        """End a conversation that drips on for ever."""
        self.was_cut = True
        if self._open is not None:
            with suppress(OSError):
                self._open.shutdown(socket.SHUT_RDWR)
