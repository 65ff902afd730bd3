"""URIs -> loaders: which class reads a file, a distribution, a function."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from apirouter.deploy.trail import Frame, error_at

if TYPE_CHECKING:
    from apirouter.deploy.contexts import Context
    from apirouter.deploy.files import ConfigLoader
    from apirouter.deploy.packages import EggLoader, FuncLoader

_SCHEMES = ("config", "egg", "call")


@dataclass(frozen=True, slots=True)
class Makers:
    """What makes the loader of each scheme; every loader hands it on to those it refers to.

    :param config: makes a loader of a path, for a trail.
    :param egg: makes one of a distribution's name.
    :param call: makes one of ``package.module:function``.
    """

    config: Callable[[str, tuple[Frame, ...], Makers], ConfigLoader]
    egg: Callable[[str, tuple[Frame, ...], Makers], EggLoader]
    call: Callable[[str, tuple[Frame, ...], Makers], FuncLoader]

    def context(
        self,
        object_type: Any,
        uri: str,
        name: str | None = None,
        relative_to: str | None = None,
        global_conf: Mapping[str, str] | None = None,
        trail: tuple[Frame, ...] = (),
    ) -> Context:
        """Resolve a URI, as ``loadwsgi.loadcontext`` does.

        :raises ConfigError: it can't be resolved.
        """
        whole = uri
        uri, sharp, fragment = uri.partition("#")
        if name is None:
            name = fragment if sharp else "main"
        scheme, colon, path = uri.partition(":")
        scheme = scheme.lower()
        if not colon or scheme not in _SCHEMES:
            problem = f"'{whole}' has no scheme" if not colon else f"'{scheme}' is no known scheme"
            fix = f"write one of config:, egg:, call: in front of '{path or uri}'"
            raise error_at(trail, whole, problem, fix)
        if scheme == "egg":
            return self.egg(path, trail, self).get_context(object_type, name, global_conf)
        if scheme == "call":
            return self.call(path, trail, self).get_context(object_type, name, global_conf)
        loader = self.config(_path(whole, path, relative_to, trail), trail, self)
        if global_conf:
            loader.update_defaults(global_conf, overwrite=False)
        return loader.get_context(object_type, name, global_conf)


def _path(uri: str, path: str, relative_to: str | None, trail: tuple[Frame, ...]) -> str:
    relative = not os.path.isabs(path)
    path = path.replace("\\", "/")
    if relative:
        if not relative_to:
            problem = f"'{uri}' is relative, to nothing"
            raise error_at(trail, uri, problem, "pass relative_to, or write an absolute path")
        path = relative_to.replace("\\", "/").removesuffix("/") + "/" + path
    return unquote(path[2:] if path.startswith("///") else path)
