"""Jobs for the tests of real worker processes."""

import os
import signal
import time
from pathlib import Path
from uuid import uuid4

from ops.jobs import Step, job
from ops.models import StoredFile


def leave_effect(name: str) -> None:
    StoredFile.objects.create(
        path=uuid4().hex, name=name, media_type="text/plain", bytes=0, sha256="", kind="effect"
    )


@job("sample.make_effect")
def make_effect(*, number: int) -> None:
    leave_effect(str(number))


@job("sample.kill_worker")
def kill_worker(*, log: str) -> None:
    """Note the start outside the database, then die as by the kernel's hand."""
    with Path(log).open("a") as lines:
        lines.write("started\n")
    os.kill(os.getpid(), signal.SIGKILL)


@job("sample.sleep", timeout_seconds=1)
def sleep() -> None:
    time.sleep(30)


@job("sample.count", style="steps")
def count(cursor, *, until: int):
    for number in range(cursor.get("next", 0), until):
        leave_effect(str(number))
        time.sleep(0.05)
        yield Step({"next": number + 1})
