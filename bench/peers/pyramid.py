"""The service as Pyramid's documentation writes it: routes, views by request method, the JSON renderer."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPUnauthorized

from bench.peers import Application, work


class Views:
    """The views of one collection.

    :param name: the collection's.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def index(self, request: Any) -> Any:
        """List things."""
        return work.listed()

    def create(self, request: Any) -> Any:
        """Make a thing."""
        request.response.status_int = 202
        return work.created(self.name, request.json_body)

    def show(self, request: Any) -> Any:
        """Show a thing."""
        return work.extend(work.shown(self.name, request.matchdict["id"]))

    def update(self, request: Any) -> Any:
        """Change a thing."""
        return work.shown(self.name, request.matchdict["id"])

    def delete(self, request: Any) -> Any:
        """Delete a thing."""
        request.response.status_int = 204

    def action(self, request: Any) -> Any:
        """Do what the body's key names."""
        request.response.status_int = 202
        return work.acted(self.name, request.matchdict["id"], request.json_body)


def versioned(request: Any) -> Any:
    """Show a thing."""
    more = work.wants_more(request.headers.get(work.VERSION_HEADER))
    return work.versioned(request.matchdict["id"], more)


def guarded(request: Any) -> Any:
    """Show a thing to somebody with a token."""
    if "X-Auth-Token" not in request.headers:
        raise HTTPUnauthorized
    return work.guarded(request.matchdict["id"])


def application(size: int) -> Application:
    """Return the service."""
    with Configurator() as config:
        for place, start in enumerate(work.starts("{project_id}")):
            for name in work.names(size):
                views = Views(name)
                for path, found in (
                    ("", {"GET": views.index, "POST": views.create}),
                    ("/{id}", {"GET": views.show, "PUT": views.update, "DELETE": views.delete}),
                    ("/{id}/action", {"POST": views.action}),
                ):
                    route = f"{place}{name}{path}"
                    config.add_route(route, f"{start}/{name}{path}")
                    for method, view in found.items():
                        config.add_view(view, route_name=route, request_method=method, renderer="json")
            for view in (versioned, guarded):
                route = f"{place}{view.__name__}"
                config.add_route(route, f"{start}/{view.__name__}/{{id}}")
                config.add_view(view, route_name=route, renderer="json")
        made: Application = config.make_wsgi_app()
    return made
