"""How a router answers: what a request does once the table stands.

1. One look-up in the index gives route and arguments, or 405 with Allow, or 404.
2. The microversion is negotiated.
3. The URL's project is compared with the context's.
4. The endpoint's handler answers.
5. Whatever was raised on the way is rendered as a fault, with the version headers.

All of it is functions that close over what they need: a request looks nothing up that was known at load.
"""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import webob

from apirouter.context import RequestContext
from apirouter.dispatch import hooking
from apirouter.dispatch.call import UNREAD, Handler
from apirouter.dispatch.service import Service
from apirouter.errors import MalformedRequestUrl, MethodNotAllowed, RouteNotFound, clip
from apirouter.faults import Failure
from apirouter.fusion import Step
from apirouter.hooks import Phases, State, of_class
from apirouter.redaction import format_error
from apirouter.request import new_request
from apirouter.routing.build import Mounted
from apirouter.routing.index import WALK, Index
from apirouter.routing.mapper import path_info

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger(__name__)


#: What :meth:`Answering._answering` does, once more, for a function that filters are part of.
_LINES = """
try:
    method = environ["REQUEST_METHOD"]
    path = environ.get("PATH_INFO", "")
    route = None
    if path.isascii():
        {walk}
    else:
        path = path_info(environ)
    if route is None:
        found = find(path, method, environ)
        if found is None and method == "HEAD":
            found = find(path, "GET", environ)
        if found is not None:
            route, args = found
    if route is None:
        body = miss(environ, START)
    else:
        try:
            handle, template, where = endpoints[route]
        except KeyError:
            handle, template, where = endpoints[route] = started(route)
        if header_key in environ or legacy_key in environ or "apirouter.legacy" in environ:
            negotiated = negotiate(environ)
        else:
            negotiated = default
        environ["apirouter.router"] = itself
        environ["apirouter.faults"] = faults
        environ["apirouter.version"] = negotiated.version
        environ["apirouter.route"] = environ.get("SCRIPT_NAME", "") + template
        environ["wsgiorg.routing_args"] = ((), args)
        context = environ.get(context_key)
        if context is None:
            context = environ.get("apirouter.context")
        if context is not None:
            environ["apirouter.context"] = environ[context_key] = context
            {equip}
            if "project_id" in args and args["project_id"] != context.project_id:
                raise other_project(args["project_id"], context.project_id)
        if where and shows(debug):
            tell(environ, method, where)
        body = handle(environ, OUTER, args, negotiated, UNREAD, MORE)
except (Exception, SystemExit) as error:
    body = fault(error, environ, START)
"""


class _Refused(NamedTuple):
    """What a path answers to a method that it does not have.

    :param error: says what is wrong; never raised, for it would keep what a request has made.
    :param failure: what a client is told of it.
    """

    error: RouteNotFound | MethodNotAllowed
    failure: Failure


class Answering:
    """The answers of one router.

    :param router: the router, as a request's environ names it.
    :param index: an index of the live routes.
    :param mounted: the live routes.
    :param service: what the service's calls share.
    :param services: what a context is given as ``services``.
    """

    def __init__(
        self,
        router: Any,
        index: Index,
        mounted: Sequence[Mounted],
        service: Service,
        services: Mapping[str, Any],
    ) -> None:
        self._router, self._index = router, index
        #: The live routes by the mapper's.
        self.mounted: Mapping[Any, Mounted] = {one.route: one for one in mounted}
        self._service, self._services = service, services
        self._versions, self._faults, self._debug = service.versions, service.faults, service.settings.debug
        # Where there is neither policy nor services, the context's own class says so.
        self._equips = bool(services) or service.authority is not None
        #: By the methods of a path; none is a path of no route's. As many as there are sets among the routes.
        self._refusals: dict[frozenset[str], _Refused] = {}
        self._hooked = bool(service.hooks) or _has_hooks(mounted)
        #: Answers requests (PEP 3333).
        self.serve = self._serving_hooked() if self._hooked else self._answering()

    def find(self, environ: WSGIEnvironment) -> tuple[Any, dict[str, Any]] | None:
        """Return the route of a request and the variables of its path, or None; HEAD is answered by GET.

        :raises MalformedRequestUrl: the path is not UTF-8.
        """
        method, path = environ["REQUEST_METHOD"], path_info(environ)
        found = self._index.find(path, method, environ)
        if found is None and method == "HEAD":
            found = self._index.find(path, "GET", environ)
        return found

    def allow(self, environ: WSGIEnvironment) -> str:
        """Return the methods of a request's path, as Allow lists them.

        :raises RouteNotFound: no route has the path.
        """
        error = self._refused(environ).error
        if isinstance(error, RouteNotFound):
            raise RouteNotFound
        return error.headers["Allow"]

    def _refused(self, environ: WSGIEnvironment) -> _Refused:
        known = self._index.methods(path_info(environ), environ)
        refused = self._refusals.get(known)
        if refused is None:
            error: RouteNotFound | MethodNotAllowed = RouteNotFound()
            if known:
                error = MethodNotAllowed({*known, "OPTIONS", *(("HEAD",) if "GET" in known else ())})
            refused = self._refusals[known] = _Refused(error, self._faults.failure(error))
        return refused

    def _serving_hooked(self) -> WSGIApplication:
        """Return the function that answers requests with hooks around them."""
        answer, fault, itself = self._answering(), self._fault, self._router
        phases = Phases.of(self._service.hooks)

        def hooked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            state = environ[hooking.STATE] = State(environ, itself, new_request, webob.Response)
            try:
                return hooking.run(state, phases, answer, fault, start_response)
            except SystemExit as error:
                return fault(error, environ, start_response)
            finally:
                # The environ and the state know each other: left so, only the garbage collector would end them.
                environ.pop(hooking.STATE, None)

        return hooked

    def _answering(self) -> WSGIApplication:
        """Return the function that routes, calls, and answers with a fault; with hooks, it raises what ends in one."""
        # Each name here is one that a request need not look up.
        itself, equip = self._router, self._equip
        find, versions, faults, miss = self._index.find, self._versions, self._faults, self._miss
        default, header_key, legacy_key = versions.default, versions.header_key, versions.legacy_key
        # A bound method is called at half the cost of the object that it is bound to.
        negotiate = versions.__call__
        context_key, equips = self._service.settings.context_key, self._equips
        shows = LOG.isEnabledFor
        endpoints: dict[Any, tuple[Handler, str, str]] = {}
        started, fault, hooked = self._started, self._fault, self._hooked

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            try:
                method = environ["REQUEST_METHOD"]
                path = environ.get("PATH_INFO", "")
                if not path.isascii():
                    path = path_info(environ)
                found = find(path, method, environ)
                if found is None:
                    if method == "HEAD":
                        found = find(path, "GET", environ)
                    if found is None:
                        return miss(environ, start_response)
                route, args = found
                try:
                    handle, template, where = endpoints[route]
                except KeyError:
                    handle, template, where = endpoints[route] = started(route)
                if header_key in environ or legacy_key in environ or "apirouter.legacy" in environ:
                    negotiated = negotiate(environ)
                else:
                    negotiated = default
                environ["apirouter.router"] = itself
                environ["apirouter.faults"] = faults
                environ["apirouter.version"] = negotiated.version
                environ["apirouter.route"] = environ.get("SCRIPT_NAME", "") + template
                environ["wsgiorg.routing_args"] = ((), args)
                context = environ.get(context_key)
                if context is None:
                    # Filters leave it here too, whatever key they were told.
                    context = environ.get("apirouter.context")
                if context is not None:
                    environ["apirouter.context"] = environ[context_key] = context
                    if equips:
                        equip(context)
                    if "project_id" in args and args["project_id"] != context.project_id:
                        raise _other_project(args["project_id"], context.project_id)
                if where and shows(logging.DEBUG):
                    _tell(environ, method, where)
                return handle(environ, start_response, args, negotiated)
            except (Exception, SystemExit) as error:
                if hooked:
                    raise
                # A library that exits has no say over the server: most would leave the client waiting for ever.
                return fault(error, environ, start_response)

        return answer

    def fusion_step(self) -> Step | None:
        """Return what it does with a request, for a function that filters are part of; None with hooks."""
        if self._hooked:
            return None
        versions = self._versions
        equip = "equip(context)" if self._equips else ""
        return Step(
            lines=_LINES.format(equip=equip, walk=textwrap.indent(WALK, " " * 8).strip()),
            names={
                **self._index.walk_names(),
                "find": self._index.find,
                "path_info": path_info,
                "miss": self._miss,
                "endpoints": {},
                "started": self._started,
                "header_key": versions.header_key,
                "legacy_key": versions.legacy_key,
                "negotiate": versions.__call__,
                "default": versions.default,
                "itself": self._router,
                "faults": self._faults,
                "context_key": self._service.settings.context_key,
                "equip": self._equip,
                "other_project": _other_project,
                "shows": LOG.isEnabledFor,
                "debug": logging.DEBUG,
                "tell": _tell,
                "UNREAD": UNREAD,
                "fault": self._fault,
            },
        )

    def _equip(self, context: Any) -> None:
        """Give a context of ours the service's policy and services."""
        if isinstance(context, RequestContext):
            if context.authority is None:
                context.authority = self._service.authority
            context.services = self._services

    def _started(self, route: Any) -> tuple[Handler, str, str]:
        """Return what a route's first request makes for all that follow: what answers, the path, the method's name.

        Two threads that come first at once make the same.
        """
        mounted = self.mounted[route]
        endpoint = mounted.endpoint
        # Where the body's key decides, what answers is told when that is known.
        return endpoint.handle, mounted.template, "" if endpoint.actions else endpoint.where

    def _miss(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what no route takes."""
        error, failure = self._refused(environ)
        if isinstance(error, RouteNotFound):
            if self._hooked:
                raise RouteNotFound
        elif environ["REQUEST_METHOD"] == "OPTIONS":
            start_response("204 No Content", [*error.headers.items(), *self._versions(environ).headers])
            return []
        elif self._hooked or self._debug:
            raise MethodNotAllowed(error.allow)
        # Nobody asks to see it: made and raised for each request, it would cost as much again.
        headers = self._versions.for_fault(environ, error).headers
        return self._faults.send(failure, environ, start_response, headers)

    def _fault(
        self, error: BaseException, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if self._debug and not isinstance(error, RouteNotFound):
            LOG.debug(
                "%s %s ended in\n%s",
                clip(environ.get("REQUEST_METHOD", "-"), 32),
                environ.get("apirouter.route"),
                format_error(error, environ)[0],
            )
        headers = self._versions.for_fault(environ, error).headers
        return self._faults.reply(error, environ, start_response, headers)


def _tell(environ: WSGIEnvironment, method: str, where: str) -> None:
    LOG.debug("%s %s is answered by %s", method, clip(environ["apirouter.route"]), where)


def _other_project(of_url: str, of_context: Any) -> MalformedRequestUrl:
    return MalformedRequestUrl(
        f"URL's project_id '{clip(of_url)}' doesn't match Context's project_id '{clip(of_context)}'"
    )


def _has_hooks(mounted: Iterable[Mounted]) -> bool:
    """Tell whether a method that a route reaches, or its class, has hooks of its own."""
    endpoints = {id(one.endpoint): one.endpoint for one in mounted}.values()
    reached = [impl for endpoint in endpoints for impl in endpoint.reached]
    return any(impl.stamp.hooks for impl in reached) or any(of_class(k) for k in {i.owner for i in reached})
