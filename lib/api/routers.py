"""Addresses of resources, named as pages are: `<noun>_list`, `<noun>_detail`, `<noun>_<verb>`."""

from __future__ import annotations

from typing import Any

from rest_framework.routers import DynamicRoute, Route, SimpleRouter


class ResourceRouter(SimpleRouter):
    routes = [
        Route("{prefix}/", {"get": "list", "post": "create"}, "{basename}_list", False, {}),
        DynamicRoute("{prefix}/{url_path}/", "{basename}_{url_name}", False, {}),
        Route(
            "{prefix}/{lookup}/",
            {
                "get": "retrieve",
                "put": "update",
                "patch": "partial_update",
                "delete": "destroy",
            },
            "{basename}_detail",
            True,
            {},
        ),
        DynamicRoute("{prefix}/{lookup}/{url_path}/", "{basename}_{url_name}", True, {}),
    ]

    def __init__(self) -> None:
        super().__init__(use_regex_path=False)

    def _get_dynamic_route(self, route: Any, action: Any) -> Any:
        """The library writes names with hyphens; ours have underscores throughout."""
        found = super()._get_dynamic_route(route, action)
        return found._replace(name=found.name.replace("-", "_"))
