"""The way in and the way out: the sign-in library's views, answering as the house does."""

from __future__ import annotations

from typing import Any

from allauth.account import views
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import guessing, oidc
from lib.sentences import said

OVER = said("Too many tries from your network did not fit. Wait 15 minutes, then try again.")


class RefusedForm:
    """A form that comes back with errors answers 422."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class OffersSingleSignOn:
    """A page that shows the way over the issuer, where there is one."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context | {"issuer_name": settings.OIDC_NAME if oidc.is_on() else ""}


def wait_for_network(request: HttpRequest) -> HttpResponse:
    page = render(request, "errors/429.html", {"sentence": OVER}, status=429)
    page["Retry-After"] = "900"
    return page


class SignIn(OffersSingleSignOn, RefusedForm, views.LoginView):
    """A network whose tries failed too often waits, whoever asks from there."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if guessing.is_network_over(request):
            return wait_for_network(request)
        return super().post(request, *args, **kwargs)


class ChangePassword(RefusedForm, views.PasswordChangeView):
    pass


class Reauthenticate(OffersSingleSignOn, RefusedForm, views.ReauthenticateView):
    pass


class RequestReset(RefusedForm, views.PasswordResetView):
    pass


class ResetPassword(RefusedForm, views.PasswordResetFromKeyView):
    """A used, expired or unknown link answers one page with 404."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        return response

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if context.get("token_fail"):
            kwargs["status"] = 404
        return super().render_to_response(context, **kwargs)


def change_password_well_known(request: HttpRequest) -> HttpResponse:
    """Where password managers look for the page that changes a password."""
    return redirect("account_change_password")
