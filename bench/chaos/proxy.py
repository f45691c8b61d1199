"""A proxy in front of PostgreSQL that loses answers on purpose."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 64 * 1024


class CommitCutter:
    """Passes everything on; while `cuts_left`, the connection ends between COMMIT and its reply."""

    def __init__(self, host: str, port: int) -> None:
        self.target = host, port
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        self.cuts_left = 0
        self.cuts_done = 0
        self.lock = threading.Lock()

    def serve(self) -> None:
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            far = socket.create_connection(self.target)
            cut = threading.Event()
            for source, target, is_asking in ((near, far, True), (far, near, False)):
                threading.Thread(
                    target=self.carry, args=(source, target, is_asking, cut), daemon=True
                ).start()

    def carry(
        self, source: socket.socket, target: socket.socket, is_asking: bool, cut: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if is_asking and b"COMMIT" in data and self.may_cut():
                    cut.set()
                if not is_asking and cut.is_set():
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def may_cut(self) -> bool:
        with self.lock:
            if not self.cuts_left:
                return False
            self.cuts_left -= 1
            self.cuts_done += 1
            return True


@contextmanager
def cutting(host: str, port: int) -> Iterator[CommitCutter]:
    cutter = CommitCutter(host, port)
    thread = threading.Thread(target=cutter.serve, daemon=True)
    thread.start()
    try:
        yield cutter
    finally:
        cutter.server.close()
