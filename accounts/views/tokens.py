"""Settings, Tokens: what programs may use the API with."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts import actions
from accounts.forms_tokens import TokenForm
from accounts.models import ApiToken
from accounts.views.common import signed_in
from lib import keyset

REFUSALS = (actions.NotYoursToHand, actions.UnknownScope, actions.BadLife)


def token_list(request: HttpRequest) -> HttpResponse:
    """Every token, the newest first; its secret is never shown again."""
    tokens = ApiToken.objects.visible_to(signed_in(request)).select_related("owner", "issued_by")
    page = keyset.page_of(request, tokens, order="-created_at")
    previous_url, next_url = keyset.page_links(request, page)
    now = timezone.now()
    context = {
        "tokens": [(token, token_state(token, now)) for token in page.rows],
        "previous_url": previous_url,
        "next_url": next_url,
    }
    return render(request, "accounts/token_list.html", context)


def token_state(token: ApiToken, now: datetime) -> tuple[str, str]:
    """A word and its tone."""
    if token.revoked_at:
        return "Revoked", ""
    if token.expires_at <= now:
        return "Expired", ""
    return ("In force", "good") if token.owner.is_active else ("Account closed", "warn")


@never_cache
def token_new(request: HttpRequest) -> HttpResponse:
    """Issue a token; the answer to the form is the only page that ever shows it."""
    reader = signed_in(request)
    form = TokenForm(request.POST or None, reader=reader)
    if request.method != "POST":
        return render(request, "accounts/token_new.html", {"form": form})
    if form.is_valid():
        try:
            now = timezone.now()
            token, text = actions.issue_token(**form.token_values(now), by=reader, at=now)
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            shown = {"token": token, "text": text, "base_url": settings.BASE_URL}
            return render(request, "accounts/token_shown.html", shown)
    return render(request, "accounts/token_new.html", {"form": form}, status=422)


def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    reader = signed_in(request)
    token = get_object_or_404(ApiToken.objects.visible_to(reader), pk=pk)
    with suppress(actions.AlreadyRevoked):  # What was wished for is so already.
        actions.revoke_token(token=token, by=reader, at=timezone.now())
    return redirect("accounts:token_list")
