"""What the database can't do just now -> a 503; what is wrong with the service's own statements stays a 500."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from apirouter.errors import ServiceUnavailable

LOG = logging.getLogger(__name__)

#: SQLite's primary result codes for what passes: busy, locked, out of memory, read-only, a disk's error, full,
#: can't open the file, its locks are out of order (https://www.sqlite.org/rescode.html).
_PASSING = frozenset((5, 6, 7, 8, 10, 13, 14, 15))
#: The same as SQLite words them, for a Python whose exceptions have no code (before 3.11).
_WORDS = ("is locked", "out of memory", "readonly database", "disk I/O error", "is full", "unable to open")


@contextmanager
def told() -> Iterator[None]:
    """Turn an error of the database's into the fault of a service that is out of order; log it.

    :raises ServiceUnavailable: the disk is full or read-only, the file can't be opened, others hold it too
        long, or no connection is free.
    """
    try:
        yield
    except sa.exc.TimeoutError as error:
        LOG.error("No connection to the database is free: %s", error)
        raise ServiceUnavailable from error
    except sa.exc.DBAPIError as error:
        if not is_outage(error):
            raise
        # Without the statement: its parameters are the client's.
        LOG.error("The database is out of order: %s", error.orig)
        raise ServiceUnavailable from error


def is_outage(error: sa.exc.DBAPIError) -> bool:
    """Tell whether an error is the database's, and not that of a statement.

    :param error: what SQLAlchemy raised.
    """
    if error.connection_invalidated:
        return True
    if not isinstance(error, sa.exc.OperationalError):
        return False
    if not type(error.orig).__module__.startswith("sqlite3"):
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None:
        return any(words in str(error.orig) for words in _WORDS)
    return code & 0xFF in _PASSING


def is_busy(error: Exception) -> bool:
    """Tell whether SQLite's driver says that another connection has the file.

    :param error: what the driver raised.
    """
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF in (5, 6) if code is not None else "is locked" in str(error)
