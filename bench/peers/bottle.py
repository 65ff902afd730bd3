"""The service as Bottle's documentation writes it: routes with callbacks that return dicts."""

from __future__ import annotations

from functools import partial
from typing import Any

import bottle

from bench.peers import Application, work


def index(name: str, project_id: str | None = None) -> Any:
    """List things."""
    return work.listed()


def create(name: str, project_id: str | None = None) -> Any:
    """Make a thing."""
    bottle.response.status = 202
    return work.created(name, bottle.request.json)


def show(name: str, id: str, project_id: str | None = None) -> Any:
    """Show a thing."""
    return work.extend(work.shown(name, id))


def update(name: str, id: str, project_id: str | None = None) -> Any:
    """Change a thing."""
    return work.shown(name, id)


def delete(name: str, id: str, project_id: str | None = None) -> None:
    """Delete a thing."""
    bottle.response.status = 204


def action(name: str, id: str, project_id: str | None = None) -> Any:
    """Do what the body's key names."""
    bottle.response.status = 202
    return work.acted(name, id, bottle.request.json)


def versioned(id: str, project_id: str | None = None) -> Any:
    """Show a thing."""
    return work.versioned(id, work.wants_more(bottle.request.get_header(work.VERSION_HEADER)))


def guarded(id: str, project_id: str | None = None) -> Any:
    """Show a thing to somebody with a token."""
    if bottle.request.get_header("X-Auth-Token") is None:
        bottle.abort(401, "Unauthorized")
    return work.guarded(id)


def application(size: int) -> Application:
    """Return the service."""
    app = bottle.Bottle()
    for start in work.starts("<project_id>"):
        for name in work.names(size):
            for path, method, callback in (
                ("", "GET", index),
                ("", "POST", create),
                ("/<id>", "GET", show),
                ("/<id>", "PUT", update),
                ("/<id>", "DELETE", delete),
                ("/<id>/action", "POST", action),
            ):
                app.route(f"{start}/{name}{path}", method, partial(callback, name))
        app.route(f"{start}/versioned/<id>", "GET", versioned)
        app.route(f"{start}/guarded/<id>", "GET", guarded)
    made: Application = app
    return made
