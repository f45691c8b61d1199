"""Read the environment once, and fail loudly with every fault at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PREFIX = "ATTUNE_"
KNOWN_DEFAULT_SECRETS = frozenset({"change-me", "secret", "insecure", "django-insecure"})
MIN_SECRET_LENGTH = 50
# Faults that race tests inject, see lib/faults.py.
TEST_SWITCHES = ("ATTUNE_TEST_GUARDS_OFF", "ATTUNE_TEST_FAILPOINT")


class BadEnvironment(Exception):
    """The environment cannot be used; the text lists every fault, one a line."""


@dataclass(frozen=True)
class Variable:
    """One variable: how it is read, its default, and the sentence for the configuration table."""

    name: str
    read: Callable[[str], Any]
    default: str
    help: str
    is_secret: bool = False


def text(value: str) -> str:
    return value


def flag(value: str) -> bool:
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("use 1 or 0")


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers between `low` and `high`, both included."""

    def read(value: str) -> int:
        number = int(value) if value.lstrip("-").isdigit() else None
        if number is None or not low <= number <= high:
            raise ValueError(f"use a whole number from {low} to {high}")
        return number

    return read


def items(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def networks(value: str) -> list[str]:
    try:
        return [str(ip_network(item)) for item in items(value)]
    except ValueError as error:
        raise ValueError(f"{error}; write networks as 10.1.0.0/16") from None


def one_of(*choices: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError("use one of " + ", ".join(choices))
        return value

    return read


def zone(value: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # Only start-up needs it.

    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("use an IANA zone such as Europe/Berlin") from error
    return value


def base_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.netloc):
        raise ValueError("use an address such as https://attune.example")
    return value.rstrip("/")


def mail_server(value: str) -> dict[str, Any]:
    """Django's mail settings; smtp:// upgrades by STARTTLS unless it talks to this very host."""
    parts = urlsplit(value)
    if parts.scheme not in {"console", "smtp", "smtps"} or (
        parts.scheme != "console" and not parts.hostname
    ):
        raise ValueError("use console://, smtp://host:port or smtps://host:port")
    is_near = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return {
        "backend": "console" if parts.scheme == "console" else "smtp",
        "host": parts.hostname or "",
        "port": parts.port or (465 if parts.scheme == "smtps" else 587),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "starttls": parts.scheme == "smtp" and not is_near,
        "tls": parts.scheme == "smtps",
    }


def sms_backend(value: str) -> str:
    if urlsplit(value).scheme not in {"console", "file"}:
        raise ValueError("use console:// or file:///path")
    return value


def database(value: str) -> dict[str, Any]:
    """Django's mapping for `sqlite:///path` or `postgresql://user:password@host:port/name`."""
    parts = urlsplit(value)
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": unquote(parts.path[1:])}
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("use sqlite:///path or postgresql://user:password@host/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def replica(value: str) -> dict[str, Any] | None:
    if value and not value.startswith(("postgres://", "postgresql://")):
        raise ValueError("use postgresql://user:password@host/name")
    return database(value) if value else None


VARIABLES: tuple[Variable, ...] = (
    Variable("SECRET_KEY", text, "", "Signs sessions and links; at least 50 characters.", True),
    Variable("SECRET_KEY_FALLBACKS", items, "", "Older secret keys, still accepted.", True),
    Variable("AUDIT_KEY", text, "", "Seals the daily audit anchor; at least 50 characters.", True),
    Variable(
        "FIELD_KEYS",
        items,
        "",
        "Seal second factors and webhook secrets, separated by commas; each at least 50 "
        "characters. The first seals, all open.",
        True,
    ),
    Variable(
        "ENV", one_of("production", "development", "test"), "production", "What this place is."
    ),
    Variable("DEBUG", flag, "0", "Django's debug pages; never in production."),
    Variable("BASE_URL", base_url, "", "The address people use; links in mails start with it."),
    Variable("ALLOWED_HOSTS", items, "", "Host names that are answered, separated by commas."),
    Variable("TRUSTED_PROXIES", items, "", "Networks whose X-Forwarded-For is believed."),
    Variable(
        "WEBHOOK_NETWORKS",
        networks,
        "",
        "Private networks that webhooks may reach, such as 10.1.0.0/16; others stay closed.",
    ),
    Variable("DATA_DIR", text, "var", "Folder of the SQLite database and of stored files."),
    Variable("BACKUP_DIR", text, "", "Where backups go; `backups` below the data folder if empty."),
    Variable(
        "ACCEL_PREFIX",
        text,
        "",
        "nginx's internal location of stored files, such as /stored/; Attune sends them if empty.",
    ),
    Variable(
        "TOMBSTONE_FILE",
        text,
        "",
        "File outside the database that keeps which erasures, roles, accounts and tokens ended, so "
        "that an older backup does not bring them back.",
    ),
    Variable(
        "AUDIT_ANCHOR",
        text,
        "",
        "E-mail address, best outside this house, that gets the audit trail's anchor each day.",
    ),
    Variable(
        "DATABASE_POOL",
        flag,
        "0",
        "1 shares a pool of connections to PostgreSQL among the threads of each web process.",
    ),
    Variable(
        "REPLICA_URL",
        replica,
        "",
        "A PostgreSQL replica that pages of reports read from: postgresql://user:password@host/name.",
        True,
    ),
    Variable("TIME_ZONE", zone, "UTC", "The site's IANA time zone."),
    Variable("LANGUAGE", one_of("en", "es"), "en", "The site's language."),
    Variable("PHONE_REGION", text, "US", "Country of phone numbers without a country code."),
    Variable(
        "EMAIL_URL",
        mail_server,
        "console://",
        "Where mail goes: console://, smtp://user:password@host:587 (STARTTLS), or smtps://…:465.",
        True,
    ),
    Variable("EMAIL_FROM", text, "attune@localhost", "The sender of every mail."),
    Variable(
        "SURVEY_BASE_URL",
        base_url,
        "",
        "Links of surveys start with it; the base address if empty.",
    ),
    Variable(
        "SURVEY_STAFF_NETWORKS", networks, "", "Networks whose survey answers are suspect: staff."
    ),
    Variable(
        "SURVEY_NETWORK_FILE", text, "", "File of data-center networks, one a line; none if empty."
    ),
    Variable(
        "SURVEY_ELIGIBLE_PERCENT",
        whole(0, 100),
        "100",
        "Percent of invitations that came back whose people could have answered, for RR3 and RR4.",
    ),
    Variable(
        "FEEDBACK_SMS_BACKEND",
        sms_backend,
        "console://",
        "How text messages leave: console:// or file:///path.",
    ),
    Variable(
        "SCORM_CONTENT_ORIGIN",
        base_url,
        "",
        "Address of its own for SCORM content, such as https://content.attune.example; it leads to "
        "this same server. Empty, SCORM lessons open in development only.",
    ),
    Variable("SAMPLE_MIN_TALK_SECONDS", whole(0, 3600), "30", "Shorter calls are not sampled."),
    Variable(
        "SAMPLE_MIN_CUSTOMER_TURNS",
        whole(0, 100),
        "2",
        "Chats and mails with fewer turns of the customer are not sampled.",
    ),
    Variable(
        "QUALITY_PUBLIC_SCORING",
        flag,
        "1",
        "Whether anybody may score, draw and measure by the stateless API; 0 asks for a sign-in.",
    ),
    Variable("CASE_REOPEN_DAYS", whole(1, 90), "7", "So long after resolving, a message reopens."),
    Variable(
        "MFA_ROLES",
        items,
        "admin,supervisor",
        "Roles that need a second factor, and with them everybody who holds a single right or may "
        "export; empty asks nobody.",
    ),
    Variable("JOB_WORKERS", whole(1, 32), "2", "Worker processes of the default queue."),
    Variable("JOB_TIMEOUT", whole(10, 3600), "60", "Seconds a job of the default queue may take."),
    Variable("JOB_SLOW_WORKERS", whole(1, 32), "1", "Worker processes of the slow queue."),
    Variable("JOB_SLOW_TIMEOUT", whole(60, 7200), "900", "Seconds a slow job may take."),
    Variable("SESSION_IDLE_SECONDS", whole(60, 86400), "1800", "Sign-in ends when idle so long."),
    Variable("SESSION_MAX_SECONDS", whole(300, 604800), "43200", "Sign-in ends after so long."),
    Variable(
        "OIDC_ISSUER",
        text,
        "",
        "Address of the OpenID Connect issuer, exactly as it names itself; no single sign-on if "
        "empty.",
    ),
    Variable("OIDC_NAME", text, "single sign-on", "What the button calls the issuer."),
    Variable("OIDC_CLIENT_ID", text, "", "How the issuer knows Attune."),
    Variable("OIDC_CLIENT_SECRET", text, "", "What Attune proves itself with.", True),
    Variable(
        "OIDC_DOMAINS", items, "", "Domains of e-mails that the issuer is trusted for, by commas."
    ),
    Variable(
        "OIDC_ENFORCES_MFA",
        flag,
        "0",
        "1 if the issuer asks everybody for a second factor; then Attune does not ask for its own.",
    ),
    Variable(
        "OIDC_NETWORKS", networks, "", "Private networks that the issuer may be in, as 10.1.0.0/16."
    ),
    Variable("METRICS_TOKEN", text, "", "Lets a monitor see what /readyz finds wrong.", True),
    Variable("LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "Least level."),
    Variable("LOG_FORMAT", one_of("json", "console"), "json", "Shape of the log lines."),
)


def load_file(path: Path, environ: dict[str, str]) -> None:
    """Add the `NAME=value` lines of `path` to `environ`; what is already set wins."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, found, value = line.partition("=")
        if found and not line.lstrip().startswith("#"):
            environ.setdefault(name.strip(), value.strip().strip("\"'"))


def raw_value(variable: Variable, environ: Mapping[str, str]) -> str:
    name = PREFIX + variable.name
    if variable.is_secret and environ.get(name + "_FILE"):
        return Path(environ[name + "_FILE"]).read_text(encoding="utf-8").strip()
    return environ.get(name, variable.default)


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    known = {PREFIX + variable.name for variable in VARIABLES}
    known |= {PREFIX + variable.name + "_FILE" for variable in VARIABLES if variable.is_secret}
    known |= {"ATTUNE_REAL_DATA", *TEST_SWITCHES}
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)


def production_faults(values: Mapping[str, Any]) -> list[str]:
    faults = []
    content = urlsplit(values.get("SCORM_CONTENT_ORIGIN") or "").hostname
    if content and content == urlsplit(values.get("BASE_URL") or "").hostname:
        faults.append("ATTUNE_SCORM_CONTENT_ORIGIN: use another host than ATTUNE_BASE_URL.")
    for name in ("SECRET_KEY", "AUDIT_KEY"):
        secret = values.get(name) or ""
        if len(secret) < MIN_SECRET_LENGTH or secret.split("-")[0] in KNOWN_DEFAULT_SECRETS:
            faults.append(f"ATTUNE_{name}: set a random value of at least 50 characters.")
    if values.get("SECRET_KEY") and values.get("SECRET_KEY") == values.get("AUDIT_KEY"):
        faults.append("ATTUNE_AUDIT_KEY: use another value than ATTUNE_SECRET_KEY.")
    if any(len(key) < MIN_SECRET_LENGTH for key in values.get("FIELD_KEYS") or []):
        faults.append("ATTUNE_FIELD_KEYS: each needs at least 50 characters.")
    if values.get("OIDC_ISSUER"):
        faults += issuer_faults(values)
    if values.get("ENV") != "production":
        return faults
    if not values.get("FIELD_KEYS"):
        faults.append("ATTUNE_FIELD_KEYS: must be set in production.")
    if values.get("DEBUG"):
        faults.append("ATTUNE_DEBUG: must be 0 in production.")
    for name in ("BASE_URL", "ALLOWED_HOSTS"):
        if not values.get(name):
            faults.append(f"ATTUNE_{name}: must be set in production.")
    if not (values.get("SURVEY_BASE_URL") or values.get("BASE_URL", "")).startswith("https://"):
        faults.append("ATTUNE_SURVEY_BASE_URL: links of surveys must begin with https://.")
    return faults


def issuer_faults(values: Mapping[str, Any]) -> list[str]:
    faults = []
    if not values["OIDC_ISSUER"].startswith("https://"):
        faults.append("ATTUNE_OIDC_ISSUER: use an address that begins with https://.")
    for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_DOMAINS"):
        if not values.get(name):
            faults.append(f"ATTUNE_{name}: must be set with ATTUNE_OIDC_ISSUER.")
    return faults


def read(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return every variable by its name without prefix, and `DATABASE_URL` as Django's mapping.

    Raises BadEnvironment naming every unknown variable and every bad value together.
    """
    faults = [f"{name}: no such variable." for name in unknown_names(environ)]
    values: dict[str, Any] = {}
    for variable in VARIABLES:
        try:
            values[variable.name] = variable.read(raw_value(variable, environ))
        except (ValueError, OSError) as error:
            faults.append(f"{PREFIX}{variable.name}: {error}.")
    default_url = "sqlite:///" + str(Path(values.get("DATA_DIR") or "var") / "attune.sqlite3")
    try:
        values["DATABASE"] = database(environ.get("DATABASE_URL") or default_url)
    except ValueError as error:
        faults.append(f"DATABASE_URL: {error}.")
    if values.get("REPLICA_URL") and "sqlite3" in values.get("DATABASE", {}).get("ENGINE", ""):
        faults.append("ATTUNE_REPLICA_URL: needs a DATABASE_URL of PostgreSQL.")
    faults += production_faults(values)
    if values.get("ENV") != "test":
        faults += [f"{name}: only tests may set it." for name in TEST_SWITCHES if name in environ]
    if faults:
        raise BadEnvironment("Attune cannot start:\n" + "\n".join(f"  {fault}" for fault in faults))
    return values


def from_process(base_dir: Path) -> dict[str, Any]:
    """Read `.env` beside manage.py and the process environment, which wins."""
    environ = dict(os.environ)
    load_file(base_dir / ".env", environ)
    return read(environ)
