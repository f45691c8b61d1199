from django.apps import AppConfig
from django.db.models.signals import post_migrate


class QualityConfig(AppConfig):
    name = "quality"

    def ready(self) -> None:
        from quality import triggers  # Needs a configured database.

        post_migrate.connect(triggers.after_migrate, sender=self)
