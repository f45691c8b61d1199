"""Attune as its users meet it: its own process, its own database file, its own jobs."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60


@dataclass
class RealServer:
    """`manage` runs a command against the same database and returns what it printed."""

    url: str
    environ: dict[str, str]

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, source: str) -> str:
        return self.manage("shell", "-v", "0", "-c", source)


@contextmanager
def running(folder: Path, port: int) -> Iterator[RealServer]:
    """Migrate a new database in `folder`, then serve it with its jobs until the block ends."""
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ATTUNE_DATA_DIR": str(folder),
        "ATTUNE_DEBUG": "1",
    }
    server = RealServer(f"http://127.0.0.1:{port}", environ)
    server.manage("migrate", "-v", "0")
    web = start(server, "runserver", "--noreload", f"127.0.0.1:{port}")
    jobs = start(server, "run_jobs")
    try:
        wait_for(f"{server.url}/healthz")
        yield server
    finally:
        for process in (web, jobs):
            process.terminate()
            process.wait(timeout=40)


def start(server: RealServer, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=server.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for(url: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).read()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return
