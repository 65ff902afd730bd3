"""A controller with its extensions -> one frozen table of what answers.

Built while plugins load, in three steps: the controller's own methods; what other plugins add
(:meth:`Resource.register`); the endpoints that routes ask for (:meth:`Resource.endpoint`), each a table from
version to handler. After that nothing changes: a method that was no routed action then, and had no stamp,
can't be reached by any request. The handlers are made of what was checked and fixed then, each for its first
request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from apirouter.dispatch.call import BODY_METHODS, UNREAD, Handler, More, read_body
from apirouter.dispatch.implementation import Implementation, Parameters, implementations
from apirouter.dispatch.negotiation import Negotiated
from apirouter.dispatch.service import Service
from apirouter.dispatch.settings import Settings
from apirouter.dispatch.tables import by_version, served, starting
from apirouter.errors import MalformedRequestBody, NoSuchAction, PluginError, RouteNotFound
from apirouter.stamps import EMPTY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = [
    "ADDABLE",
    "Endpoint",
    "Implementation",
    "Parameters",
    "Resource",
    "by_version",
    "implementations",
    "served",
]

LOG = logging.getLogger(__name__)

_NO_ACTIONS: Mapping[str, Any] = MappingProxyType({})

#: Standard actions that another plugin may give a resource whose controller lacks them.
ADDABLE = ("create", "delete", "show", "update", "index")


class Endpoint:
    """What answers one route.

    :param name: the action: a method's name, or ``action`` for body-keyed ones.
    :param make: makes what answers; whatever could be refused was refused before.
    :param methods: what may be called, every version: for listings and checks.
    :param actions: body key -> what may be called, where the body's key decides.
    """

    __slots__ = ("_handle", "_make", "actions", "methods", "name")

    def __init__(
        self,
        name: str,
        make: Callable[[], Handler],
        methods: tuple[Implementation, ...] = (),
        actions: Mapping[str, tuple[Implementation, ...]] = _NO_ACTIONS,
    ) -> None:
        self.name, self.methods, self.actions = name, methods, actions
        self._make = make
        self._handle: Handler | None = None

    @property
    def handle(self) -> Handler:
        """What answers a request: made for the first one, then kept.

        Two threads that ask at once may make it twice; either does.
        """
        made = self._handle
        if made is None:
            made = self._handle = self._make()
        return made

    @property
    def reached(self) -> tuple[Implementation, ...]:
        """Everything that a request of this endpoint may call."""
        if not self.actions:
            return self.methods
        return (*self.methods, *(impl for impls in self.actions.values() for impl in impls))

    @property
    def where(self) -> str:
        """``module.Class.method``, as a log names it."""
        return self.methods[0].qualname if self.methods else f"the actions {', '.join(sorted(self.actions))}"


class Resource:
    """A controller with everything that extends it.

    :param controller: the controller, an instance.
    :param service: what the service's calls share; None makes one of default settings.
    :param name: the collection, for errors.
    :param plugin: whose it is, for errors.
    :param inherits: the resource whose extensions this one has too.
    """

    def __init__(
        self,
        controller: Any,
        service: Service | None = None,
        *,
        name: str = "",
        plugin: str = "",
        inherits: Resource | None = None,
    ) -> None:
        self.controller, self.service = controller, service or Service.of(Settings())
        self.name, self.plugin, self.inherits = name, plugin, inherits
        self.methods: dict[str, list[Implementation]] = {}
        self.actions: dict[str, list[Implementation]] = {}
        #: (method name, action key or None) -> what runs after it.
        self.extensions: dict[tuple[str | None, str | None], list[Implementation]] = {}
        self._endpoints: dict[str, Endpoint] = {}
        own = list(implementations(controller, plugin))
        for impl in own:
            if not impl.name.startswith("_") and impl.stamp.extends is None:
                self.methods.setdefault(impl.name, []).append(impl)
        self._register(own, plugin)

    # ------------------------------------------------------------------ load

    def register(self, controller: Any, plugin: str = "") -> None:
        """Add the stamped methods of a controller: its actions and its extensions.

        :param controller: the resource's own, or another plugin's.
        :param plugin: whose it is.
        :raises PluginError: an action is there already.
        """
        self._register(implementations(controller, plugin), plugin)

    def _register(self, own: Iterable[Implementation], plugin: str) -> None:
        for impl in own:
            stamp = impl.stamp
            if stamp is EMPTY:
                continue
            if stamp.problems:
                raise PluginError(stamp.problems[0], plugin=plugin, where=impl.where)
            if stamp.action is not None:
                self._add_action(stamp.action, impl)
            elif stamp.extends is not None:
                name, key = stamp.extends
                self.extensions.setdefault((None, key) if key else (name, None), []).append(impl)

    def _add_action(self, key: str, impl: Implementation) -> None:
        if key in ADDABLE and key in self.methods and impl not in self.methods[key]:
            raise PluginError(
                f"action '{key}' of {self.name} is there already: {self.methods[key][0].where}",
                fix=f"write @wsgi.extends and a method {key}(self, req, resp_obj, ...) to add to it",
                plugin=impl.plugin,
                where=impl.where,
            )
        for other in self.actions.get(key, ()):
            if other.controller is not impl.controller or other.versions.overlaps(impl.versions):
                whose = f" of plugin {other.plugin}" if other.plugin != impl.plugin else ""
                raise PluginError(
                    f"action '{key}' of {self.name} is claimed already by {other.where}{whose}",
                    fix="give one of them another key, or disjoint versions within one controller",
                    plugin=impl.plugin,
                    where=impl.where,
                )
        self.actions.setdefault(key, []).append(impl)

    def has(self, action: str) -> bool:
        """Tell whether a route's action can be answered."""
        if action in self.methods:
            return True
        return bool(self.actions) if action == "action" else action in ADDABLE and action in self.actions

    def endpoint(self, action: str) -> Endpoint:
        """Return what answers a route's action, made once.

        :param action: a method's name; ``action`` for body-keyed actions unless there is such a method.
        :raises PluginError: there is no such action, or a piece of it can't be used.
        """
        made = self._endpoints.get(action)
        if made is None:
            made = self._endpoints[action] = self._make(action)
        return made

    def _make(self, action: str) -> Endpoint:
        if action in self.methods:
            own = tuple(self.methods[action])
            return Endpoint(action, self._starting(own, action, None), own)
        if action == "action" and self.actions:
            keyed = {key: tuple(impls) for key, impls in self.actions.items() if key not in ADDABLE}
            return Endpoint(action, self._starting_keyed(keyed), (), keyed)
        if action in ADDABLE and action in self.actions:
            added = tuple(self.actions[action])
            return Endpoint(action, self._starting(added, action, action), added)
        raise PluginError(
            f"{type(self.controller).__qualname__} has no method '{action}', which a route of {self.name} "
            "leads to",
            fix=f"write a method {action}(self, req, ...), or leave the route out",
            plugin=self.plugin,
        )

    def chain(self, method: str | None, key: str | None) -> list[Implementation]:
        """Return what runs after a method, an action or what is both: the resource's own, then the inherited.

        What two resources share (a controller that extends both) runs once.
        """
        found = list(self.extensions.get((method, None), ())) if method else []
        found += self.extensions.get((None, key), ()) if key else ()
        if self.inherits:
            found += [impl for impl in self.inherits.chain(method, key) if impl not in found]
        return found

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request that was routed already (``wsgiorg.routing_args`` names the action).

        The router does not come this way; a test or a mapper of somebody else's may.
        """
        args = dict(environ.get("wsgiorg.routing_args", ((), {}))[1])
        args.pop("controller", None)
        args.pop("project_id", None)
        try:
            action = args.pop("action", "")
            if not self.has(action):
                raise RouteNotFound
            negotiated = self.service.versions(environ)
            environ["apirouter.version"] = negotiated.version
            environ["apirouter.faults"] = self.service.faults
            return self.endpoint(action).handle(environ, start_response, args, negotiated)
        except Exception as error:
            headers = self.service.versions.for_fault(environ, error).headers
            return self.service.faults.reply(error, environ, start_response, headers)

    # ------------------------------------------------------------------ tables

    def _starting(
        self, impls: Sequence[Implementation], method: str | None, key: str | None
    ) -> Callable[[], Handler]:
        return starting(impls, self.chain(method, key), self.service)

    def _starting_keyed(self, keyed: Mapping[str, Sequence[Implementation]]) -> Callable[[], Handler]:
        makers = {key: self._starting(impls, None, key) for key, impls in keyed.items()}
        return partial(self._keyed, keyed, makers)

    def _keyed(
        self, keyed: Mapping[str, Sequence[Implementation]], makers: Mapping[str, Callable[[], Handler]]
    ) -> Handler:
        """Return a handler that picks by the sole key of the body."""
        service = self.service
        table = {key: make() for key, make in makers.items()}

        def handle(
            environ: WSGIEnvironment,
            start_response: StartResponse,
            args: dict[str, Any],
            negotiated: Negotiated,
            body: Any = UNREAD,
            more: More = (),
        ) -> Iterable[bytes]:
            if body is UNREAD:
                body = read_body(service, environ) if environ["REQUEST_METHOD"] in BODY_METHODS else None
            if type(body) is not dict or len(body) != 1:
                raise MalformedRequestBody("it must be an object whose sole key is the action")
            (key,) = body
            chosen = table.get(key)
            if chosen is None:
                raise NoSuchAction(key, served(keyed, negotiated.version))
            environ["apirouter.action"] = key
            if LOG.isEnabledFor(logging.DEBUG):
                where = environ.get("apirouter.route", environ.get("PATH_INFO"))
                version = negotiated.version
                by = next(
                    (i.qualname for i in keyed[key] if version is None or version in i.versions), "none"
                )
                LOG.debug("%s %s {%s} is answered by %s", environ["REQUEST_METHOD"], where, key, by)
            return chosen(environ, start_response, args, negotiated, body, more)

        return handle
