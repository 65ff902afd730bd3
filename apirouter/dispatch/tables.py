"""Implementations -> handlers: which one serves which version, decided at load.

The versions at which anything changes (an implementation, an extension, a schema, a rule starts or ends) cut
the service's versions into spans. Within one everything is the same: one plan, one handler.

What can be refused is refused at load (:func:`starting`); the handlers themselves are made for the first request
that wants them: a service has thousands of methods, and most processes are asked for few.
"""

from __future__ import annotations

import bisect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from apirouter.dispatch.call import UNREAD, Extension, Handler, More, Plan
from apirouter.dispatch.direct import make_handler
from apirouter.dispatch.hooking import phases_of
from apirouter.dispatch.implementation import Implementation, Parameters
from apirouter.dispatch.negotiation import Negotiated
from apirouter.dispatch.service import Service
from apirouter.errors import ApiRouterError, PluginError, ValidationError, VersionNotFoundForAPIMethod
from apirouter.hooks import ATTRIBUTE
from apirouter.microversion import ANY, Version
from apirouter.redaction import is_secret_name, mask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOG = logging.getLogger(__name__)


class BrokenReply(ApiRouterError):
    """A method's reply breaks its own schema: a 500, the server's mistake."""

    def __init__(self, where: str, error: ValidationError) -> None:
        super().__init__(f"the reply of {where} breaks its schema: {_for_the_log(error)}")


def _for_the_log(error: ValidationError) -> str:
    """Return what a violation says, without the value of a secret (``adminPass``)."""
    if is_secret_name(error.path):
        return f"what it has at {error.path}, a secret by its name, is not valid"
    return mask(str(error))


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

    starts: list[Version] = []
    table: list[Handler | None] = []
    for start, chosen, after in _spans(impls, chain, service):
        handler = None if chosen is None else made(chosen, after, start)
        if start is None and handler is not None:
            return handler
        starts.append(cast(Version, start))
        table.append(handler)
    if len(table) == 1 and table[0] is not None:
        return table[0]
    return _pick_by_version(starts, table)


def starting(
    impls: Sequence[Implementation], chain: Sequence[Implementation], service: Service
) -> Callable[[], Handler]:
    """Return what makes the handler of :func:`by_version`; whatever that one would refuse is refused now.

    :param impls: disjoint implementations of one method.
    :param chain: what runs after them.
    :param service: what the service's calls share.
    :raises PluginError: one has versions, and the service has none; a schema can't be compiled; a hook is none.
    """
    if service.settings.min_version is None or service.settings.max_version is None:
        _refuse_versions([*impls, *chain])
    if any(impl.stamp.schemas or impl.stamp.hooks or hasattr(impl.owner, ATTRIBUTE) for impl in impls):
        for version, chosen, _ in _spans(impls, chain, service):
            if chosen is not None:
                _checks(chosen, version, service)
                phases_of(chosen.func, chosen.owner, service.hooks)
    return partial(by_version, impls, chain, service)


def _spans(
    impls: Sequence[Implementation], chain: Sequence[Implementation], service: Service
) -> Iterator[tuple[Version | None, Implementation | None, Sequence[Implementation]]]:
    """Yield where each span starts, which implementation serves it, if any, and what runs after that one.

    :raises PluginError: one has versions, and the service has none.
    """
    low, high = service.settings.min_version, service.settings.max_version
    if low is None or high is None:
        _refuse_versions([*impls, *chain])
        yield None, impls[0], chain
        return
    for start in sorted({low, *(v for v in _bounds([*impls, *chain]) if low < v <= high)}):
        chosen = next((impl for impl in impls if start in impl.versions), None)
        yield start, chosen, [impl for impl in chain if start in impl.versions]


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
    takes = Parameters(impl.func)
    body_checks = query_checks = answer = None
    if stamp.schemas:
        body_checks, query_checks, answer = _checks(impl, version, service)
    return Plan(
        impl.bound,
        impl.qualname,
        takes_body=takes.takes("body"),
        needs_body="body" in takes.required,
        code=stamp.code or 200,
        expected=stamp.expected,
        body_checks=body_checks,
        query_checks=query_checks,
        response_check=answer,
        rules=tuple(r for r in stamp.rules if version is None or version in r.versions),
        extensions=tuple(
            Extension(e.bound, e.stamp.expected, e.qualname, p.takes("body"), p.order, "body" in p.required)
            for e, p in ((e, Parameters(e.func)) for e in chain)
        ),
        serializers=stamp.serializers,
        phases=phases_of(impl.func, impl.owner, service.hooks),
        order=takes.order,
    )


_Both = tuple[Callable[[Any], Any], Callable[[Any], Any]] | None


def _checks(
    impl: Implementation, version: Version | None, service: Service
) -> tuple[_Both, _Both, Callable[[Any], Any] | None]:
    """Return the checks of a method's body, query and reply for one version.

    :raises PluginError: a schema can't be compiled.
    """
    settings = service.settings
    kinds = {one.kind for one in impl.stamp.schemas}

    def check(kind: str, legacy: bool = False) -> Callable[[Any], Any] | None:
        schema = impl.stamp.schema_for(kind, version, legacy=legacy) if kind in kinds else None
        if schema is None:
            return None
        try:
            return service.schema(schema).compile(
                relaxed=legacy, all_errors=settings.validation_errors == "all"
            )
        except ValueError as error:
            problem = f"its {kind} schema is wrong: {error}"
            raise PluginError(problem, plugin=impl.plugin, where=impl.where) from error

    def both(kind: str) -> _Both:
        strict, relaxed = check(kind), check(kind, legacy=True)
        nothing = _keep_body if kind == "body" else _keep_query
        return (strict or nothing, relaxed or nothing) if strict or relaxed else None

    answer = check("response")
    if answer is not None:
        answer = reply_check(answer, settings.response_validation, impl.qualname)
    return both("body"), both("query"), answer


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
                # Its cause would be logged with it, the value too.
                raise BrokenReply(where, error) from None
            LOG.warning("The reply of %s breaks its schema: %s", where, _for_the_log(error))

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
        more: More = (),
    ) -> Iterable[bytes]:
        version: Any = negotiated.version
        chosen = table[bisect.bisect_right(starts, version) - 1]
        if chosen is None:
            raise VersionNotFoundForAPIMethod(str(version))
        return chosen(environ, start_response, args, negotiated, body, more)

    return handle
