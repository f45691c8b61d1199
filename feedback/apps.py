from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = "Feedback"

    def ready(self) -> None:
        from feedback import survey_triggers  # Needs a configured database.

        post_migrate.connect(survey_triggers.after_migrate, sender=self)
