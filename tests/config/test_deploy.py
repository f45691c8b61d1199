"""What deploy/ and its page name exists: variables, commands, modules, addresses."""

import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from config import env

ROOT = Path(__file__).parents[2]
FILES = sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file())
KNOWN = {f"ATTUNE_{variable.name}" for variable in env.VARIABLES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_variable_and_command_exists(path):
    text = path.read_text(encoding="utf-8")

    assert set(re.findall(r"ATTUNE_[A-Z_]+", text)) <= KNOWN
    commands = re.findall(r'manage\.py"?,?\s+"?([a-z_]+)', text)
    assert set(commands) <= set(get_commands())


def test_example_environment_starts_once_its_secrets_are_filled_in():
    lines = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    secrets = {
        f"ATTUNE_{name}": name[0] * 60
        for name in ("SECRET_KEY", "AUDIT_KEY", "FIELD_KEYS", "METRICS_TOKEN")
    }

    found = env.read(values | secrets)

    assert found["ENV"] == "production"
    assert found["EMAIL_URL"]["starttls"]


def test_compose_starts_web_and_both_queues():
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]

    assert services["web"]["read_only"]
    queues = {services[name]["command"][-1] for name in ("jobs", "jobs_slow")}
    assert queues == {"default", "slow"}
    assert services["migrate"]["command"][-1] == "migrate"


def test_units_are_hardened_and_stop_in_time():
    hardened = {"KillMode=mixed", "TimeoutStopSec=45", "NoNewPrivileges=yes"}

    for path in (ROOT / "deploy" / "systemd").glob("*.service"):
        lines = set(path.read_text(encoding="utf-8").splitlines())
        assert hardened <= lines, path
        assert ("Restart=always" in lines) != ("Type=oneshot" in lines), path


def test_history_and_secrets_stay_out_of_the_image_and_of_the_processes():
    ignored = set((ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())

    assert {".git", ".env", "deploy/env", "var"} <= ignored
    for path in (ROOT / "deploy" / "systemd").glob("*.service"):
        assert "InaccessiblePaths=-/srv/attune/.git" in path.read_text(encoding="utf-8"), path


def test_the_image_lists_static_files_as_production_wants_them():
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    step = text[text.index("RUN mkdir var") : text.index("collectstatic")]
    filler = re.search(r"\bS=(\S+)", step)[1]
    values = dict(re.findall(r"\b((?:ATTUNE|DATABASE)_\w+)=(\S+)", step.replace("$S", filler)))

    assert env.read(values)["ENV"] == "production"


def test_nginx_of_current_distributions_reads_the_file():
    """Those of Debian 12 and Ubuntu 24.04 know `http2` as a part of `listen` alone."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")

    assert "http2 on;" not in text
    assert text.count("listen 443 ssl http2;") == 2


def test_nginx_speaks_modern_tls_alone():
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    ciphers = re.search(r"^ssl_ciphers (\S+);$", text, re.MULTILINE)[1].split(":")

    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text
    assert all(re.fullmatch(r"ECDHE-\w+-(AES\d+-GCM|CHACHA20)-\w+", one) for one in ciphers)
    assert text.index("ssl_ciphers") < text.index("server {")


def test_every_timer_starts_a_unit_that_is_there():
    timers = list((ROOT / "deploy" / "systemd").glob("*.timer"))

    assert [path.stem for path in timers] == ["attune-backup"]
    for path in timers:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert any(line.startswith("OnCalendar=") for line in lines)
        assert "Type=oneshot" in path.with_suffix(".service").read_text(encoding="utf-8")


def test_nginx_sends_stored_files_from_where_attune_points_and_to_nobody_else():
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    example = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8")
    prefix = re.search(r"^ATTUNE_ACCEL_PREFIX=(\S+)$", example, re.MULTILINE)[1]
    block = re.search(rf"location {prefix} {{(.*?)\n    }}", text, re.DOTALL)[1]

    assert "internal;" in block
    assert "alias /srv/attune/var/files/;" in block
    assert "default-src 'none'; sandbox" in block
    assert "nosniff" in block


def test_nginx_of_compose_asks_the_web_service():
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    mounted = {volume.split(":")[0] for volume in services["nginx"]["volumes"]}
    upstream = (ROOT / "deploy" / "upstream_compose.conf").read_text(encoding="utf-8")
    host, port = re.search(r"server (\w+):(\d+);", upstream).groups()

    assert {"./nginx.conf", "./upstream_compose.conf"} <= mounted
    assert "image" in services[host]
    assert f"EXPOSE {port}" in (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def test_web_and_jobs_of_compose_wait_for_the_migration():
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]

    for name in ("web", "jobs", "jobs_slow"):
        waits = services[name]["depends_on"]["migrate"]
        assert waits == {"condition": "service_completed_successfully"}
    assert "migrate" not in services["migrate"]["depends_on"]
