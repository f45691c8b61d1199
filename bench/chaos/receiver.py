"""A receiver of webhooks on 127.0.0.1 that answers as it is told, and remembers what it got."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Receiver:
    """`answers` are used up from the front, the last one stays: (status, headers, body)."""

    port: int
    certificate: Path
    answers: list[tuple[int, dict[str, str], bytes]] = field(
        default_factory=lambda: [(200, {}, b"thanks")]
    )
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    drip_seconds: float = 0
    # Where it is set, it answers by path and body instead: (status, body).
    reply: Callable[[str, bytes], tuple[int, bytes]] | None = None

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/hooks"

    def next_answer(self) -> tuple[int, dict[str, str], bytes]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def listening(folder: Path) -> Iterator[Receiver]:
    """Serve over TLS with a certificate for localhost until the block ends."""
    certificate, key = write_certificate(folder)
    holder: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver = holder[0]
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            if receiver.reply:
                headers = {}
                status, answer = receiver.reply(self.path, body)
            else:
                status, headers, answer = receiver.next_answer()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            for byte in answer:
                self.wfile.write(bytes([byte]))
                if receiver.drip_seconds:
                    self.wfile.flush()
                    time.sleep(receiver.drip_seconds)

        do_GET = do_POST

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            """A peer that hangs up is part of the game."""

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    holder.append(Receiver(server.server_address[1], certificate))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield holder[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "receiver.crt", folder / "receiver.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
