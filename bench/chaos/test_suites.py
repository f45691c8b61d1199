"""Figures whose promise whole test files hold: what was asked, and how many of the tests held."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.figures import Reading

ROOT = Path(__file__).resolve().parents[2]
SUITES = {
    3: "tests/reports/test_pages.py tests/crm/test_pages_interactions.py",
    9: "tests/ops/test_disk_reserve.py tests/ops/test_uploads.py tests/ops/test_files.py",
    10: "tests/ops/test_schedules.py tests/lib/test_slots.py",
    13: "tests/ops/test_every_job.py",
    14: "tests/test_permissions.py",
    15: "tests/config/test_demo.py",
    17: "tests/config/test_api_fuzz.py",
    18: "tests/crm/test_readers_damage.py tests/lib/test_tabular.py tests/ops/test_uploads.py",
    19: "tests/feedback/test_survey_harness.py",
    20: "tests/accounts/test_lockout.py tests/accounts/test_tokens.py",
    21: "tests/crm/test_redaction.py tests/lib/test_logs.py",
    22: "tests/crm/test_privacy.py tests/quality/test_privacy.py",
    23: "tests/ops/test_backup.py",
}
# Rows of every address for each person, where the tests take one.
FOREIGN_ROWS = "4"
PASSED = re.compile(r"(\d+) passed")
PROBES = re.compile(r"(\d+) requests for rows")


def hold(paths):
    """Run the files in a process of their own, on the same engine."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-s", "--timeout", "0", *paths],
        cwd=ROOT,
        env=os.environ | {"FOREIGN_ROWS": FOREIGN_ROWS},
        capture_output=True,
        text=True,
    )
    passed = PASSED.search(done.stdout)
    found = {"tests passed": int(passed[1]) if passed else 0, "exit": done.returncode}
    if probes := PROBES.findall(done.stdout):
        found["probes"] = sum(map(int, probes))
    notes = "counted in tests: " + " ".join(paths)
    return Reading(found, done.returncode == 0 and bool(passed), notes)


@pytest.mark.parametrize("number", [pytest.param(n, marks=pytest.mark.figure(n)) for n in SUITES])
def test_promise_holds(figure, number):
    figure(lambda rounds, chance: hold(SUITES[number].split()))
