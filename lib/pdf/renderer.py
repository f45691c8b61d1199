"""The parent's side of the renderer: starts the child, hands over orders, keeps the time."""

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

_CHILD = Path(__file__).parent / "child.py"
_REPLY_BYTES = 65_536
_FAILED_STARTS = "The renderer could not be started. Ask the operator to look at the logs."
_BY_SIGNAL = {
    signal.SIGXCPU: ("processor", "The document took too much processor time. Make it shorter."),
    signal.SIGKILL: ("broken", "The renderer was stopped from outside. Order the document again."),
}
_CRASHED = (
    "memory",
    "The document is too large to render. Choose a shorter period or fewer rows.",
)


class Failure(Exception):
    """A document failed: a reason in one word, and a sentence."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence

    @property
    def is_harmless(self) -> bool:
        """Whether the renderer only refused a template and is as good as before."""
        return self.reason in ("forbidden_address", "incomplete")


class Renderer:
    """One child process in a session of its own; it ends when this process ends.

    Orders and documents travel through two unnamed files, so that nothing personal stays on disk
    and a document cannot grow past the child's limit; the pipes carry a line each way.
    """

    def __init__(self, statics: Mapping[str, Path]) -> None:
        self.documents = 0
        self.memory_bytes = 0
        self._folder = tempfile.mkdtemp(prefix="attune-pdf-")
        self._order = tempfile.TemporaryFile()  # noqa: SIM115 - Both live as long as the child.
        self._document = tempfile.TemporaryFile()  # noqa: SIM115
        files = self._order.fileno(), self._document.fileno()
        names = json.dumps({name: str(path) for name, path in statics.items()})
        self._process = subprocess.Popen(  # noqa: S603 - Our own module, nothing from input.
            [sys.executable, "-I", str(_CHILD), *map(str, files), str(os.getpid()), names],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_plain_environment(self._folder),
            cwd=self._folder,
            start_new_session=True,
            pass_fds=files,
        )

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def render(self, order: Mapping[str, object], timeout_seconds: float) -> bytes:
        """The document; after a Failure that is not harmless the renderer must be closed."""
        _write_all(self._order.fileno(), json.dumps(order).encode())
        reply = json.loads(self._ask(time.monotonic() + timeout_seconds))
        if "reason" in reply:
            raise Failure(reply["reason"], reply["sentence"])
        self.documents += 1
        self.memory_bytes = reply["memory_bytes"]
        document = os.pread(self._document.fileno(), reply["bytes"], 0)
        os.ftruncate(self._order.fileno(), 0)
        os.ftruncate(self._document.fileno(), 0)
        return document

    def close(self) -> None:
        """Kill the child's session and remove everything it left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._close_files()
        shutil.rmtree(self._folder, ignore_errors=True)

    def forget(self) -> None:
        """In a forked process: let go of the child without touching it."""
        self._close_files()
        self._process.returncode = 0  # It is not ours to wait for.

    def _close_files(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._order, self._document):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def _ask(self, deadline: float) -> bytes:
        """Ring, and wait for one line of answer until the deadline."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise Failure("broken", _FAILED_STARTS)
        with contextlib.suppress(BrokenPipeError):
            stdin.write(b"\n")
            stdin.flush()
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise Failure("time", "The document took too long. Make it shorter.")
                piece = os.read(stdout.fileno(), _REPLY_BYTES)
                if not piece:
                    raise self._death()
                line += piece
        return line

    def _death(self) -> Failure:
        """Why the child ended in the middle of an order."""
        code = self._process.wait()
        if code >= 0:
            return Failure("broken", _FAILED_STARTS)
        reason, sentence = _BY_SIGNAL.get(signal.Signals(-code), _CRASHED)
        return Failure(reason, sentence)


def _plain_environment(folder: str) -> dict[str, str]:
    """What the child may know: where programs and fonts are, and no secret of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "FONTCONFIG_FILE") if name in os.environ}
    return kept | {"HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8", "TZ": "UTC"}


def _write_all(file: int, data: bytes) -> None:
    os.ftruncate(file, 0)
    written = 0
    while written < len(data):
        written += os.pwrite(file, data[written:], written)
