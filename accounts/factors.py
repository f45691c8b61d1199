"""How the sign-in library's second factors behave here."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.models import User
from accounts.one_time_codes import accepted_step, secret_bytes
from lib import encryption
from lib.charts.codes import qr_svg

INCORRECT = _("This code does not fit. Use the one that the app shows now; each works once.")


class FactorAdapter(DefaultMFAAdapter):
    """Secrets are sealed, the site is named by ATTUNE_BASE_URL, and every change is told."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": INCORRECT}

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return "Attune"

    def build_totp_svg(self, url: str) -> str:
        return qr_svg(url)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.BASE_URL).hostname or "localhost", "name": "Attune"}


class OnceMixin:
    """A code of an authenticator app is taken once, also when it is sent twice at once."""

    user: User
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        factors = {one.type: one for one in Authenticator.objects.filter(user=self.user)}
        app = factors.get(Authenticator.Type.TOTP)
        spare = factors.get(Authenticator.Type.RECOVERY_CODES)
        if app is not None and self.fits_now(app, code):
            self.authenticator = app
        elif spare is not None and spare.wrap().validate_code(code):
            self.authenticator = spare
        else:
            raise FactorAdapter().validation_error("incorrect_code")
        self.authenticator.user = self.user
        return code

    def fits_now(self, app: Authenticator, code: str) -> bool:
        secret = secret_bytes(encryption.decrypt(app.data["secret"]))
        last = getattr(getattr(self.user, "code_step", None), "last_step", 0)
        step = accepted_step(secret, code, int(time.time()), last)
        return step is not None and actions.use_step(user=self.user, step=step)


class CodeForm(OnceMixin, AuthenticateForm):
    pass


class CodeAgainForm(OnceMixin, ReauthenticateForm):
    pass


class PasskeyForm(AddWebAuthnForm):
    name = forms.CharField(label=_("Name"), required=False)
