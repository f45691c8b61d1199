"""Stateless answers for anybody: score, draw a sample, measure agreement. Nothing is stored."""

from __future__ import annotations

from typing import IO, Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.models import User
from lib.http import client_of
from ops import limits
from quality import stateless
from quality.scoring import InvalidRequest, parse_request
from quality.scoring.requests import MOST_BYTES

A_MINUTE = 60  # As many requests in a row, then one a second.


class JsonBytes(BaseParser):
    """The body as it came; the strict reader of quality/scoring makes something of it."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        return stream.read(MOST_BYTES + 1)


class AddressThrottle(BaseThrottle):
    """60 a minute for each address of a client, whichever of the three is asked."""

    wait_seconds = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        name = f"stateless:{client_of(request._request)}"
        taken = limits.take(name, A_MINUTE, 1, timezone.now())
        self.wait_seconds = taken.retry_after_seconds
        return taken.is_allowed

    def wait(self) -> float:
        return self.wait_seconds


class PageSession(BaseAuthentication):
    """Who is signed in to the pages; asked only where the operator keeps the answers to people.

    No CSRF token is needed, since nothing is read or stored for that person.
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        person = request._request.user
        if settings.QUALITY_PUBLIC_SCORING or not person.is_authenticated:
            return None
        return person, None

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class IsPublicOrSignedIn(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return settings.QUALITY_PUBLIC_SCORING or request.user is not None


class StatelessView(APIView):
    parser_classes = [JsonBytes]
    authentication_classes = [PageSession]
    permission_classes = [IsPublicOrSignedIn]
    throttle_classes = [AddressThrottle]

    def work(self, body: bytes) -> bytes:
        """The answer as JSON text; raises InvalidRequest."""
        raise NotImplementedError

    @extend_schema(
        auth=[],
        request=OpenApiTypes.OBJECT,
        responses={
            200: OpenApiResponse(OpenApiTypes.OBJECT, "The answer."),
            400: OpenApiResponse(OpenApiTypes.OBJECT, "Every fault with its path."),
            413: OpenApiResponse(OpenApiTypes.OBJECT, "The request is too large."),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        body: Any = request.data or b""
        try:
            return HttpResponse(self.work(body), content_type="application/json")
        except InvalidRequest as invalid:
            status = 413 if len(body) > MOST_BYTES else 400
            return JsonResponse(
                invalid.as_dict(), status=status, json_dumps_params={"ensure_ascii": False}
            )


class ScoreView(StatelessView):
    """Scorecard, answers and facts in; result and receipt out."""

    def work(self, body: bytes) -> bytes:
        return parse_request(body).score().as_json()


class SampleView(StatelessView):
    """A seed, ids and n in; the drawing order, the picks and the hashes out."""

    def work(self, body: bytes) -> bytes:
        return stateless.sample(body)


class AgreementView(StatelessView):
    """Ratings of raters x items in; the measure out."""

    def work(self, body: bytes) -> bytes:
        return stateless.agree(body)
