"""What a server may learn of itself: the metadata service.

A proxy in front of it knows which server asks, and says so in ``X-Instance-ID``; ``X-Instance-ID-Signature``
(HMAC-SHA256 of the id, with the secret that the two share) shows that it is the proxy which says so.

    GET /                                    the families of versions, one a line
    GET /openstack                           the versions, one a line
    GET /openstack/latest                    the documents, one a line
    GET /openstack/latest/meta_data.json     the document of the server that asks
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apirouter import options
from apirouter.errors import MethodNotAllowed, RequestError, RouteNotFound
from apirouter.faults import FaultFormat
from apirouter.serialization import dumps
from compute_api.app import database_of
from compute_api.errors import ServerNotFound
from compute_api.store import Database, servers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

VERSIONS = ("2012-08-10", "latest")
DOCUMENTS = ("meta_data.json",)


class NotTheProxy(RequestError):
    """The request does not prove that it comes from the proxy."""

    code = 403

    def __init__(self) -> None:
        super().__init__("X-Instance-ID-Signature does not sign X-Instance-ID.")


class NoInstanceID(RequestError):
    """The request does not say which server asks."""

    def __init__(self) -> None:
        super().__init__("X-Instance-ID header is missing from request.")


@dataclass(frozen=True, slots=True)
class MetadataOptions:
    """The options of the metadata service, beside ``database``.

    :param metadata_proxy_shared_secret: what the proxy signs with; without it no server learns anything.
    """

    metadata_proxy_shared_secret: str = ""


class MetadataApp:
    """Answer what servers ask about themselves.

    :param database: where the servers are.
    :param secret: what the proxy signs with.
    """

    def __init__(self, database: Database, secret: str) -> None:
        self._database, self._secret = database, secret.encode()
        self._faults = FaultFormat("computeFault")

    @classmethod
    def factory(cls, global_conf: Mapping[str, Any], **local_conf: Any) -> MetadataApp:
        """Make the application, as Paste Deploy asks for it.

        :param global_conf: the INI's ``[DEFAULT]``; ``database`` may stand here.
        :param local_conf: ``database``, ``metadata_proxy_shared_secret``.
        :raises ConfigError: an option is missing, unknown or makes no sense.
        """
        database = database_of(global_conf, local_conf)
        read = options.read(MetadataOptions, local_conf)
        return cls(database, read.metadata_proxy_shared_secret)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer one request."""
        try:
            if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
                raise MethodNotAllowed(("GET", "HEAD"))
            content_type, body = self._document(environ)
        except Exception as error:
            return self._faults.reply(error, environ, start_response)
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _document(self, environ: WSGIEnvironment) -> tuple[str, bytes]:
        path = [part for part in environ.get("PATH_INFO", "").split("/") if part]
        if not path:
            return _lines(("openstack",))
        if path[0] != "openstack" or (len(path) > 1 and path[1] not in VERSIONS):
            raise RouteNotFound
        if len(path) == 1:
            return _lines(VERSIONS)
        if len(path) == 2:
            return _lines(DOCUMENTS)
        if len(path) > 3 or path[2] not in DOCUMENTS:
            raise RouteNotFound
        return "application/json", dumps(self._meta_data(self._who_asks(environ)))

    def _who_asks(self, environ: WSGIEnvironment) -> str:
        server_id = environ.get("HTTP_X_INSTANCE_ID")
        if not server_id:
            raise NoInstanceID
        given = environ.get("HTTP_X_INSTANCE_ID_SIGNATURE", "")
        right = hmac.new(self._secret, server_id.encode("latin-1", "replace"), hashlib.sha256).hexdigest()
        if not self._secret or not hmac.compare_digest(given.encode("latin-1", "replace"), right.encode()):
            raise NotTheProxy
        return str(server_id)

    def _meta_data(self, server_id: str) -> dict[str, Any]:
        try:
            with self._database.read() as connection:
                server = servers.get(connection, server_id, None)
        except ServerNotFound:
            raise RouteNotFound from None
        return {
            "uuid": server.id,
            "name": server.name,
            "hostname": hostname(server.name, server.id),
            "project_id": server.project_id,
            "launch_index": 0,
            "meta": dict(server.metadata),
        }


def hostname(name: str, server_id: str) -> str:
    """Return a host name (RFC 1123) made of a server's name; of its id when the name has nothing for one."""
    label = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:63].strip("-")
    return label or f"server-{server_id}"


def _lines(names: tuple[str, ...]) -> tuple[str, bytes]:
    return "text/plain; charset=UTF-8", "\n".join(names).encode()
