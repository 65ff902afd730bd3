"""The options of an application that walks a tree of objects."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from apirouter.dispatch.settings import Settings
from apirouter.objectdispatch.call import Request, Response
from apirouter.options import option, words


def _errors(text: str) -> Mapping[int, str]:
    found: dict[int, str] = {}
    for word in words(text):
        status, equals, path = word.partition("=")
        if not (equals and status.isascii() and status.isdigit() and 400 <= int(status) <= 599):
            raise ValueError(f"holds '{word}', which is not status=path, as 404=/error/404")
        if not path.startswith("/"):
            raise ValueError(f"holds '{word}', whose path does not start with a slash")
        found[int(status)] = path
    return MappingProxyType(found)


def _nothing(text: str) -> Any:
    raise ValueError("is given by code only")


_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclasses.dataclass(frozen=True, slots=True)
class ObjectSettings(Settings):
    """What an application says of itself: every option of ``apirouter.objectdispatch:app_factory``.

    Those of a router (:class:`apirouter.dispatch.settings.Settings`) and:

    :param root: the root controller, ``package.module:RootController``.
    :param config: a Python file whose ``app`` has further options; the INI's word counts more.
    :param use_context_locals: whether ``request`` and ``response`` are found by the proxies; without, each
        method is called with them: ``(self, req, resp, ...)``.
    :param force_canonical: whether a controller's path without the slash at its end redirects to it.
    :param guess_content_type_from_ext: whether ``/report.json`` asks for ``/report`` as JSON.
    :param method_override: whether the parameter ``_method`` stands for the HTTP method.
    :param strict_arguments: whether a parameter that no method knows is a 400.
    :param template_path: the directory of the templates.
    :param default_renderer: the engine of templates that name none: ``mako``, ``jinja``, ``json``, or a
        custom one.
    :param autoescape: whether templates escape HTML.
    :param errors: documents of error statuses: ``404=/error/404 500=/error/500``.
    :param error_format: ``json`` (a fault), or ``negotiated`` (text, HTML or JSON, by Accept).
    :param propagate_errors: let a server's mistake pass to the server, or to a debugger in front.
    :param static_root: a directory of files to serve too, with ``debug``.
    :param custom_renderers: name -> renderer.
    :param extra_template_vars: what every template sees.
    :param request_cls: the class of requests.
    :param response_cls: the class of replies.
    """

    root: Any = ""
    config: Any = ""
    use_context_locals: bool = True
    force_canonical: bool = True
    guess_content_type_from_ext: bool = False
    method_override: bool = False
    strict_arguments: bool = False
    template_path: str = "templates"
    default_renderer: str = "mako"
    autoescape: bool = True
    errors: Mapping[int, str] = option(MappingProxyType({}), parse=_errors)
    error_format: Literal["json", "negotiated"] = "json"
    propagate_errors: bool = False
    static_root: str = ""
    custom_renderers: Mapping[str, Any] = option(_EMPTY, parse=_nothing)
    extra_template_vars: Mapping[str, Any] = option(_EMPTY, parse=_nothing)
    request_cls: Any = option(Request, parse=_nothing)
    response_cls: Any = option(Response, parse=_nothing)
