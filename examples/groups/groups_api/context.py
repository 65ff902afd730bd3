"""Contexts of no request."""

from __future__ import annotations

from apirouter.context import RequestContext


def get_admin_context() -> RequestContext:
    """Return the context of the service itself: it administers, and belongs to no project."""
    return RequestContext(is_admin=True)
