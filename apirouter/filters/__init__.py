"""Filters: one filter, one file; the inner application is ``.application``.

Those who write their own start from :class:`Filter` (plain WSGI) or :class:`Middleware`
(``process_request``, ``process_response``).
"""

from apirouter.filters.base import Filter, Middleware

__all__ = ["Filter", "Middleware"]
