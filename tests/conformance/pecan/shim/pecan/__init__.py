"""Pecan's names, each apirouter's own, for Pecan's own test suite."""

import functools

from apirouter import objectdispatch
from apirouter.objectdispatch import (
    Config,
    Request,
    Response,
    abort,
    conf,
    expose,
    load_app,
    override_template,
    redirect,
    render,
    request,
    response,
    route,
)

from . import configuration, rest

#: What Pecan does unless told otherwise, and apirouter only when told.
DEFAULTS = {
    "guess_content_type_from_ext": True,
    "method_override": True,
    "error_format": "negotiated",
    "propagate_errors": True,
}


class Pecan(objectdispatch.ObjectApp):
    """The application, with Pecan's defaults."""

    def __init__(self, root, **more):
        super().__init__(root, **{**DEFAULTS, **more})


@functools.wraps(objectdispatch.make_app)
def make_app(root, **more):
    """Make an application with Pecan's defaults."""
    return objectdispatch.make_app(root, **{**DEFAULTS, **more})


__all__ = [
    "Config",
    "Pecan",
    "Request",
    "Response",
    "abort",
    "conf",
    "configuration",
    "expose",
    "load_app",
    "make_app",
    "override_template",
    "redirect",
    "render",
    "request",
    "response",
    "rest",
    "route",
]
