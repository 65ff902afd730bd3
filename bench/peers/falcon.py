"""The service as Falcon's documentation writes it: resources with responders, ``resp.media``."""

from __future__ import annotations

from typing import Any

import falcon

from bench.peers import Application, work


class Collection:
    """``/things7``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def on_get(self, req: Any, resp: Any, project_id: str | None = None) -> None:
        """List things."""
        resp.media = work.listed()

    def on_post(self, req: Any, resp: Any, project_id: str | None = None) -> None:
        """Make a thing."""
        resp.status = falcon.HTTP_202
        resp.media = work.created(self.name, req.get_media())


class Member:
    """``/things7/{id}``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def on_get(self, req: Any, resp: Any, id: str, project_id: str | None = None) -> None:
        """Show a thing."""
        resp.media = work.extend(work.shown(self.name, id))

    def on_put(self, req: Any, resp: Any, id: str, project_id: str | None = None) -> None:
        """Change a thing."""
        resp.media = work.shown(self.name, id)

    def on_delete(self, req: Any, resp: Any, id: str, project_id: str | None = None) -> None:
        """Delete a thing."""
        resp.status = falcon.HTTP_204


class Action:
    """``/things7/{id}/action``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def on_post(self, req: Any, resp: Any, id: str, project_id: str | None = None) -> None:
        """Do what the body's key names."""
        resp.status = falcon.HTTP_202
        resp.media = work.acted(self.name, id, req.get_media())


class Versioned:
    """``/versioned/{id}``."""

    def on_get(self, req: Any, resp: Any, id: str, project_id: str | None = None) -> None:
        """Show a thing."""
        resp.media = work.versioned(id, work.wants_more(req.get_header(work.VERSION_HEADER)))


class Guarded:
    """``/guarded/{id}``."""

    def on_get(self, req: Any, resp: Any, id: str, project_id: str | None = None) -> None:
        """Show a thing to somebody with a token."""
        if req.get_header("X-Auth-Token") is None:
            raise falcon.HTTPUnauthorized
        resp.media = work.guarded(id)


def application(size: int) -> Application:
    """Return the service."""
    app = falcon.App()
    for start in work.starts("{project_id}"):
        for name in work.names(size):
            app.add_route(f"{start}/{name}", Collection(name))
            app.add_route(f"{start}/{name}/{{id}}", Member(name))
            app.add_route(f"{start}/{name}/{{id}}/action", Action(name))
        app.add_route(f"{start}/versioned/{{id}}", Versioned())
        app.add_route(f"{start}/guarded/{{id}}", Guarded())
    made: Application = app
    return made
