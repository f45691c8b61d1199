"""How Django REST framework learns whom the gate has let through; named in the settings."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.api_gate import token_of
from accounts.models import ApiToken, User


class TokenAuthentication(BaseAuthentication):
    """The person and the token that the gate has let through."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        token = token_of(request._request)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PassedTheGate(BasePermission):
    """Verb and scope were asked at the gate; a request that came past it is refused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, ApiToken)
