"""Real web processes at a race database, and clients that keep asking until they are answered."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 90
WRITES_OF_A_TOKEN = 80  # Fewer than the limit lets through at once.


@dataclass
class Web:
    port: int
    process: subprocess.Popen

    @property
    def workers(self) -> list[int]:
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]
    seconds: float

    def json(self) -> Any:
        return json.loads(self.body)


@contextmanager
def serving(environ: Mapping[str, str], log: Path, *, workers: int = 2) -> Iterator[Web]:
    """Serve Attune, and bench/floor.py beside it, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "bench.floor:application"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "8"]
    command += ["--worker-class", "gthread", "--timeout", "60", "--no-control-socket"]
    with log.open("wb") as lines:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environ), stdout=lines, stderr=subprocess.STDOUT
        )
    try:
        with closing(Client(port)) as client:
            client.until_answered("GET", "/healthz")
        yield Web(port, process)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port that nobody holds, below those that the system hands out by itself."""
    for port in range(23000, 32000):
        with socket.socket() as found:
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("No port is free.")


class Client:
    """One connection, kept open while the other side keeps it."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self.port, self.headers = port, dict(headers or {})
        self.connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        """One request; raises OSError or HTTPException where no answer comes."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        told = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        began = time.perf_counter()
        try:
            self.connection.request(method, path, body=body, headers=told)
            response = self.connection.getresponse()
            content = response.read()
        except BaseException:
            self.close()
            raise
        seconds = time.perf_counter() - began
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, content, named, seconds)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def until_answered(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> Answer:
        """Ask again, with the same key, until there is an answer that is no fault of the server."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self.ask(method, path, body, **headers)
                if answer.status < 500 and answer.status not in (409, 429):
                    return answer
            except (OSError, http.client.HTTPException):
                answer = None
            if time.monotonic() > end:
                raise TimeoutError(f"{method} {path}: {answer}")
            time.sleep(0.1)
