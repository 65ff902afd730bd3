"""The database: who may use it when, and how its tables come to be.

1. The engine is made at first use, in the process that uses it: a process that was forked makes its own.
2. A reader has one snapshot from its first statement to its last; a writer waits for its turn before its
   first statement, so what it reads does not change before it writes.
3. A writer that names the one thing it changes waits, where the database can do better than one writer at a
   time, only for the writers of the same thing, and for those that named none.
4. Tables are made at first use, by whichever process comes first; the others wait and find them.

SQLite has one file and one writer at a time. PostgreSQL has as many as there are things to write: the turns
are advisory locks, which end with the transaction.
"""

from __future__ import annotations

import os
import re
import threading
import time
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from apirouter.errors import ConfigError
from compute_api.errors import Unstorable
from compute_api.store import outages, tables

#: How long a connection waits for another's transaction, in seconds.
BUSY_TIMEOUT = 30.0

#: What this service's advisory locks are known by: one for all of the state, one for each thing in it.
_ALL, _EACH = 0x61706972, 0x61706973

_EXAMPLE = "write it as sqlite:///%(here)s/compute.sqlite or postgresql+psycopg://user:password@host/name"
_PASSWORD = re.compile(r"(://[^/?#]*?:)[^/?#]*@")


class Database:
    """One database, safe under threads and in several processes.

    :param url: an SQLAlchemy URL, as ``sqlite:////var/lib/compute/compute.sqlite`` or
        ``postgresql+psycopg://compute:password@db.example.com/compute``.
    :raises ConfigError: the URL can't be read, names no file whose directory exists, or needs a driver that
        isn't installed.
    """

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self._lock = threading.RLock()
        self._pid = 0
        self._engine: Engine | None = None
        self._made: set[int] = set()
        self._finalizer: weakref.finalize[..., Any] | None = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads.

        :raises ServiceUnavailable: the database is out of order.
        """
        with outages.told():
            self.ensure(tables.METADATA, tables.fill)
            with self._here().connect() as connection:
                if not self._is_file:
                    connection = connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
                with connection.begin():
                    yield connection

    @contextmanager
    def write(self, of: str | None = None) -> Iterator[Connection]:
        """Open a transaction that writes: committed at the end, undone when something is raised.

        :param of: the id of the one thing that is changed; None when it may be anything.
        :raises ServiceUnavailable: the database is out of order; nothing was written.
        :raises Unstorable: a value does not fit into the database.
        """
        with outages.told():
            self.ensure(tables.METADATA, tables.fill)
            try:
                with self._writing(of) as connection:
                    yield connection
            except sa.exc.DataError as error:
                raise Unstorable from error

    def ensure(self, metadata: sa.MetaData, fill: Callable[[Connection], None] | None = None) -> None:
        """Make the tables that the database lacks; free after the first time in a process.

        :param metadata: the tables; a plugin may bring its own.
        :param fill: called, in the same transaction, when none of them was there.
        """
        if self._pid == os.getpid() and id(metadata) in self._made:
            return
        with self._lock:
            # Looked at first: what is there can be read on a disk that nobody may write to.
            with self._here().begin() as connection:
                complete = _tables(connection).issuperset(metadata.tables)
            if not complete:
                self._make(metadata, fill)
            # The tables are a module's: they live, and keep their id, as long as the process.
            self._made = {*self._made, id(metadata)}

    def _make(self, metadata: sa.MetaData, fill: Callable[[Connection], None] | None) -> None:
        with self._writing() as connection:
            # Another process may have made them since.
            there = _tables(connection)
            metadata.create_all(connection)
            if fill is not None and there.isdisjoint(metadata.tables):
                fill(connection)

    def close(self) -> None:
        """Close the connections of this process; the next use opens new ones."""
        with self._lock:
            if self._finalizer is not None:
                self._finalizer()
            self._engine, self._finalizer, self._made = None, None, set()

    @property
    def _is_file(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def _writing(self, of: str | None = None) -> Iterator[Connection]:
        with self._here().connect() as connection:
            connection = connection.execution_options(compute_write=True)
            with connection.begin():
                if not self._is_file:
                    connection.execute(_turn(of))
                yield connection

    def _here(self) -> Engine:
        engine = self._engine
        if engine is not None and self._pid == os.getpid():
            return engine
        with self._lock:
            if self._engine is None or self._pid != os.getpid():
                self._forget_parent()
                self._engine, self._pid = _engine(self.url), os.getpid()
                self._finalizer = weakref.finalize(self, _dispose, self._engine, self._pid)
            return self._engine

    def _forget_parent(self) -> None:
        if self._engine is not None:
            self._engine.dispose(close=False)
        if self._finalizer is not None:
            self._finalizer.detach()
        self._made = set()


def _tables(connection: Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def _dispose(engine: Engine, pid: int) -> None:
    if pid == os.getpid():
        engine.dispose()


def _turn(of: str | None) -> sa.Select[Any]:
    """Return the statement that waits for a writer's turn.

    Statements after it see what was committed meanwhile: each has a snapshot of its own.
    """
    lock = sa.func
    if of is None:
        return sa.select(lock.pg_advisory_xact_lock(_ALL, 0))
    # A collision only makes two wait that need not.
    number = zlib.crc32(of.encode("utf-8", "replace")) - 2**31
    return sa.select(lock.pg_advisory_xact_lock_shared(_ALL, 0), lock.pg_advisory_xact_lock(_EACH, number))


def _checked(text: str) -> URL:
    try:
        url = sa.make_url(text)
        dialect = url.get_dialect()
    except (sa.exc.ArgumentError, ValueError) as error:
        shown = _PASSWORD.sub(r"\1***@", text)
        raise _refused(f"'{shown}' is no database URL", _EXAMPLE) from error
    if url.get_backend_name() == "sqlite":
        return _checked_file(url)
    if url.get_backend_name() != "postgresql":
        raise _refused(f"this service can't use {url.get_backend_name()}", _EXAMPLE)
    if not url.database:
        raise _refused("the URL names no database", _EXAMPLE)
    try:
        dialect.import_dbapi()
    except ImportError as error:
        fix = "pip install 'apirouter-example-compute[postgresql]'"
        if url.get_driver_name() != "psycopg":
            fix = f"write it as postgresql+psycopg://..., and {fix}"
        raise _refused(f"{url.drivername} needs {error.name}, which is not installed", fix) from error
    return url


def _checked_file(url: URL) -> URL:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise _refused("it names no file: each thread and process would have a database of its own", _EXAMPLE)
    directory = Path(url.database).absolute().parent
    if not directory.is_dir():
        raise _refused(f"there is no directory {directory}", "make it first")
    return url


def _refused(problem: str, fix: str) -> ConfigError:
    return ConfigError(f"option 'database': {problem}", fix=fix, option="database")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        # A connection that the server closed meanwhile is found out before it is used, not by a request.
        engine = sa.create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
        sa.event.listen(engine, "connect", _on_connect_postgresql)
        return engine
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT})
    sa.event.listen(engine, "connect", _on_connect)
    sa.event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{int(BUSY_TIMEOUT)}s'")
        cursor.execute("SET timezone = 'UTC'")
    connection.commit()


def _on_connect(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes only before the first write; _on_begin says it at the start.
    connection.isolation_level = None
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("compute_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _use_write_ahead_log(connection: Any) -> None:
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except connection.OperationalError as error:
            # The switch needs the file to itself, once in its life; SQLite does not always wait for that.
            if time.monotonic() > deadline or not outages.is_busy(error):
                raise
            time.sleep(0.02)
        else:
            return
