"""Child processes in sessions of their own, which do not outlive their parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

SET_PARENT_DEATH_SIGNAL = 1
KILL_WAIT_SECONDS = 10


def start_session(command: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start `command` as the leader of a new session; Ctrl-C in the terminal does not reach it.

    On Linux it gets SIGTERM when the thread that started it ends, however that happens.
    """
    return subprocess.Popen(  # noqa: S603 - Callers pass their own commands, never input.
        command,
        env=dict(environ),
        start_new_session=True,
        preexec_fn=_end_with_parent,
    )


def _end_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def kill_session(leader: subprocess.Popen[bytes]) -> None:
    """SIGKILL every process of the leader's group, also when the leader itself is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait(KILL_WAIT_SECONDS)
