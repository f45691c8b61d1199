"""What every page of people needs."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """Who is signed in; the gate has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def visible_person(request: HttpRequest, pk: int) -> User:
    """The person of the page; 404 if the reader may not see them."""
    return get_object_or_404(User.objects.visible_to(signed_in(request)), pk=pk)
