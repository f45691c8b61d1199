"""Invite people, and let them in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import actions
from accounts.forms_invitations import InviteForm, JoinForm
from accounts.models import AccountInvitation
from accounts.views.common import signed_in
from lib import tokens

COOKIE = "attune_invitation"
COOKIE_SECONDS = 3600
TONES = {"pending": "accent", "accepted": "good", "revoked": "", "expired": "warn"}


def invitation_list(request: HttpRequest) -> HttpResponse:
    """Invitations of late, and the form for a new one."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.invite_person(**form.cleaned_data, by=signed_in(request), at=timezone.now())
        except (actions.EmailTaken, actions.AlreadyInvited) as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, f"{form.cleaned_data['email']} gets a mail with a link.")
            return redirect("accounts:invitation_list")
    return invitations_page(request, form, 422 if request.method == "POST" else 200)


def invitations_page(request: HttpRequest, form: Any, status: int) -> HttpResponse:
    now = timezone.now()
    rows = AccountInvitation.objects.visible_to(signed_in(request)).select_related("invited_by")
    shown = [(row, row.state_at(now)) for row in rows.order_by("-created_at")[:100]]
    context = {"form": form, "rows": [(row, state, TONES[state]) for row, state in shown]}
    return render(request, "accounts/invitation_list.html", context, status=status)


def invitation_resend(request: HttpRequest, pk: int) -> HttpResponse:
    return act_on(request, pk, actions.resend_invitation)


def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    return act_on(request, pk, actions.revoke_invitation)


def act_on(request: HttpRequest, pk: int, act: Any) -> HttpResponse:
    person = signed_in(request)
    invitation = get_object_or_404(AccountInvitation.objects.visible_to(person), pk=pk)
    try:
        act(invitation=invitation, by=person, at=timezone.now())
    except actions.NoInvitation as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts:invitation_list")


@never_cache
def invitation_open(request: HttpRequest, token: str) -> HttpResponse:
    """Trade the link for a cookie, so that the secret leaves the address bar; nothing is used."""
    if not tokens.is_token(token) or not is_in_force(tokens.digest(token)):
        return no_invitation(request)
    answer = redirect("accounts:invitation_accept")
    answer.status_code = 303
    answer["Referrer-Policy"] = "no-referrer"
    answer.set_signed_cookie(
        COOKIE,
        tokens.digest(token),
        max_age=COOKIE_SECONDS,
        path=reverse("accounts:invitation_accept"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


def is_in_force(digest: str) -> bool:
    return AccountInvitation.objects.in_force(timezone.now()).filter(token_sha256=digest).exists()


def no_invitation(request: HttpRequest) -> HttpResponse:
    """One page for unknown, used, expired and revoked."""
    answer = render(request, "accounts/invitation_gone.html", status=404)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@never_cache
def invitation_accept(request: HttpRequest) -> HttpResponse:
    """Name and password; only sending the form uses the invitation up."""
    digest = request.get_signed_cookie(COOKIE, default="", max_age=COOKIE_SECONDS) or ""
    rows = AccountInvitation.objects.in_force(timezone.now())
    invitation = rows.filter(token_sha256=digest).first() if digest else None
    if invitation is None:
        return no_invitation(request)
    form = JoinForm(
        request.POST or None, email=invitation.email, initial={"full_name": invitation.full_name}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.accept_invitation(token_sha256=digest, **form.cleaned_data, at=timezone.now())
        except actions.NoInvitation:
            return no_invitation(request)
        messages.success(request, _("Your account is ready. Sign in with your new password."))
        done = redirect("account_login")
        done.delete_cookie(COOKIE, path=reverse("accounts:invitation_accept"))
        return done
    context = {"form": form, "email": invitation.email}
    status = 422 if request.method == "POST" else 200
    answer = render(request, "accounts/invitation_accept.html", context, status=status)
    answer["Referrer-Policy"] = "no-referrer"
    return answer
