"""keystonemiddleware's own ``authtoken``, unchanged.

``paste.filter_factory = keystonemiddleware.auth_token:filter_factory`` does the same; named from here, its
absence is an error that says what to install, and only when a pipeline in use names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from apirouter.errors import MissingExtra

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def filter_factory(
    global_conf: Mapping[str, str] | None = None, /, **local_conf: Any
) -> Callable[[WSGIApplication], WSGIApplication]:
    """Make keystonemiddleware's ``AuthProtocol``; its options are keystonemiddleware's.

    :param global_conf: ``[DEFAULT]``.
    :param local_conf: the section's options.
    :raises MissingExtra: keystonemiddleware isn't installed.
    """
    made = _library().filter_factory(dict(global_conf or {}), **local_conf)
    return cast("Callable[[WSGIApplication], WSGIApplication]", made)


def _library() -> Any:
    try:
        from keystonemiddleware import auth_token
    except ImportError as error:
        raise MissingExtra("filter authtoken", "keystonemiddleware", "keystone") from error
    return auth_token


def _check(global_conf: Mapping[str, str], **local_conf: Any) -> list[Exception]:
    """Return what is missing; the options are keystonemiddleware's to read."""
    try:
        _library()
    except MissingExtra as error:
        return [error]
    return []


# What apirouter-check reads.
filter_factory.check = _check  # type: ignore[attr-defined]
