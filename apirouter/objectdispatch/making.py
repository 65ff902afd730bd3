"""Completing an exposed method: its signature, its representations, and what answers with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from apirouter.dispatch.hooking import STATE
from apirouter.dispatch.resource import by_version
from apirouter.dispatch.service import Service
from apirouter.errors import ConfigError, ControllerError, RouteNotFound
from apirouter.objectdispatch.binding import make_bind
from apirouter.objectdispatch.call import Response
from apirouter.objectdispatch.expose import Exposure
from apirouter.objectdispatch.renderers import Renderers
from apirouter.objectdispatch.replies import Offers, make_finish
from apirouter.objectdispatch.secure import Guard
from apirouter.objectdispatch.settings import ObjectSettings
from apirouter.objectdispatch.signature import Signature
from apirouter.objectdispatch.tables import STATIC, Leaf, Method


class LeafMaker:
    """Completes the methods of one application.

    :param settings: the application's.
    :param service: what its calls share.
    :param renderers: its renderers.
    """

    def __init__(self, settings: ObjectSettings, service: Service, renderers: Renderers) -> None:
        self.settings, self.service, self.renderers = settings, service, renderers
        self._explicit = not settings.use_context_locals

    def __call__(
        self, name: str, impls: tuple[Method, ...], kind: str, exposure: Exposure, guard: Guard | None
    ) -> Leaf:
        """Complete a method: its signature, and what answers with it."""
        first = impls[0]
        special = name in ("_lookup", "_route")
        given = 0 if kind is STATIC else 1
        if self._explicit and not special:
            given += 2
        signature = Signature(first.func, given, first.where)
        leaf = Leaf(name, impls, kind, exposure, guard, signature, {}, _unreachable)
        leaf.where = first.qualname
        if special:
            return leaf
        media, known = self.settings.media_types, self.service.serializers
        own = dict(first.stamp.serializers)
        try:
            offers = Offers(exposure, self.renderers, media, {**known, **own})
        except ConfigError as error:
            raise ControllerError(error.problem, fix=error.fix, where=first.where) from error
        code = first.stamp.code
        plain = self.settings.response_cls is Response
        finish = make_finish(offers, code, self.renderers, plain)
        strict = self.settings.strict_arguments

        def refine(plan: Any, impl: Any) -> Any:
            its = signature if impl is first else Signature(impl.func, given, impl.where)
            bind = make_bind(its, kind, self._explicit, strict, self.service, plan.body_checks is not None)
            return dataclasses.replace(
                plan, takes_body=False, phases=None, bind=bind, finish=finish, rules=_rules(plan.rules, its)
            )

        leaf.handle = by_version(impls, (), self.service, refine)
        leaf.offers = offers
        return leaf


def _unreachable(*args: Any, **kwargs: Any) -> Iterable[bytes]:
    raise RouteNotFound


def _rules(rules: tuple[Any, ...], signature: Signature) -> tuple[Any, ...]:
    """Return policy rules whose targets are given the path's arguments by name."""
    made = []
    for rule in rules:
        if callable(rule.target):
            rule = dataclasses.replace(rule, target=_target(rule.target, signature.names))
        made.append(rule)
    return tuple(made)


def _target(target: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    def asked(req: Any, body: Any, **_: Any) -> Any:
        path = req.environ[STATE].path
        return target(req=req, body=body, **dict(zip(names, path, strict=False)))

    return asked
