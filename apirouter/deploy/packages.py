"""The loaders of entry points and of functions: PasteDeploy's, with a trail and errors that tell it."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from typing import Any

from paste.deploy import loadwsgi

from apirouter.deploy.contexts import Context
from apirouter.deploy.imports import explain_distribution, explain_import, near
from apirouter.deploy.makers import Makers
from apirouter.deploy.signatures import PROTOCOLS
from apirouter.deploy.trail import Frame, error_at


class EggLoader(loadwsgi.EggLoader):  # type: ignore[misc]
    """PasteDeploy's loader of one distribution's entry points, with the trail that led to it."""

    def __init__(self, spec: str, trail: tuple[Frame, ...], makers: Makers) -> None:
        super().__init__(spec)
        self.trail, self.makers = trail, makers

    def get_context(
        self, object_type: Any, name: str | None = None, global_conf: Mapping[str, str] | None = None
    ) -> Context:
        """Return the context of an entry point.

        :raises ConfigError: distribution or entry point are missing, or it can't be loaded.
        """
        if name is not None and self.absolute_name(name):
            return self.makers.context(object_type, name, None, None, global_conf, self.trail)
        uri = f"egg:{self.spec}#{name}"
        try:
            context = self._context(object_type, name, global_conf)
            context.reference = uri
            return context
        except importlib.metadata.PackageNotFoundError as error:
            problem, fix = explain_distribution(self.spec)
            raise error_at(self.trail, f"egg:{self.spec}", f"'{uri}': {problem}", fix) from error
        except Exception as error:
            problem, fix = self._explain(object_type, name or "main", error)
            raise error_at(self.trail, f"egg:{self.spec}", problem, fix) from error

    def _context(self, object_type: Any, name: str | None, global_conf: Mapping[str, str] | None) -> Context:
        return Context.of(super().get_context(object_type, name, global_conf), trail=self.trail)

    def _explain(self, object_type: Any, name: str, error: Exception) -> tuple[str, str]:
        if not self.spec:
            return f"'egg:#{name}' names no distribution", "write 'egg:Distribution#name'"
        groups = loadwsgi._flatten(object_type.egg_protocols)
        points = list(importlib.metadata.distribution(self.spec).entry_points)
        found = [point for point in points if point.group in groups and point.name == name]
        if len(found) == 1:
            problem, fix = explain_import(found[0].value, error)
            return f"'egg:{self.spec}#{name}': {problem}", fix
        if found:
            kinds = " and ".join(sorted(point.group for point in found))
            return f"'{name}' of distribution '{self.spec}' is ambiguous: {kinds}", "use 'call:' instead"
        names = {point.name for point in points if point.group in groups}
        known = f"; it has: {', '.join(sorted(names))}" if names else "; it has none of this kind"
        other = next((point.group for point in points if point.name == name and point.group in PROTOCOLS), "")
        fix = near(name, names) or (f"'{name}' is a {other} there" if other else "check the name")
        return f"distribution '{self.spec}' has no {object_type.name} '{name}'{known}", fix


class FuncLoader(loadwsgi.FuncLoader):  # type: ignore[misc]
    """PasteDeploy's loader of one function, with the trail that led to it."""

    def __init__(self, spec: str, trail: tuple[Frame, ...], makers: Makers) -> None:
        # Not PasteDeploy's own: its only act is to refuse a missing colon, which get_context does.
        self.spec, self.trail, self.makers = spec, trail, makers

    def get_context(
        self, object_type: Any, name: str | None = None, global_conf: Mapping[str, str] | None = None
    ) -> Context:
        """Return the context of a function.

        :raises ConfigError: it can't be imported.
        """
        uri = f"call:{self.spec}"
        try:
            context = self._context(object_type, global_conf)
            context.reference = uri
        except Exception as error:
            problem, fix = self._explain(error)
            raise error_at(self.trail, uri, problem, fix) from error
        if not self.trail:
            # Asked for by code, there is no section to say what it makes; the caller has said it.
            context.protocol = f"paste.{'app' if object_type is loadwsgi.APP else object_type.name}_factory"
        return context

    def _context(self, object_type: Any, global_conf: Mapping[str, str] | None) -> Context:
        _module, _target = self.spec.split(":")
        return Context.of(super().get_context(object_type, None, global_conf), trail=self.trail)

    def _explain(self, error: Exception) -> tuple[str, str]:
        module, colon, target = self.spec.partition(":")
        if not colon or not module or not target or ":" in target:
            package, dot, name = self.spec.rpartition(".")
            meant = f"{package}:{name}" if dot and not colon and name else "package.module:function"
            return f"'call:{self.spec}' is not of the form call:module:function", f"write 'call:{meant}'"
        if "." in target:
            fix = f"instead of 'use', write 'paste.app_factory = {self.spec}' (or what the section makes)"
            return f"'call:{self.spec}': Paste Deploy takes no dot after the colon", fix
        return explain_import(self.spec, error)
