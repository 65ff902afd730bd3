"""The service as Pecan's documentation writes it: a tree of ``RestController``; as shipped, or memoised.

Pecan asks ``inspect`` for the signature of a method on every request. Memoised, it asks once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import pecan
from pecan import core, rest, routing, util

from bench.peers import Application, work

#: How Pecan as shipped finds a signature.
PLAIN = util.getargspec


class Things(rest.RestController):  # type: ignore[misc]
    """Answers for one collection.

    :param name: the collection's.
    """

    _custom_actions = {"action": ["POST"]}

    def __init__(self, name: str) -> None:
        self.name = name

    @pecan.expose("json")
    def get_all(self) -> Any:
        """List things."""
        return work.listed()

    @pecan.expose("json")
    def get_one(self, id: str) -> Any:
        """Show a thing."""
        return work.extend(work.shown(self.name, id))

    @pecan.expose("json")
    def post(self, **body: Any) -> Any:
        """Make a thing."""
        pecan.response.status = 202
        return work.created(self.name, pecan.request.json)

    @pecan.expose("json")
    def put(self, id: str, **body: Any) -> Any:
        """Change a thing."""
        return work.shown(self.name, id)

    @pecan.expose("json")
    def delete(self, id: str) -> None:
        """Delete a thing."""
        pecan.response.status = 204

    @pecan.expose("json")
    def action(self, id: str, **body: Any) -> Any:
        """Do what the body's key names."""
        pecan.response.status = 202
        return work.acted(self.name, id, pecan.request.json)


class Versioned(rest.RestController):  # type: ignore[misc]
    """Answers by version."""

    @pecan.expose("json")
    def get_one(self, id: str) -> Any:
        """Show a thing."""
        return work.versioned(id, work.wants_more(pecan.request.headers.get(work.VERSION_HEADER)))


class Guarded(rest.RestController):  # type: ignore[misc]
    """Answers whom it knows."""

    @pecan.expose("json")
    def get_one(self, id: str) -> Any:
        """Show a thing to somebody with a token."""
        if "X-Auth-Token" not in pecan.request.headers:
            pecan.abort(401)
        return work.guarded(id)


def application(size: int, *, memoised: bool = False) -> Application:
    """Return the service.

    :param size: how many resources.
    :param memoised: whether signatures are looked up once.
    """
    members: dict[str, Any] = {name: Things(name) for name in work.names(size)}
    members |= {"versioned": Versioned(), "guarded": Guarded()}

    class Collections:
        @pecan.expose()
        def _lookup(self, project_id: str, *remainder: str) -> Any:
            if project_id != work.PROJECT:
                pecan.abort(404)
            return within, remainder

    for name, controller in members.items():
        setattr(Collections, name, controller)
    within = type("Within", (), members)()

    class Root:
        pass

    pecan.route(Root, work.PREFIX.strip("/"), Collections())
    return looking_up(pecan.Pecan(Root()), memoised)


def looking_up(app: Any, memoised: bool) -> Application:
    """Return an application of Pecan's that looks signatures up once, or each time.

    :param app: it.
    :param memoised: whether once.
    """
    looked_up = functools.lru_cache(maxsize=None)(PLAIN) if memoised else PLAIN

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        for module in (util, core, routing, rest):
            module.getargspec = looked_up
        answer: Iterable[bytes] = app(environ, start_response)
        return answer

    return serve
