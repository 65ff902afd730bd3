"""A controller with its extensions -> one frozen table of what answers.

Built while plugins load, in three steps: the controller's own methods; what other plugins add
(:meth:`Resource.register`); the endpoints that routes ask for (:meth:`Resource.endpoint`), each a table from
version to handler. After that nothing changes: a method that was no routed action then, and had no stamp,
can't be reached by any request.
"""

from __future__ import annotations

import bisect
import dataclasses
import inspect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from apirouter.controller import VersionedMethod
from apirouter.dispatch.call import BODY_METHODS, UNREAD, Extension, Handler, Plan, make_handler, read_body
from apirouter.dispatch.hooking import phases_of
from apirouter.dispatch.negotiation import Negotiated
from apirouter.dispatch.service import Service
from apirouter.dispatch.settings import Settings
from apirouter.errors import (
    ApiRouterError,
    MalformedRequestBody,
    NoSuchAction,
    PluginError,
    RouteNotFound,
    ValidationError,
    VersionNotFoundForAPIMethod,
)
from apirouter.microversion import ANY, Version, VersionRange
from apirouter.stamps import EMPTY, Stamp, stamp_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOG = logging.getLogger(__name__)

#: Standard actions that another plugin may give a resource whose controller lacks them.
ADDABLE = ("create", "delete", "show", "update", "index")


class BrokenReply(ApiRouterError):
    """A method's reply breaks its own schema: a 500, the server's mistake."""

    def __init__(self, where: str, error: ValidationError) -> None:
        super().__init__(f"the reply of {where} breaks its schema: {error}")


@dataclasses.dataclass(frozen=True, slots=True)
class Implementation:
    """One function that serves one name for a range of versions.

    :param controller: the instance it is a method of.
    :param name: the attribute's name.
    :param func: the plain function.
    :param versions: the versions it serves.
    :param plugin: whose it is, for errors and listings.
    """

    controller: Any
    name: str
    func: Callable[..., Any]
    versions: VersionRange
    plugin: str

    @property
    def stamp(self) -> Stamp:
        """What decorators said of it."""
        return stamp_of(self.func)

    @property
    def bound(self) -> Callable[..., Any]:
        """The method to call."""
        return MethodType(self.func, self.controller)

    @property
    def owner(self) -> type:
        """The controller's class."""
        return type(self.controller)

    @property
    def qualname(self) -> str:
        """``module.Class.method``."""
        kind = self.owner
        return f"{kind.__module__}.{kind.__qualname__}.{self.name}"

    @property
    def place(self) -> tuple[str, int]:
        """File and line where it is defined."""
        code = getattr(inspect.unwrap(self.func), "__code__", None)
        return (code.co_filename, code.co_firstlineno) if code else ("?", 0)

    @property
    def where(self) -> str:
        """``Class.method at file:line``, for errors."""
        file, line = self.place
        return f"{self.owner.__qualname__}.{self.name} at {file}:{line}"


def implementations(controller: Any, plugin: str = "") -> Iterator[Implementation]:
    """Yield every method of a controller's class, each version of it.

    Looks at the classes' own dictionaries only: no attribute of the instance, no property is touched.

    :param controller: an instance of any class.
    :param plugin: whose it is.
    :raises PluginError: the controller is a class.
    """
    if isinstance(controller, type):
        raise PluginError(
            f"the controller is the class {controller.__qualname__}",
            fix=f"give an instance: {controller.__qualname__}()",
            plugin=plugin,
        )
    seen: set[str] = set()
    for klass in type(controller).__mro__[:-1]:
        for name, value in vars(klass).items():
            if name in seen:
                continue
            seen.add(name)
            if isinstance(value, VersionedMethod):
                for func in value.functions:
                    yield Implementation(controller, name, func, stamp_of(func).versions or ANY, plugin)
            elif isinstance(value, FunctionType):
                yield Implementation(controller, name, value, stamp_of(value).versions or ANY, plugin)


class Parameters:
    """The parameters of a method, as far as a call by keywords is concerned.

    :param func: the plain function; its first parameter is the instance.
    """

    __slots__ = ("anything", "names", "positional_only", "required")

    def __init__(self, func: Callable[..., Any]) -> None:
        if type(func) is FunctionType and not func.__dict__.keys() & {"__wrapped__", "__signature__"}:
            self._of_code(func)
            return
        own = list(inspect.signature(func).parameters.values())[1:]
        self.anything = any(p.kind is p.VAR_KEYWORD for p in own)
        named = [p for p in own if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        self.names = frozenset(p.name for p in named)
        self.required = frozenset(p.name for p in named if p.default is p.empty)
        self.positional_only = [p.name for p in own if p.kind is p.POSITIONAL_ONLY and p.default is p.empty]

    def _of_code(self, func: FunctionType) -> None:
        """Read a plain function's code: a tenth of what inspect.signature takes, for thousands of methods."""
        code = func.__code__
        count, only, keyword_only = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
        positional, keywords = code.co_varnames[:count], code.co_varnames[count : count + keyword_only]
        without = positional[: count - len(func.__defaults__ or ())]
        needed = [name for name in keywords if name not in (func.__kwdefaults__ or ())]
        first = max(only, 1)
        self.anything = bool(code.co_flags & inspect.CO_VARKEYWORDS)
        self.names = frozenset((*positional[first:], *keywords))
        self.required = frozenset((*without[first:], *needed))
        self.positional_only = list(without[1:only])

    def takes(self, name: str) -> bool:
        """Tell whether a keyword may be given."""
        return self.anything or name in self.names


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers one route.

    :param name: the action: a method's name, or ``action`` for body-keyed ones.
    :param handle: answers a request.
    :param methods: what may be called, every version: for listings and checks.
    :param actions: body key -> what may be called, where the body's key decides.
    """

    name: str
    handle: Handler
    methods: tuple[Implementation, ...] = ()
    actions: Mapping[str, tuple[Implementation, ...]] = dataclasses.field(default_factory=dict)

    @property
    def reached(self) -> list[Implementation]:
        """Everything that a request of this endpoint may call."""
        return [*self.methods, *(impl for impls in self.actions.values() for impl in impls)]

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
        for impl in implementations(controller, plugin):
            if not impl.name.startswith("_") and impl.stamp.extends is None:
                self.methods.setdefault(impl.name, []).append(impl)
        self.register(controller, plugin)

    # ------------------------------------------------------------------ load

    def register(self, controller: Any, plugin: str = "") -> None:
        """Add the stamped methods of a controller: its actions and its extensions.

        :param controller: the resource's own, or another plugin's.
        :param plugin: whose it is.
        :raises PluginError: an action is there already.
        """
        for impl in implementations(controller, plugin):
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
            return Endpoint(action, self._by_version(own, action, None), own)
        if action == "action" and self.actions:
            keyed = {key: tuple(impls) for key, impls in self.actions.items() if key not in ADDABLE}
            return Endpoint(action, self._keyed(keyed), (), keyed)
        if action in ADDABLE and action in self.actions:
            added = tuple(self.actions[action])
            return Endpoint(action, self._by_version(added, action, action), added)
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
            return self.endpoint(action).handle(environ, start_response, args, negotiated)
        except Exception as error:
            headers = self.service.versions.for_fault(environ, error).headers
            return self.service.faults.reply(error, environ, start_response, headers)

    # ------------------------------------------------------------------ tables

    def _by_version(self, impls: Sequence[Implementation], method: str | None, key: str | None) -> Handler:
        return by_version(impls, self.chain(method, key), self.service)

    def _keyed(self, keyed: Mapping[str, Sequence[Implementation]]) -> Handler:
        """Return a handler that picks by the sole key of the body."""
        service = self.service
        table = {key: self._by_version(impls, None, key) for key, impls in keyed.items()}
        names = {key: impls[0].qualname for key, impls in keyed.items()}

        def handle(
            environ: WSGIEnvironment,
            start_response: StartResponse,
            args: dict[str, Any],
            negotiated: Negotiated,
            body: Any = UNREAD,
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
                LOG.debug("%s %s {%s} is answered by %s", environ["REQUEST_METHOD"], where, key, names[key])
            return chosen(environ, start_response, args, negotiated, body)

        return handle


def by_version(
    impls: Sequence[Implementation],
    chain: Sequence[Implementation],
    service: Service,
    refine: Callable[[Plan, Implementation], Plan] | None = None,
) -> Handler:
    """Return a handler that picks by version; where there is nothing to pick, the one itself.

    :param impls: disjoint implementations of one method.
    :param chain: what runs after them.
    :param service: what the service's calls share.
    :param refine: changes each plan before its handler is made.
    :raises PluginError: one has versions, and the service has none.
    """

    def made(impl: Implementation, after: Sequence[Implementation], version: Version | None) -> Handler:
        plan = plan_of(impl, after, version, service)
        return make_handler(refine(plan, impl) if refine is not None else plan, service)

    low, high = service.settings.min_version, service.settings.max_version
    if low is None or high is None:
        _refuse_versions([*impls, *chain])
        return made(impls[0], chain, None)
    starts = sorted({low, *(v for v in _bounds([*impls, *chain]) if low < v <= high)})
    table: list[Handler | None] = []
    for start in starts:
        chosen = [i for i in impls if start in i.versions]
        after = [e for e in chain if start in e.versions]
        table.append(made(chosen[0], after, start) if chosen else None)
    if len(table) == 1 and table[0] is not None:
        return table[0]
    return _pick_by_version(starts, table)


def _refuse_versions(impls: Iterable[Implementation]) -> None:
    for impl in impls:
        if impl.versions != ANY:
            raise PluginError(
                f"it has versions ({impl.versions}), and this service has none",
                fix="set min_version and max_version in the router's section",
                plugin=impl.plugin,
                where=impl.where,
            )


def plan_of(
    impl: Implementation, chain: Sequence[Implementation], version: Version | None, service: Service
) -> Plan:
    """Return what is known at load of an implementation for one version.

    :param impl: the implementation.
    :param chain: what runs after it in this version.
    :param version: the version; None in a service that has none.
    :param service: what the service's calls share.
    """
    stamp = impl.stamp
    settings = service.settings
    every = settings.validation_errors == "all"

    takes = Parameters(impl.func)

    def check(kind: str, legacy: bool = False) -> Callable[[Any], Any] | None:
        schema = stamp.schema_for(kind, version, legacy=legacy)
        return None if schema is None else schema.compile(relaxed=legacy, all_errors=every)

    def both(kind: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any]] | None:
        strict, relaxed = check(kind), check(kind, legacy=True)
        nothing = _keep_body if kind == "body" else _keep_query
        return (strict or nothing, relaxed or nothing) if strict or relaxed else None

    answer = check("response")
    if answer is not None:
        answer = reply_check(answer, settings.response_validation, impl.qualname)
    return Plan(
        impl.bound,
        impl.qualname,
        takes_body=takes.takes("body"),
        needs_body="body" in takes.required,
        code=stamp.code or 200,
        expected=stamp.expected,
        body_checks=both("body"),
        query_checks=both("query"),
        response_check=answer,
        rules=tuple(r for r in stamp.rules if version is None or version in r.versions),
        extensions=tuple(
            Extension(e.bound, e.stamp.expected, e.qualname, Parameters(e.func).takes("body")) for e in chain
        ),
        serializers=stamp.serializers,
        phases=phases_of(impl.func, impl.owner, service.hooks),
    )


def _keep_body(body: Any) -> Any:
    return body


def _keep_query(query: Any) -> tuple[str, ...]:
    return ()


def reply_check(check: Callable[[Any], Any], mode: str, where: str) -> Callable[[Any], Any] | None:
    """Return a check of replies that never blames the client.

    :param check: the schema's, which raises ValidationError.
    :param mode: ``ignore``, ``warn`` or ``error``.
    :param where: the method, for the log.
    """
    if mode == "ignore":
        return None

    def checked(value: Any) -> None:
        try:
            check(value)
        except ValidationError as error:
            if mode == "error":
                raise BrokenReply(where, error) from error
            LOG.warning("The reply of %s breaks its schema: %s", where, error)

    return checked


def served(keyed: Mapping[str, Sequence[Implementation]], version: Version | None) -> list[str]:
    """Return the body keys that have an implementation for a version."""
    return sorted(
        k for k, impls in keyed.items() if version is None or any(version in i.versions for i in impls)
    )


def _bounds(impls: Iterable[Implementation]) -> Iterator[Version]:
    """Yield each version at which something of these starts or has just ended."""
    for impl in impls:
        stamp = impl.stamp
        ranges = [impl.versions, *(s.versions for s in stamp.schemas), *(r.versions for r in stamp.rules)]
        for versions in ranges:
            if versions.min is not None:
                yield versions.min
            if versions.max is not None:
                yield Version(versions.max.major, versions.max.minor + 1)


def _pick_by_version(starts: Sequence[Version], table: Sequence[Handler | None]) -> Handler:
    def handle(
        environ: WSGIEnvironment,
        start_response: StartResponse,
        args: dict[str, Any],
        negotiated: Negotiated,
        body: Any = UNREAD,
    ) -> Iterable[bytes]:
        version: Any = negotiated.version
        chosen = table[bisect.bisect_right(starts, version) - 1]
        if chosen is None:
            raise VersionNotFoundForAPIMethod(str(version))
        return chosen(environ, start_response, args, negotiated, body)

    return handle
