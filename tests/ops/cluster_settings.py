"""The test settings for real worker processes: sample jobs, and all timers shortened."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.ops.sample_app"]
JOB_TIMERS = {
    "lease": 2,
    "sweep": 0.3,
    "bell": 0.7,
    "silence": 4,
    "start": 60,
    "grace": 3,
    "retry": 0.5,
}
DISK_RESERVE_BYTES = 0
