"""Applications of object dispatch for tests: each checked by the standard library's WSGI validator."""

from __future__ import annotations

from typing import Any
from wsgiref.validate import validator

import webtest

from apirouter.objectdispatch import ObjectApp


def served(root: Any, **options: Any) -> Any:
    """Return a test client of a tree.

    :param root: the root controller.
    :param options: the application's.
    """
    return client(ObjectApp(root, **options))


def client(application: Any) -> Any:
    """Return a test client of an application, validated on both sides of it."""
    return webtest.TestApp(validator(application))


def message(reply: Any) -> str:
    """Return what a fault says."""
    (fault,) = reply.json.values()
    text: str = fault["message"]
    return text
