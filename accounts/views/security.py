"""Account, Security: factors, sessions, and what proves that it is you."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actions, guessing, proof
from accounts.views.common import signed_in
from accounts.views.sign_in import RefusedForm

MOST_WRONG_CODES = 5


def security(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    factors = list(Authenticator.objects.filter(user=person).order_by("created_at"))
    kinds = {factor.type: factor for factor in factors}
    spare = kinds.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "app": kinds.get(Authenticator.Type.TOTP),
        "passkeys": [one for one in factors if one.type == Authenticator.Type.WEBAUTHN],
        "spare": spare,
        "spare_left": len(spare.wrap().get_unused_codes()) if spare else 0,
        "must_add": proof.lacks_factor(request),
        "sessions": UserSession.objects.filter(user=person).order_by("-created_at")[:50],
        "session_key": request.session.session_key,
        "may_manage_tokens": person.has_perm("accounts.view_apitoken"),
    }
    return render(request, "accounts/security.html", context)


def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    person = signed_in(request)
    session = get_object_or_404(UserSession, user=person, pk=pk)
    actions.end_session(session=session, by=person, at=timezone.now())
    return redirect("accounts:security")


def sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    person = signed_in(request)
    actions.end_other_sessions(user=person, by=person, at=timezone.now())
    update_session_auth_hash(request, person)
    messages.success(request, _("Every other session has ended."))
    return redirect("accounts:security")


class Factor(mfa.AuthenticateView):
    """The second question of a sign-in; five wrong answers lead back to the first."""

    def form_invalid(self, form: Any) -> HttpResponse:
        wrong = self.stage.state["wrong_codes"] = self.stage.state.get("wrong_codes", 0) + 1
        login = self.stage.login.user.email
        self.request.session["account_login"] = self.stage.login.serialize()
        if wrong >= MOST_WRONG_CODES:
            guessing.may_try(self.request, login)
            guessing.failed(self.request, login)
            clear_login(self.request)
            return redirect("account_login")
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class FactorAgain(RefusedForm, mfa.ReauthenticateView):
    pass


class PasskeyAgain(webauthn.ReauthenticateWebAuthnView):
    pass


class AddApp(RefusedForm, totp.ActivateTOTPView):
    pass


class RemoveApp(RefusedForm, totp.DeactivateTOTPView):
    pass


class AddPasskey(RefusedForm, webauthn.AddWebAuthnView):
    pass


class RemovePasskey(webauthn.RemoveWebAuthnView):
    pass


class RenamePasskey(RefusedForm, webauthn.EditWebAuthnView):
    pass


class NewSpareCodes(RefusedForm, recovery.GenerateRecoveryCodesView):
    pass


class SpareCodes(recovery.ViewRecoveryCodesView):
    """Shown once after they were made."""


class SignInByPasskey(webauthn.LoginWebAuthnView):
    pass
