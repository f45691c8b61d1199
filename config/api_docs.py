"""The description of the API: as OpenAPI for programs, and as a page for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator


@dataclass(frozen=True)
class Value:
    """One parameter or field, as a row of a table."""

    name: str
    kind: str
    text: str
    is_required: bool


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    anchor: str
    text: str
    parameters: list[Value]
    body: list[Value]
    answer: list[Value]


@dataclass
class Section:
    title: str
    anchor: str
    operations: list[Operation] = field(default_factory=list)


@cache
def document() -> dict[str, Any]:
    """The whole description; made once per process, since the code does not change meanwhile."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


def schema(request: HttpRequest) -> HttpResponse:
    return JsonResponse(document())


def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "config/api_docs.html", {"sections": sections()})


@cache
def sections() -> list[Section]:
    """Every operation of the API, by its noun."""
    found: dict[str, Section] = {}
    for path, methods in sorted(document()["paths"].items()):
        for method, operation in methods.items():
            title = operation["tags"][0]
            anchor = title.lower().replace(" ", "-")
            section = found.setdefault(title, Section(title, anchor))
            section.operations.append(operation_of(path, method, operation))
    return sorted(found.values(), key=lambda section: section.title)


def operation_of(path: str, method: str, operation: dict[str, Any]) -> Operation:
    success = next(status for status in sorted(operation["responses"]) if status < "300")
    return Operation(
        method=method.upper(),
        path=path,
        anchor=operation["operationId"],
        text=operation.get("description", ""),
        parameters=[parameter(item) for item in operation.get("parameters", [])],
        body=list(fields(content(operation.get("requestBody", {})))),
        answer=list(fields(content(operation["responses"][success]))),
    )


def content(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def parameter(item: dict[str, Any]) -> Value:
    text = item.get("description", "")
    return Value(item["name"], kind_of(item["schema"]), text, item.get("required", False))


def fields(schema: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[Value]:
    """The fields of an object, those of its parts with their path; three levels deep."""
    schema = resolved(schema)
    if schema.get("type") == "array":
        yield from fields(schema["items"], f"{prefix}[].", depth)
    for name, item in schema.get("properties", {}).items():
        is_required = name in schema.get("required", ())
        text = resolved(item).get("description", "")
        yield Value(prefix + name, kind_of(item), text, is_required)
        inner = resolved(item)
        if depth < 2 and (inner.get("properties") or inner.get("type") == "array"):
            ending = "[]." if inner.get("type") == "array" else "."
            inside = inner["items"] if inner.get("type") == "array" else inner
            yield from fields(inside, prefix + name + ending, depth + 1)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference names; of alternatives the first that says something."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return resolved(document()["components"]["schemas"][name])
    for choice in ("oneOf", "allOf", "anyOf"):
        if choice in schema:
            return resolved(schema[choice][0]) | {
                name: value for name, value in schema.items() if name != choice
            }
    return schema


def kind_of(schema: dict[str, Any]) -> str:
    schema = resolved(schema)
    kinds = schema.get("type", "any")
    words = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"] if value is not None)
    return f"{words} ({schema['format']})" if "format" in schema else words
