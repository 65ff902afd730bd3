"""HTTP Basic authentication (RFC 7617) against an htpasswd file of bcrypt hashes.

1. A user that doesn't exist costs the same time as one whose password is wrong: both are checked against a
   hash of the file's highest cost.
2. The file is read at load, where a line that can't be read is an error that names it; and again when it
   changes. A change that can't be read is logged, once, and what was read before goes on.
3. No credentials, malformed or wrong ones are all the same 401.
4. Every identity header that the client sent is removed.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from apirouter.context import RequestContext
from apirouter.errors import ConfigError, MissingExtra, Unauthorized
from apirouter.faults import FaultFormat
from apirouter.filters.base import FaultOptions, Filter, factory_of, problems_of
from apirouter.filters.identity import disowns_identity, drop_identity, set_context
from apirouter.options import option

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger(__name__)

_HASH = re.compile(rb"\$2[aby]\$(?P<cost>0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")

#: What bcrypt looks at; htpasswd cuts a password there when it makes the hash, too.
_PASSWORD_BYTES = 72


def _realm(text: str) -> str:
    realm = text.strip()
    if not (realm.isascii() and realm.isprintable()) or '"' in realm or "\\" in realm:
        raise ValueError("is not a realm: printable ASCII without quotes and backslashes")
    return realm


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(FaultOptions):
    """Options of ``basic_auth``.

    :param htpasswd: path of the file; ``htpasswd -B -C 10`` writes it.
    :param realm: what a browser asks the password for.
    :param context_key: where the context stands in the environ, beside ``apirouter.context``.
    :param project_id: the project of every user; empty gives each one of his own name.
    :param roles: roles that every user has; administrators have ``admin`` too.
    :param admin_users: users who administer the service.
    """

    htpasswd: str = option(dataclasses.MISSING, aliases=("http_basic_auth_user_file",))
    realm: str = option("API", parse=_realm)
    context_key: str = "apirouter.context"
    project_id: str = ""
    roles: tuple[str, ...] = ("member", "reader")
    admin_users: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Passwords:
    """What an htpasswd file says, and which state of the file said it.

    :param hashes: user -> bcrypt hash.
    :param dummy: a hash of the highest cost among them.
    :param stamp: modification time (ns), size and inode of the file.
    """

    hashes: Mapping[bytes, bytes]
    dummy: bytes
    stamp: tuple[int, int, int]


def read_htpasswd(path: str) -> Passwords:
    """Read an htpasswd file.

    :param path: where it is.
    :raises ConfigError: it can't be read, or a line of it; the hash is not shown.
    """
    try:
        with open(path, "rb") as file:
            stamp = _stamp(os.fstat(file.fileno()))
            lines = file.read().splitlines()
    except OSError as error:
        problem = f"BasicAuth: the password file {path} can't be read: {error.strerror}"
        raise ConfigError(problem, fix="check the path and who may read it", option="htpasswd") from error
    hashes: dict[bytes, bytes] = {}
    costliest = b""
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        user, colon, hashed = line.strip().partition(b":")
        problem = ""
        if not colon or not user:
            problem = "is not user:hash"
        elif not _HASH.fullmatch(hashed):
            problem = "holds a hash that isn't bcrypt's"
        elif user in hashes:
            problem = "names a user for the second time"
        elif not _can_be_sent(user):
            problem = "names a user that isn't printable UTF-8 (a byte order mark counts)"
        if problem:
            raise ConfigError(
                f"BasicAuth: line {number} of {path} {problem}",
                fix="make it with htpasswd -B",
                option="htpasswd",
            )
        # htpasswd writes $2y$, which is $2b$ by another name.
        hashes[user] = hashed = b"$2b$" + hashed[4:]
        costliest = max(costliest, hashed, key=lambda h: h[4:6])
    dummy = (costliest[:7] or b"$2b$10$") + b"." * 53
    return Passwords(MappingProxyType(hashes), dummy, stamp)


def _can_be_sent(user: bytes) -> bool:
    try:
        return user.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return False


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_mtime_ns, found.st_size, found.st_ino


def _passwords_of(settings: Options) -> tuple[Callable[[bytes, bytes], bool], Passwords]:
    """Return what compares a password with a hash, and the hashes.

    :raises ConfigError: the file can't be used.
    :raises MissingExtra: bcrypt isn't installed.
    """
    try:
        import bcrypt
    except ImportError as error:
        raise MissingExtra("filter basic_auth", "bcrypt", "basic-auth") from error
    return bcrypt.checkpw, read_htpasswd(settings.htpasswd)


class BasicAuthMiddleware(Filter):
    """Make a context of user and password (see the module)."""

    __slots__ = ("_admins", "_challenge", "_check", "_faults", "_passwords", "_told")
    options = Options

    def prepare(self) -> None:
        """Make of the settings what requests need."""
        settings = self.settings
        self._check, self._passwords = _passwords_of(settings)
        self._faults: FaultFormat = settings.fault_format(self.application)
        self._admins = frozenset(settings.admin_users)
        self._challenge = (("WWW-Authenticate", f'Basic realm="{settings.realm}", charset="UTF-8"'),)
        # Why the file could not be read again, as the log has it already.
        self._told = ""

    @classmethod
    def check(cls, global_conf: Mapping[str, str] | None = None, /, **local_conf: Any) -> list[Exception]:
        """Return what is wrong with a section, which nothing is made of.

        :param global_conf: ``[DEFAULT]``.
        :param local_conf: the section's options.
        """
        return problems_of(cls, _passwords_of, global_conf, local_conf)

    def serving(self, inner: WSGIApplication) -> WSGIApplication:
        """Return the function that answers requests."""

        def basic_auth(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            drop_identity(environ)
            user = None
            if not disowns_identity(environ):
                user = self._user(environ.get("HTTP_AUTHORIZATION", ""))
            if user is None:
                return self._faults.reply(Unauthorized(), environ, start_response, self._challenge)
            environ["REMOTE_USER"], environ["AUTH_TYPE"] = user, "Basic"
            set_context(environ, self.settings.context_key, self._context(environ, user))
            return inner(environ, start_response)

        return basic_auth

    def _context(self, environ: WSGIEnvironment, user: str) -> RequestContext:
        admin = user in self._admins
        roles = self.settings.roles
        return RequestContext(
            user,
            self.settings.project_id or user,
            roles=("admin", *(role for role in roles if role != "admin")) if admin else roles,
            is_admin=admin,
            request_id=environ.get("openstack.request_id"),
            global_request_id=environ.get("openstack.global_request_id"),
            remote_address=environ.get("REMOTE_ADDR"),
        )

    def _user(self, header: str) -> str | None:
        """Return the user whose password a header has, or None."""
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
            name = user.decode("utf-8")
        except (binascii.Error, ValueError):
            return None
        # bcrypt would raise at a NUL, which no htpasswd can hash.
        if not colon or not name.isprintable() or b"\0" in password:
            return None
        passwords = self._current()
        known = passwords.hashes.get(user)
        right = self._check(password[:_PASSWORD_BYTES], passwords.dummy if known is None else known)
        return name if right and known is not None else None

    def _current(self) -> Passwords:
        """Return what the file says now."""
        passwords, path = self._passwords, self.settings.htpasswd
        try:
            if _stamp(os.stat(path)) == passwords.stamp:
                return passwords
            self._passwords = passwords = read_htpasswd(path)
            self._told = ""
        except (OSError, ConfigError) as error:
            # Each request looks again, for what is wrong may be over; the first that finds it tells it.
            if str(error) != self._told:
                self._told = str(error)
                LOG.error("%s is not read again, the passwords read before hold: %s", path, error)
        return passwords


filter_factory = factory_of(BasicAuthMiddleware)
