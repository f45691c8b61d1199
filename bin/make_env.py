"""Write `.env` with random keys for a development place; an existing file is left alone."""

import secrets
from pathlib import Path

LINES = (
    "# Made by `make run` for this machine alone. See docs/configuration.md for every variable.",
    "ATTUNE_ENV=development",
    "ATTUNE_DEBUG=1",
    f"ATTUNE_SECRET_KEY={secrets.token_urlsafe(48)}",
    f"ATTUNE_AUDIT_KEY={secrets.token_urlsafe(48)}",
    f"ATTUNE_FIELD_KEYS={secrets.token_urlsafe(48)}",
    "ATTUNE_BASE_URL=http://127.0.0.1:8000",
    "ATTUNE_MFA_ROLES=",
    "ATTUNE_LOG_FORMAT=console",
)


def main() -> None:
    path = Path(__file__).resolve().parent.parent / ".env"
    if path.exists():
        return
    path.touch(mode=0o600)
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
