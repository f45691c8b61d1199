"""Faults that tests inject: named points where a process dies or waits, and guards switched off.

Both do nothing unless the settings say that tests run, whatever the environment holds.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from django.conf import settings


class InjectedFault(Exception):
    """Raised at a failpoint whose action is `raise`."""


def reach(point: str) -> None:
    """Do what ATTUNE_TEST_FAILPOINT asks for at `point`.

    The variable holds `point:action[:argument]`; actions are `kill` (SIGKILL to this process),
    `stop` (SIGSTOP, until somebody sends SIGCONT), `sleep:seconds`, `raise`, and `once-kill:file`,
    which kills only while `file` does not exist.
    """
    if not settings.IS_TEST:
        return
    name, _, action = os.environ.get("ATTUNE_TEST_FAILPOINT", "").partition(":")
    if name == point:
        _act(*action.partition(":")[::2])


def _act(action: str, argument: str) -> None:
    if action == "raise":
        raise InjectedFault("injected by ATTUNE_TEST_FAILPOINT")
    if action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "sleep":
        time.sleep(float(argument))
    elif action == "kill" or (action == "once-kill" and not Path(argument).exists()):
        if argument:
            Path(argument).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def guard_is_on(name: str) -> bool:
    """Whether the guard `name` stands; only a race test's twin ever switches one off."""
    if not settings.IS_TEST:
        return True
    return name not in os.environ.get("ATTUNE_TEST_GUARDS_OFF", "").split(",")
