"""App configs of the composition root: the wiring of all apps, and the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import wiring  # Needs every app's models.

        wiring.connect()


class AttuneAdminConfig(AdminConfig):
    default_site = "config.admin.AttuneAdminSite"
