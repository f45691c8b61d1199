"""Interactions pushed under a signature instead of a token, as Standard Webhooks signs."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import api_gate
from crm import access
from crm.api.interactions import MOST_BYTES
from crm.api.pushed import PushedSerializer, PushSerializer, options_of
from crm.importing import pushing
from crm.models import PushSource
from lib import addresses
from lib.api.errors import Refused
from lib.http import client_of, problem
from ops import idempotency, webhooks

MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,128}")
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
# Compared with where there is no such source, so that the time tells nothing.
NOBODYS_SECRET = webhooks.mint_secret()
HEADERS = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description=text)
    for name, text in (
        ("webhook-id", "Names the message; the same one again gets the first answer for a day."),
        ("webhook-timestamp", "Seconds since 1970, at most five minutes off."),
        ("webhook-signature", "`v1,` and the base64 of HMAC-SHA256 over id.timestamp.body."),
    )
]


class SignedPushView(APIView):
    """Push interactions with a signature of the source's secret."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Nothing of the body is parsed before the signature is known to fit."""
        if request.method != "POST":
            return super().dispatch(request, *args, **kwargs)
        body = request.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            return problem(request, "too-large", f"Send at most {MOST_BYTES:,} bytes.")
        request._body = body
        source = PushSource.objects.select_related("owner").filter(pk=kwargs["pk"]).first()
        if refusal := refuse_forged(request, source, body):
            return refusal
        assert source is not None
        if not access.may_import(source.owner):
            return problem(request, "forbidden", "The source's account may not import.")
        self.source = source
        work = partial(super().dispatch, request, *args, **kwargs)
        return idempotency.answer_once(
            request,
            scope=f"push:{source.pk}",
            is_required=True,
            work=work,
            key=request.headers["webhook-id"],
        )

    @extend_schema(request=PushSerializer, responses=PushedSerializer, parameters=HEADERS)
    def post(self, request: Request, pk: int) -> Response:
        """Push up to 1,000 interactions of the source in Attune JSON; no token is needed."""
        serializer = PushSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        if given["source"] != self.source.name:
            raise Refused("forbidden", f"This secret is of the source {self.source.name}.")
        found = pushing.push_interactions(
            items=given["interactions"],
            source=self.source.name,
            options=options_of(given),
            by=self.source.owner,
            at=timezone.now(),
        )
        results = [pushing.as_json(position, one) for position, one in enumerate(found)]
        return Response({"results": results})


def refuse_forged(
    request: HttpRequest, source: PushSource | None, body: bytes
) -> HttpResponse | None:
    """One answer for whatever is wrong; only what does not hold counts against a network."""
    now, headers = timezone.now(), {name: request.headers.get(name, "") for name in NAMES}
    is_open = source is not None and source.ended_at is None and source.owner.is_active
    secrets = source.secrets_at(now) if source else []
    fits = webhooks.is_signed(secrets or [NOBODYS_SECRET], headers, body, int(time.time()))
    if is_open and secrets and fits and MESSAGE_ID.fullmatch(headers["webhook-id"]):
        assert source is not None
        return api_gate.refuse_flood(request, f"push:{source.pk}", api_gate.ALL)
    network = addresses.network_of(client_of(request))
    flood = api_gate.refuse_flood(request, f"api:{network}", api_gate.STRANGERS)
    sentence = "Sign the body with the source's secret, as Standard Webhooks describes."
    return flood or problem(request, "unauthorized", sentence)
