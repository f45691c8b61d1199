"""How the sign-in library behaves here: closed, quiet about who exists, and never off this site."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import actions, guessing, next_path, proof
from accounts.models import User
from lib.http import client_of

NO_MATCH = _("This e-mail and password do not match. After ten tries, wait 15 minutes.")


class ClosedSignUpAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": NO_MATCH,
        "invalid_login": NO_MATCH,
        "account_inactive": NO_MATCH,
        "too_many_login_attempts": NO_MATCH,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Count the try before the password is looked at; a lock answers like a wrong password."""
        login = str(credentials.get("email", ""))
        if not guessing.may_try(request, login):
            guessing.failed(request, login)
            return None
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is None:
            guessing.failed(request, login)
        else:
            guessing.succeeded(request, login)
        return user

    def send_notification_mail(
        self, template_prefix: str, user: AbstractBaseUser, *args: Any, **kwargs: Any
    ) -> None:
        """Called by the library after each change of factors; a removal ends other sessions."""
        assert isinstance(user, User)
        folder, _, change = template_prefix.rpartition("/")
        if not folder.startswith("mfa"):
            return
        actions.note_factor(user=user, change=change, at=timezone.now())
        if change.endswith(("_deactivated", "_removed")) and self.request.user.is_authenticated:
            update_session_auth_hash(self.request, user)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_of(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not proof.is_fresh(self.request)

    def is_safe_url(self, url: str | None) -> bool:
        return bool(url) and next_path.is_safe(str(url))

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        assert isinstance(user, User)
        now = timezone.now()
        actions.set_password(user=user, password=password, by=user, at=now)
        with transaction.atomic():
            actions.tell(user, "password_changed", now)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Links in mails come from ATTUNE_BASE_URL, never from the request's Host header."""
        names = {"uidb36": "UID", "key": "KEY"}
        path = reverse("account_reset_password_from_key", kwargs=names)
        return settings.BASE_URL + path.replace("UID-KEY", quote(key))
