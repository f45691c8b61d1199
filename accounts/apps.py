from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in  # Needs every app's models.

        from accounts import checks, permissions, sessions  # noqa: F401 - Registers the checks.

        permissions.policy()
        user_logged_in.connect(sessions.begin, dispatch_uid="accounts.sessions.begin")
