"""What the description of the API (OpenAPI 3.1) says beyond what serializers and filters know."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import ChoiceField

from accounts.addresses import address_named
from lib.problems import PROBLEMS

PLACES = {"list": "list", "create": "list"} | dict.fromkeys(
    ("retrieve", "update", "partial_update", "destroy"), "detail"
)
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A refusal, after RFC 9457.",
    "required": ["type", "title", "status", "detail", "instance", "request_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "A page that explains it."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do, for this very request."},
        "instance": {"type": "string"},
        "request_id": {"type": "string", "description": "Tell it to the operator."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "A JSON pointer into the body, or ?name of a parameter.",
                    },
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes it safe to repeat the request within a day after a lost answer.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the record as you read it.",
    "schema": {"type": "string"},
}
REFUSALS_OF_ALL = ("400", "401", "403", "404", "405", "406", "429", "500", "503")
REFUSALS_OF_WRITES = ("409", "413", "415")


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api_auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token from Settings, Tokens.",
        }


class AttuneSchema(AutoSchema):
    """One operation; headers and scope come from the resource and the permission file."""

    view: Any

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0].replace("-", " ").capitalize()]

    def get_description(self) -> str:  # type: ignore[override]
        text = str(super().get_description() or "")
        scope = self.scope()
        return f"{text}\n\nScope: `{scope}`".strip() if scope else text

    def _map_serializer_field(self, field: Any, *args: Any, **kwargs: Any) -> Any:
        """A choice that nobody may write is told as its column has it: perhaps empty."""
        if field.read_only and isinstance(field, ChoiceField):
            model = getattr(getattr(field.parent, "Meta", None), "model", None)
            named = {column.name: column for column in model._meta.fields} if model else {}
            column = named.get(field.source)
            field.allow_blank = field.allow_blank or bool(column and column.blank)
        return super()._map_serializer_field(field, *args, **kwargs)

    def scope(self) -> str:
        basename = getattr(self.view, "basename", None)
        if basename is None:
            return ""
        action = self.view.action
        address = address_named(f"api:{basename}_{PLACES.get(action, action)}")
        return address.scope_of(self.method) if address and address.scope else ""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None or not hasattr(self.view, "keyless"):
            return operation
        parameters = operation.setdefault("parameters", [])
        unneeded = self.view.keyless | self.view.unkeyed
        if self.method != "GET" and self.view.action not in unneeded:
            parameters.append(KEY | {"required": self.method == "POST"})
        if self.method in ("PUT", "PATCH", "DELETE") and is_versioned(self.view):
            parameters.append(IF_MATCH)
        return operation


def is_versioned(view: Any) -> bool:
    return any(field.name == "version" for field in view.model._meta.get_fields())


def add_what_all_share(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Every operation may answer with a problem."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    titles: dict[str, list[str]] = {}
    for slug, kind in PROBLEMS.items():
        titles.setdefault(str(kind.status), []).append(slug)
    for path in result["paths"].values():
        for method, operation in path.items():
            statuses = [*REFUSALS_OF_ALL, *(REFUSALS_OF_WRITES if method != "get" else ())]
            if any(one["name"] == "If-Match" for one in operation.get("parameters", [])):
                statuses += ["412", "428"]
            for status in sorted(statuses):
                words = ", ".join(titles[status])
                answer = {"description": f"Refused: {words}.", "content": content}
                operation["responses"].setdefault(status, answer)
    return result
