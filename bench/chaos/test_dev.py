"""`manage.py dev` starts both parts, tells the address, and takes both down again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.conf import settings

from tests.ops.clusters import descendants
from tests.races import wait_until

pytestmark = [pytest.mark.race, pytest.mark.slow]
PORT = 23480


def is_up() -> bool:
    try:
        return urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=2).read() == b"ok"
    except (URLError, OSError):
        return False


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_dev_ends_both_parts_within_thirty_seconds(race_database, tmp_path, number):
    environ = os.environ | {
        "DATABASE_URL": race_database,
        "DJANGO_SETTINGS_MODULE": "tests.ops.cluster_settings",
        "ATTUNE_DATA_DIR": str(tmp_path / "data"),
    }
    manage = str(Path(settings.BASE_DIR) / "manage.py")
    log = tmp_path / "log"
    with log.open("wb") as lines:
        dev = subprocess.Popen(
            [sys.executable, manage, "dev", "--port", str(PORT)],
            env=environ,
            stdout=lines,
            stderr=subprocess.STDOUT,
        )
    wait_until(is_up, 60)
    wait_until(lambda: len(descendants(dev.pid)) > 6, 60)
    below = descendants(dev.pid)

    began = time.monotonic()
    dev.send_signal(number)

    assert dev.wait(60) == 0
    assert time.monotonic() - began < 30
    assert wait_until(lambda: not alive(below), 10)
    assert f"http://127.0.0.1:{PORT}/" in log.read_text()
