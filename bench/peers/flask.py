"""The service as Flask's documentation writes it: URL rules, views that return dicts, ``abort``."""

from __future__ import annotations

from functools import partial
from typing import Any

import flask

from bench.peers import Application, work


def index(name: str, project_id: str | None = None) -> Any:
    """List things."""
    return work.listed()


def create(name: str, project_id: str | None = None) -> Any:
    """Make a thing."""
    return work.created(name, flask.request.get_json()), 202


def show(name: str, id: str, project_id: str | None = None) -> Any:
    """Show a thing."""
    return work.extend(work.shown(name, id))


def update(name: str, id: str, project_id: str | None = None) -> Any:
    """Change a thing."""
    return work.shown(name, id)


def delete(name: str, id: str, project_id: str | None = None) -> Any:
    """Delete a thing."""
    return "", 204


def action(name: str, id: str, project_id: str | None = None) -> Any:
    """Do what the body's key names."""
    return work.acted(name, id, flask.request.get_json()), 202


def versioned(id: str, project_id: str | None = None) -> Any:
    """Show a thing."""
    return work.versioned(id, work.wants_more(flask.request.headers.get(work.VERSION_HEADER)))


def guarded(id: str, project_id: str | None = None) -> Any:
    """Show a thing to somebody with a token."""
    if "X-Auth-Token" not in flask.request.headers:
        flask.abort(401)
    return work.guarded(id)


#: The routes of one collection.
RULES = (
    ("", "GET", index),
    ("", "POST", create),
    ("/<id>", "GET", show),
    ("/<id>", "PUT", update),
    ("/<id>", "DELETE", delete),
    ("/<id>/action", "POST", action),
)


def application(size: int) -> Application:
    """Return the service."""
    app = flask.Flask(__name__)
    for place, start in enumerate(work.starts("<project_id>")):
        for name in work.names(size):
            for path, method, view in RULES:
                endpoint = f"{view.__name__}-{name}-{place}"
                app.add_url_rule(f"{start}/{name}{path}", endpoint, partial(view, name), methods=[method])
        app.add_url_rule(f"{start}/versioned/<id>", f"versioned-{place}", versioned)
        app.add_url_rule(f"{start}/guarded/<id>", f"guarded-{place}", guarded)
    made: Application = app
    return made
