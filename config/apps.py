"""App configs of the composition root: the wiring of all apps, and the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import ImproperlyConfigured

from lib import versions


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import wiring  # Needs every app's models.

        require_versions()

        wiring.connect()


def require_versions() -> None:
    """Refuse to start with packages whose faults are known; raises ImproperlyConfigured."""
    if faults := versions.faults():
        raise ImproperlyConfigured("Attune cannot start. " + " ".join(faults))


class AttuneAdminConfig(AdminConfig):
    default_site = "config.admin.AttuneAdminSite"
