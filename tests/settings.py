"""The product's own settings, read in a test environment."""

import os

os.environ.setdefault("ATTUNE_ENV", "test")
os.environ.setdefault("ATTUNE_SECRET_KEY", "test-" + "s" * 60)
os.environ.setdefault("ATTUNE_AUDIT_KEY", "test-" + "a" * 60)
os.environ.setdefault("ATTUNE_DATA_DIR", "var/test")
os.environ.setdefault("ATTUNE_LOG_FORMAT", "console")
os.environ.setdefault("ATTUNE_MFA_ROLES", "")

from config.settings import *  # noqa: F403 - The environment must be set first.
