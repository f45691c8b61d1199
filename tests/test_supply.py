"""What Attune is made of: locked with hashes, not too old, and told as a bill of materials."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import apps
from lib import versions

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.txt", "requirements-dev.txt"]
LOCKED = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(.*(?:\n .*)*)", re.M)


def locked(name):
    return LOCKED.findall((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and line[0] not in "# "]

    assert len(locked(lock)) == len(lines) > 50
    assert [name for name, _, rest in locked(lock) if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_locked_package_is_older_than_its_minimum(lock):
    here = {name.lower(): version for name, version, _ in locked(lock)}
    least = versions.minimums()

    older = {name for name in least if versions.numbers(here[name]) < versions.numbers(least[name])}

    assert older == set()


@pytest.mark.parametrize(
    ("release", "expected"),
    [("5.2.17", (5, 2, 17)), ("70.0rc1", (70, 0)), ("70", (70,)), ("1.2.3+local.4", (1, 2, 3))],
)
def test_releases_are_compared_by_their_numbers(release, expected):
    assert versions.numbers(release) == expected


def test_start_is_refused_with_a_package_that_is_too_old(tmp_path, monkeypatch):
    file = tmp_path / "minimum_versions.toml"
    file.write_text('[django]\nleast = "99"\n[no-such-package]\nleast = "1"\n')
    monkeypatch.setattr(versions, "FILE", file)

    with pytest.raises(ImproperlyConfigured, match=r"django 5\.\S+ is too old; use 99 or newer"):
        apps.require_versions()
    assert versions.faults()[1] == "no-such-package is not installed."


def test_bill_of_materials_names_every_locked_package():
    done = subprocess.run(
        [sys.executable, "bin/write_sbom.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)

    listed = {(one["name"], one["version"]) for one in found["components"]}
    assert listed == {(name, version) for name, version, _ in locked("requirements.txt")}
    assert all(one["hashes"] for one in found["components"])
    django = next(one for one in found["components"] if one["name"].lower() == "django")
    assert django["purl"] == f"pkg:pypi/django@{django['version']}"
    assert "BSD" in json.dumps(django["licenses"])
