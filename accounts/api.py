"""The base of every resource of the API; docs/how-to/api.md shows how to add one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework import mixins, viewsets
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_gate import token_of
from accounts.models import User
from accounts.permission_file import READ_METHODS
from lib.api import errors, filters, paging, parsers, versions
from lib.http import number_in
from ops import idempotency

NO_PARAMETERS: frozenset[str] = frozenset()


class Resource(viewsets.GenericViewSet[Any]):
    """One noun of the API. A resource says its model, serializer, filters and orders, and `rows`.

    `orders` are the allowed ones, the first is the default. `refusals` are the exceptions of its
    verbs that mean "not in this state" (409), `outdated` those that mean "changed meanwhile" (412).
    A POST needs an idempotency key unless its action is in `keyless`; those in `unkeyed` look at
    none and run in transactions of their own, since what they are sent is its own key.
    """

    model: ClassVar[type[models.Model]]
    lookup_value_converter = "int"
    orders: ClassVar[tuple[str, ...]] = ("-id",)
    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    outdated: ClassVar[tuple[type[Exception], ...]] = ()
    keyless: ClassVar[frozenset[str]] = frozenset()
    unkeyed: ClassVar[frozenset[str]] = frozenset()
    parameters: ClassVar[Mapping[str, frozenset[str]]] = {}  # Of actions other than `list`.
    most_bytes = parsers.MOST_BYTES

    def rows(self) -> models.QuerySet[Any]:
        """What the person may see: `Model.objects.visible_to(self.person)`."""
        raise NotImplementedError

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def get_queryset(self) -> models.QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return self.rows()

    # --- The way in -----------------------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        work = partial(super().dispatch, request, *args, **kwargs)
        if request.method in READ_METHODS:
            return work()
        if number_in(request.headers.get("Content-Length", "")) > self.most_bytes:
            refusal = errors.answer(parsers.too_large(self.most_bytes), {"request": request})
            assert refusal is not None
            return refusal
        action = self.action_map.get(str(request.method).lower(), "")
        if action in self.unkeyed:
            return work()
        return idempotency.answer_once(
            request,
            scope=f"token:{token_of(request).pk}",
            is_required=request.method == "POST" and action not in self.keyless,
            work=work,
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        filters.refuse_parameters(request, self.known_parameters())

    def known_parameters(self) -> frozenset[str]:
        if self.action != "list":
            return self.parameters.get(self.action, NO_PARAMETERS)
        filterset = getattr(self, "filterset_class", None)
        return paging.PARAMETERS | frozenset(filterset.base_filters if filterset else ())

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, self.outdated):
            exc = errors.Refused("version-old", str(exc))
        elif isinstance(exc, self.refusals):
            exc = errors.Refused("conflict", str(exc))
        return super().handle_exception(exc)

    # --- Tools of the actions -------------------------------------------------------------------

    def entered(self, serializer_class: Any = None) -> dict[str, Any]:
        """The body's values, validated; a PATCH may leave fields out."""
        wanted = serializer_class or self.get_serializer_class()
        serializer = wanted(
            data=self.request.data,
            partial=self.request.method == "PATCH",
            context=self.get_serializer_context(),
        )
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values

    def expected_version(self, record: Any) -> int:
        """The version of `record`, once If-Match says that the program saw it; else refuses."""
        version = self.version_of(record)
        return versions.expected_version(self.request.headers.get("If-Match"), version)

    def version_of(self, record: Any) -> int:
        """What counts the changes of a record; 0 for records that nobody changes.

        An answer's `version` is the survey's edition that it answers, and counts nothing.
        """
        version = getattr(record, "version", 0)
        return version if isinstance(version, int) else 0

    def shown(self, record: Any, *, status: int = 200) -> Response:
        """The record with its ETag; 304 for who has it already, and a Location for a new one."""
        serializer = self.get_serializer(record)
        return self.with_tag(serializer.data, record, status=status)

    def with_tag(self, data: Any, record: Any, *, status: int = 200) -> Response:
        """`data` with the ETag of `record`, whose representation it is."""
        tag = versions.etag(self.version_of(record), JSONRenderer().render(data))
        if self.request.method in READ_METHODS and versions.is_unchanged(
            self.request.headers.get("If-None-Match"), tag
        ):
            return Response(status=304, headers={"ETag": tag})
        response = Response(data, status=status, headers={"ETag": tag})
        if status == 201:
            response["Location"] = reverse(f"api:{self.basename}_detail", args=[record.pk])
        return response


class Listed(mixins.ListModelMixin):
    """Adds the list, page by page."""


class Shown:
    """Adds one record by its id."""

    def retrieve(self, request: Request, pk: int) -> Response:
        view: Any = self
        return view.shown(view.get_object())
